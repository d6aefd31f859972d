#include "baseline.h"

#include <lmdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { block_size = 4080, header_size = 24, frame_size = 2 };

static const uint64_t log_seed = 0x6C6F6700;

struct baseline {
  MDB_env *env;
  MDB_dbi log, vector;
  uint64_t next;
};

static void put_u64(uint8_t *to, uint64_t value) {
  for (int i = 7; i >= 0; i--, value >>= 8) to[i] = (uint8_t)value;
}

static uint64_t get_u64(const uint8_t *from) {
  uint64_t value = 0;
  for (int i = 0; i < 8; i++) value = value << 8 | from[i];
  return value;
}

static void make_key(uint8_t key[12], uint64_t sequence) {
  memset(key, 0, 4);
  put_u64(key + 4, sequence);
}

static uint64_t checksum(const void *key, const uint8_t *block, size_t size, uint64_t salt) {
  uint64_t seed = XXH3_64bits_withSeed(key, 12, salt + log_seed);
  return XXH3_64bits_withSeed(block + 8, size - 8, seed);
}

baseline *baseline_open(const char *path, int synchronizes) {
  baseline *log = calloc(1, sizeof *log);
  log->next = 1;
  mdb_env_create(&log->env);
  mdb_env_set_mapsize(log->env, (size_t)1 << 38);
  mdb_env_set_maxreaders(log->env, 1022);
  mdb_env_set_maxdbs(log->env, 16);
  unsigned flags = MDB_NOSUBDIR | MDB_NOTLS | (synchronizes ? 0 : MDB_NOSYNC);
  MDB_txn *txn;
  if (mdb_env_open(log->env, path, flags, 0644) || mdb_txn_begin(log->env, NULL, 0, &txn)) return NULL;
  if (mdb_dbi_open(txn, "log", MDB_CREATE, &log->log)) return NULL;
  if (mdb_dbi_open(txn, "vector", MDB_CREATE, &log->vector)) return NULL;
  if (mdb_txn_commit(txn)) return NULL;
  return log;
}

void baseline_close(baseline *log) {
  mdb_env_close(log->env);
  free(log);
}

static int put_vector(baseline *log, MDB_txn *txn, uint64_t last) {
  uint8_t ordinal[4] = {0}, record[40] = {0};
  memcpy(record + 8, &last, 8);
  uint64_t sum = XXH3_64bits_withSeed(record + 8, 32, 1);
  memcpy(record, &sum, 8);
  MDB_val key = {4, ordinal}, value = {40, record};
  return mdb_put(txn, log->vector, &key, &value, 0);
}

int baseline_append(baseline *log, const uint8_t *const *payloads, size_t count, size_t size) {
  MDB_txn *txn;
  int code = mdb_txn_begin(log->env, NULL, 0, &txn);
  if (code) return code;
  size_t per_block = (block_size - header_size) / (frame_size + size);
  for (size_t done = 0; done < count;) {
    size_t here = count - done < per_block ? count - done : per_block;
    uint8_t key_bytes[12];
    make_key(key_bytes, log->next);
    MDB_val key = {12, key_bytes}, value = {header_size + here * (frame_size + size), NULL};
    if ((code = mdb_put(txn, log->log, &key, &value, MDB_RESERVE))) goto failed;
    uint8_t *block = value.mv_data, *at = block + header_size;
    for (size_t i = 0; i < here; i++) {
      uint16_t length = (uint16_t)size;
      memcpy(at, &length, 2);
      memcpy(at + 2, payloads[done + i], size);
      at += frame_size + size;
    }
    uint16_t versions = (uint16_t)here;
    uint32_t total = 0;
    uint64_t last = log->next + here - 1;
    block[8] = 1;
    block[9] = 0;
    memcpy(block + 10, &versions, 2);
    memcpy(block + 12, &total, 4);
    memcpy(block + 16, &last, 8);
    uint64_t sum = checksum(key_bytes, block, value.mv_size, 0);
    memcpy(block, &sum, 8);
    log->next += here;
    done += here;
  }
  if ((code = put_vector(log, txn, log->next - 1))) goto failed;
  return mdb_txn_commit(txn);
failed:
  mdb_txn_abort(txn);
  return code;
}

struct committer {
  baseline *log;
  size_t rounds, size;
  int code;
};

static void *commit_in_turn(void *argument) {
  struct committer *me = argument;
  uint8_t *payload = calloc(1, me->size);
  for (size_t round = 0; round < me->rounds && !me->code; round++) {
    MDB_txn *txn;
    if ((me->code = mdb_txn_begin(me->log->env, NULL, 0, &txn))) break;
    uint8_t key_bytes[12];
    make_key(key_bytes, me->log->next++);  // LMDB lets one writer in at a time.
    MDB_val key = {12, key_bytes}, value = {me->size, payload};
    if ((me->code = mdb_put(txn, me->log->log, &key, &value, 0))) {
      mdb_txn_abort(txn);
      break;
    }
    put_vector(me->log, txn, me->log->next - 1);
    me->code = mdb_txn_commit(txn);
  }
  free(payload);
  return NULL;
}

int baseline_commit_by_threads(baseline *log, size_t threads, size_t rounds, size_t size) {
  pthread_t *ids = calloc(threads, sizeof *ids);
  struct committer *all = calloc(threads, sizeof *all);
  int code = 0;
  for (size_t i = 0; i < threads; i++) {
    all[i] = (struct committer){log, rounds, size, 0};
    pthread_create(&ids[i], NULL, commit_in_turn, &all[i]);
  }
  for (size_t i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    if (all[i].code) code = all[i].code;
  }
  free(all);
  free(ids);
  return code;
}

size_t baseline_scan(const char *path, uint64_t after, uint64_t *sum) {
  MDB_env *env;
  MDB_txn *txn;
  MDB_dbi meta, log;
  MDB_cursor *cursor;
  size_t count = 0;
  mdb_env_create(&env);
  mdb_env_set_mapsize(env, (size_t)1 << 38);
  mdb_env_set_maxdbs(env, 16);
  if (mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOTLS, 0644)) return 0;
  if (mdb_txn_begin(env, NULL, MDB_RDONLY, &txn)) return 0;
  if (mdb_dbi_open(txn, "log", 0, &log) || mdb_dbi_open(txn, "meta", 0, &meta)) return 0;
  // The store's number, which is in all of its checksums.
  MDB_val key = {8, "identity"}, value;
  if (mdb_get(txn, meta, &key, &value)) return 0;
  uint64_t salt;
  memcpy(&salt, (uint8_t *)value.mv_data + 8, 8);

  uint8_t start[12];
  make_key(start, after + 1);
  key = (MDB_val){12, start};
  mdb_cursor_open(txn, log, &cursor);
  int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  if (code == MDB_NOTFOUND || (code == 0 && get_u64((uint8_t *)key.mv_data + 4) != after + 1))
    code = mdb_cursor_get(cursor, &key, &value, code ? MDB_LAST : MDB_PREV);
  uint64_t expected = code ? 0 : get_u64((uint8_t *)key.mv_data + 4);
  while (code == 0) {
    const uint8_t *block = value.mv_data;
    uint64_t found, last, first = get_u64((uint8_t *)key.mv_data + 4);
    uint16_t versions;
    memcpy(&found, block, 8);
    memcpy(&versions, block + 10, 2);
    memcpy(&last, block + 16, 8);
    if (key.mv_size != 12 || first != expected || value.mv_size > block_size) return 0;
    if (checksum(key.mv_data, block, value.mv_size, salt) != found) return 0;
    const uint8_t *at = block + header_size;
    const uint8_t *end = block + value.mv_size;
    uint64_t sequence = first;
    for (uint16_t i = 0; i < versions; i++, sequence++) {
      uint16_t length;
      memcpy(&length, at, 2);
      if (at + 2 + length > end) return 0;
      // One number for each version, as in the stores that are measured.
      if (sequence > after) {
        *sum += length + at[2];
        count++;
      }
      at += 2 + length;
    }
    expected = last + 1;
    code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
  }
  mdb_cursor_close(cursor);
  mdb_txn_abort(txn);
  mdb_env_close(env);
  return count;
}
