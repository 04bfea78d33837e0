#include "include/ComputeKernels.h"

#if YV_HAS_X86_KERNELS
#define LANES 16
#define ROWS 12
#define VARIANT(name) name##_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
#include "matrix_product_loops.h"
#pragma clang attribute pop
#endif
