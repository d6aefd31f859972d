#include <xxhash.h>

/* Asks for the cache line at an address, without waiting for it: what Swift has no word for. */
static inline void merganser_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }
