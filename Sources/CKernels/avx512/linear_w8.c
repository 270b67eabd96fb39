#if defined(__x86_64__)
#include "avx512/dot.h"

#include "avx512/linear_w8.h"
#endif
