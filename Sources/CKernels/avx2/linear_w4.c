#if defined(__x86_64__)
#include "avx2/dot.h"

#include "avx2/linear_w4.h"
#endif
