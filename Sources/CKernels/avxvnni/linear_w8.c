#if defined(__x86_64__)
#include "avxvnni/dot.h"

#include "avx2/linear_w8.h"
#endif
