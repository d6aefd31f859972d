#include "baseline.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// One thread at a time commits: waiting in SQLite's own busy handler costs far more.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

struct writer {
  const char *path;
  size_t rounds;
  double *latencies;
  int code;
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int open_database(const char *path, sqlite3 **database) {
  int code = sqlite3_open(path, database);
  if (code) return code;
  sqlite3_busy_timeout(*database, 10000);
  return sqlite3_exec(*database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", NULL, NULL,
                      NULL);
}

static void *write_in_turn(void *argument) {
  struct writer *me = argument;
  sqlite3 *database = NULL;
  sqlite3_stmt *update = NULL;
  if ((me->code = open_database(me->path, &database))) return NULL;
  me->code = sqlite3_prepare_v2(database, "UPDATE rows SET value = value + 1 WHERE key = 1", -1,
                                &update, NULL);
  for (size_t round = 0; round < me->rounds && !me->code; round++) {
    double start = now();
    pthread_mutex_lock(&turn);
    int code = sqlite3_step(update);
    sqlite3_reset(update);
    pthread_mutex_unlock(&turn);
    me->latencies[round] = now() - start;
    if (code != SQLITE_DONE) me->code = code;
  }
  sqlite3_finalize(update);
  sqlite3_close(database);
  return NULL;
}

int sqlite_commit_by_threads(const char *path, size_t threads, size_t rounds, double *latencies) {
  sqlite3 *database = NULL;
  int code = open_database(path, &database);
  if (!code)
    code = sqlite3_exec(database,
                        "CREATE TABLE IF NOT EXISTS rows (key INTEGER PRIMARY KEY, value INTEGER);"
                        "INSERT OR IGNORE INTO rows VALUES (1, 0);",
                        NULL, NULL, NULL);
  if (code) return code;
  pthread_t *ids = calloc(threads, sizeof *ids);
  struct writer *all = calloc(threads, sizeof *all);
  for (size_t i = 0; i < threads; i++) {
    all[i] = (struct writer){path, rounds, latencies + i * rounds, 0};
    pthread_create(&ids[i], NULL, write_in_turn, &all[i]);
  }
  for (size_t i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    if (all[i].code) code = all[i].code;
  }
  free(all);
  free(ids);
  sqlite3_close(database);
  return code;
}
