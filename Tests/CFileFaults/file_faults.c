#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "file_faults.h"

#if defined(__linux__)

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { descriptors = 1024 };

static struct {
  char watched, is_folder, waits;
  uint64_t file;
} open_files[descriptors];

static char *watched_folder;
static FILE *trace;
static enum file_fault armed;
static enum file_function armed_function;
static long calls_left;
static int has_failed;
static long calls[file_functions];

// The C library's own function behind one that is defined here.
#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

// The part of a path behind the watched folder; NULL for other files, and for LMDB's lock, which
// holds nothing that outlives the machine.
static const char *watched_name(const char *path) {
  size_t length = watched_folder ? strlen(watched_folder) : 0;
  size_t whole = strlen(path);
  if (!length || strncmp(path, watched_folder, length)) return NULL;
  if (whole >= 5 && !strcmp(path + whole - 5, "-lock")) return NULL;
  if (path[length] == 0) return "";
  return path[length] == '/' ? path + length + 1 : NULL;
}

static int is_watched(int fd) { return fd >= 0 && fd < descriptors && open_files[fd].watched; }

static void record(enum file_record kind, uint64_t file, uint64_t offset, const void *bytes,
                   size_t length) {
  if (!trace) return;
  uint8_t head[25] = {(uint8_t)kind};
  uint64_t size = length;
  memcpy(head + 1, &file, 8);
  memcpy(head + 9, &offset, 8);
  memcpy(head + 17, &size, 8);
  fwrite(head, 1, sizeof head, trace);
  fwrite(bytes, 1, length, trace);
}

void file_faults_watch(const char *folder, const char *path) {
  file_faults_stop();
  watched_folder = strdup(folder);
  memset(calls, 0, sizeof calls);
  if (path) trace = fopen(path, "w");
}

void file_faults_stop(void) {
  if (trace) fclose(trace);
  free(watched_folder);
  trace = NULL;
  watched_folder = NULL;
  memset(open_files, 0, sizeof open_files);
}

void file_faults_note(const char *text) { record(file_note, 0, 0, text, strlen(text)); }

void file_faults_arm(enum file_fault fault, long call) {
  file_faults_arm_function(fault, file_any_function, call);
}

void file_faults_arm_function(enum file_fault fault, enum file_function function, long call) {
  armed_function = function;
  calls_left = call;
  has_failed = 0;
  armed = fault;
}

int file_faults_disarm(void) {
  armed = fault_none;
  return has_failed;
}

long file_faults_calls(enum file_function function) { return calls[function]; }

// Whether this call is to fail; what it is to set errno to.
static enum file_fault fault_now(enum file_function function) {
  __atomic_fetch_add(&calls[function], 1, __ATOMIC_RELAXED);
  int writes = function != file_fsync && function != file_fdatasync;
  if (armed == fault_none || (armed == fault_full_disk && !writes)) return fault_none;
  if (armed_function != file_any_function && armed_function != function) {
    // A disk that has become full is full for all that write.
    if (armed != fault_full_disk || !has_failed) return fault_none;
  }
  if (__atomic_fetch_sub(&calls_left, 1, __ATOMIC_RELAXED) > 0) return fault_none;
  enum file_fault fault = armed;
  if (fault == fault_kill) raise(SIGKILL);
  has_failed = 1;
  if (armed == fault_full_disk) {
    calls_left = 0;
  } else {
    armed = fault_none;
  }
  int is_write =
      function == file_write_call || function == file_pwrite_call || function == file_writev_call;
  if (fault == fault_short_write && !is_write) fault = fault_io;
  errno = fault == fault_io ? EIO : ENOSPC;
  return fault;
}

// Notes what an open descriptor leads to.
static void watch(int fd, int flags) {
  struct stat status;
  if (fd < 0 || fd >= descriptors || fstat(fd, &status)) return;
  open_files[fd].watched = 1;
  open_files[fd].is_folder = S_ISDIR(status.st_mode);
  open_files[fd].waits = (flags & O_DSYNC) == O_DSYNC;
  open_files[fd].file = status.st_ino;
}

int open(const char *path, int flags, ...) {
  REAL(open);
  mode_t mode = 0;
  if (flags & (O_CREAT | O_TMPFILE)) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  const char *name = watched_name(path);
  if (!name) return real(path, flags, mode);
  int is_new = (flags & O_CREAT) && access(path, F_OK) != 0;
  if (is_new && fault_now(file_open_new)) return -1;
  int fd = real(path, flags, mode);
  watch(fd, flags);
  if (!is_watched(fd)) return fd;
  if (is_new) record(file_create, open_files[fd].file, 0, name, strlen(name));
  if (!is_new && (flags & O_TRUNC)) record(file_truncate, open_files[fd].file, 0, NULL, 0);
  return fd;
}

