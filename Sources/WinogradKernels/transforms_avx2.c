#include "include/WinogradKernels.h"

#if YV_WINOGRAD_HAS_KERNELS
#define LANES 8
#define VARIANT(name) name##_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "transforms.h"
#pragma clang attribute pop
#endif
