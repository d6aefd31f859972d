// The work of a version log, written in C on LMDB, in the block layout that the store has; and commits in
// SQLite.
#ifndef BASELINE_H
#define BASELINE_H

#include <stddef.h>
#include <stdint.h>

typedef struct baseline baseline;

// Opens an LMDB file for a log of one origin. Returns NULL on failure.
baseline *baseline_open(const char *path, int synchronizes);

// Appends `count` versions of `size` bytes each: packs them into blocks with checksums, and commits.
// Returns 0, or LMDB's error.
int baseline_append(baseline *log, const uint8_t *const *payloads, size_t count, size_t size);

void baseline_close(baseline *log);

// One transaction for each of `threads` × `rounds` versions, each thread with its own transactions.
// Returns 0, or LMDB's error.
int baseline_commit_by_threads(baseline *log, size_t threads, size_t rounds, size_t size);

// Walks over the blocks of a store's data file, beyond `after` of origin 0, checks every checksum, and
// reads each version's length and first byte. Returns how many versions there were; 0 on a fault.
size_t baseline_scan(const char *path, uint64_t after, uint64_t *sum);

// `threads` connections, each with `rounds` transactions that change the same row, in WAL mode with
// synchronous=FULL: on disk before the next. Notes how long each took, in seconds. Returns 0, or SQLite's
// error.
int sqlite_commit_by_threads(const char *path, size_t threads, size_t rounds, double *latencies);

#endif
