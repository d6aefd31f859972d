#include <stddef.h>

/// The bytes that the allocator has given out, or 0 where it does not tell.
size_t merganser_allocated_bytes(void);

/// Makes the allocator keep what is freed for the next use, rather than give it back to the system at
/// once, whose handing out of fresh pages would be measured instead of the work.
void merganser_keep_freed_memory(void);
