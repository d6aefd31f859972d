#include <stddef.h>

/// The bytes that the allocator has given out, or 0 where it does not tell.
size_t merganser_allocated_bytes(void);
