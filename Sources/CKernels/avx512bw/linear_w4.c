#if defined(__x86_64__)
#include "avx512bw/dot.h"

#include "avx512/linear_w4.h"
#endif
