#include "include/ComputeKernels.h"

#if YV_HAS_X86_KERNELS
#define LANES 8
#define ROWS 6
#define VARIANT(name) name##_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "matrix_product_loops.h"
#pragma clang attribute pop
#endif
