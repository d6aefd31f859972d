#include <lmdb.h>

#include <stdint.h>
#if defined(__linux__)
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

// When the file was made that a descriptor is open on, in nanoseconds since 1970; 0 where the system does
// not say. The C library shows statx to GNU sources only, and Swift's are none.
static inline uint64_t merganser_file_birth(int file) {
#if defined(__linux__) && defined(SYS_statx)
  uint64_t status[32] = {0};
  long by_descriptor = 0x1000, birth = 0x800;
  if (syscall(SYS_statx, file, "", by_descriptor, birth, status)) return 0;
  if (!(status[0] & (uint64_t)birth)) return 0;
  return status[10] * 1000000000u + (status[11] & 0xffffffffu);
#else
  return 0;
#endif
}
