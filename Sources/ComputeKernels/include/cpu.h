// What is compiled, and what the CPU has.
#pragma once

#if defined(__x86_64__)
#define YV_HAS_X86_KERNELS 1
#else
#define YV_HAS_X86_KERNELS 0
#endif

// AVX2 and FMA.
int yv_cpu_has_avx2(void);
// AVX-512 with F, BW, DQ and VL.
int yv_cpu_has_avx512(void);
