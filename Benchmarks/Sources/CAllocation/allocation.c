#include "allocation.h"

#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>

size_t merganser_allocated_bytes(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void merganser_keep_freed_memory(void) {
  // The greatest that glibc accepts.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}
#else
size_t merganser_allocated_bytes(void) { return 0; }

void merganser_keep_freed_memory(void) {}
#endif
