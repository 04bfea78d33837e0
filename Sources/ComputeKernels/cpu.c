#include "include/ComputeKernels.h"

#if YV_HAS_X86_KERNELS
int yv_cpu_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

int yv_cpu_has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#else
// Declared everywhere, so that nobody has to ask on what it is compiled.
int yv_cpu_has_avx2(void) { return 0; }
int yv_cpu_has_avx512(void) { return 0; }

void yv_winograd_source_avx2(
    const yv_winograd_work_t *work, const void *source, void *samples,
    yv_winograd_format_t samples_format)
{
    (void)work, (void)source, (void)samples, (void)samples_format;
}

void yv_winograd_source_avx512(
    const yv_winograd_work_t *work, const void *source, void *samples,
    yv_winograd_format_t samples_format)
{
    (void)work, (void)source, (void)samples, (void)samples_format;
}

void yv_winograd_results_avx2(
    const yv_winograd_work_t *work, const float *sums, const yv_winograd_finish_t *finish,
    void *target)
{
    (void)work, (void)sums, (void)finish, (void)target;
}

void yv_winograd_results_avx512(
    const yv_winograd_work_t *work, const float *sums, const yv_winograd_finish_t *finish,
    void *target)
{
    (void)work, (void)sums, (void)finish, (void)target;
}

void yv_convolution_int8_avx2(const yv_convolution_int8_t *work, const void **taps)
{
    (void)work, (void)taps;
}

void yv_matrix_product_avx2(int m, int n, int k, const float *a, const float *b, float *c)
{
    (void)m, (void)n, (void)k, (void)a, (void)b, (void)c;
}

void yv_matrix_product_avx512(int m, int n, int k, const float *a, const float *b, float *c)
{
    (void)m, (void)n, (void)k, (void)a, (void)b, (void)c;
}
#endif