int mkstemp(char *pattern) {
  REAL(mkstemp);
  if (!watched_name(pattern)) return real(pattern);
  if (fault_now(file_open_new)) return -1;
  int fd = real(pattern);
  watch(fd, 0);
  const char *name = watched_name(pattern);
  if (is_watched(fd)) record(file_create, open_files[fd].file, 0, name, strlen(name));
  return fd;
}

int close(int fd) {
  REAL(close);
  if (fd >= 0 && fd < descriptors) open_files[fd].watched = 0;
  return real(fd);
}

static void record_write(int fd, uint64_t offset, const void *bytes, ssize_t length) {
  if (length > 0)
    record(open_files[fd].waits ? file_write_durable : file_write, open_files[fd].file, offset,
           bytes, (size_t)length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  REAL(pwrite);
  if (!is_watched(fd)) return real(fd, bytes, length, offset);
  enum file_fault fault = fault_now(file_pwrite_call);
  if (fault == fault_short_write) length /= 2;
  else if (fault) return -1;
  ssize_t written = real(fd, bytes, length, offset);
  record_write(fd, (uint64_t)offset, bytes, written);
  return written;
}

static ssize_t write_as(enum file_function function, int fd, const void *bytes, size_t length) {
  REAL(write);
  if (!is_watched(fd)) return real(fd, bytes, length);
  off_t offset = lseek(fd, 0, SEEK_CUR);
  enum file_fault fault = fault_now(function);
  if (fault == fault_short_write) length /= 2;
  else if (fault) return -1;
  ssize_t written = real(fd, bytes, length);
  record_write(fd, (uint64_t)offset, bytes, written);
  return written;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  return write_as(file_write_call, fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  if (!is_watched(fd)) return real(fd, parts, count);
  size_t length = 0;
  for (int i = 0; i < count; i++) length += parts[i].iov_len;
  uint8_t *whole = malloc(length);
  if (!whole) return -1;
  size_t filled = 0;
  for (int i = 0; i < count; i++) {
    memcpy(whole + filled, parts[i].iov_base, parts[i].iov_len);
    filled += parts[i].iov_len;
  }
  ssize_t written = write_as(file_writev_call, fd, whole, length);
  free(whole);
  return written;
}

int ftruncate(int fd, off_t length) {
  REAL(ftruncate);
  if (is_watched(fd) && fault_now(file_ftruncate)) return -1;
  int code = real(fd, length);
  if (!code && is_watched(fd)) record(file_truncate, open_files[fd].file, (uint64_t)length, NULL, 0);
  return code;
}

static void record_sync(int fd) {
  record(open_files[fd].is_folder ? file_sync_folder : file_sync, open_files[fd].file, 0, NULL, 0);
}

int fsync(int fd) {
  REAL(fsync);
  if (!is_watched(fd)) return real(fd);
  if (fault_now(file_fsync)) return -1;
  // On a folder in memory there is nothing to wait for; that it was asked for is what counts.
  record_sync(fd);
  return 0;
}

int fdatasync(int fd) {
  REAL(fdatasync);
  if (!is_watched(fd)) return real(fd);
  if (fault_now(file_fdatasync)) return -1;
  record_sync(fd);
  return 0;
}

int rename(const char *from, const char *to) {
  REAL(rename);
  const char *old_name = watched_name(from), *new_name = watched_name(to);
  if (!old_name || !new_name) return real(from, to);
  if (fault_now(file_renaming)) return -1;
  int code = real(from, to);
  if (code) return code;
  size_t length = strlen(old_name) + 1 + strlen(new_name);
  char *both = malloc(length + 1);
  if (!both) return code;
  memcpy(both, old_name, strlen(old_name) + 1);
  memcpy(both + strlen(old_name) + 1, new_name, strlen(new_name) + 1);
  record(file_rename, 0, 0, both, length);
  free(both);
  return code;
}

int unlink(const char *path) {
  REAL(unlink);
  int code = real(path);
  const char *name = watched_name(path);
  if (!code && name) record(file_remove, 0, 0, name, strlen(name));
  return code;
}

#else

void file_faults_watch(const char *folder, const char *trace) {}
void file_faults_stop(void) {}
void file_faults_note(const char *text) {}
void file_faults_arm(enum file_fault fault, long call) {}
void file_faults_arm_function(enum file_fault fault, enum file_function function, long call) {}
long file_faults_calls(enum file_function function) { return 0; }
int file_faults_disarm(void) { return 0; }

#endif
