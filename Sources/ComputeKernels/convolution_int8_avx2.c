#include "include/ComputeKernels.h"

#if YV_HAS_X86_KERNELS
#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// The results of 8 channels from their sums.
INLINE void finish(
    const yv_convolution_int8_t *work, const int channel, const ptrdiff_t place, const __m256i sums)
{
    __m256 value = _mm256_fmadd_ps(
        _mm256_cvtepi32_ps(sums), _mm256_loadu_ps(work->factors + channel),
        _mm256_loadu_ps(work->bias + channel));
    char *target = work->target;
    if (work->added_format != YV_RESULT_NONE) {
        __m256 added;
        if (work->added_format == YV_RESULT_FLOAT32)
            added = _mm256_loadu_ps((const float *)target + place);
        else {
            const __m128i bytes = _mm_loadl_epi64((const __m128i *)(target + place));
            added = _mm256_cvtepi32_ps(
                work->added_format == YV_RESULT_UINT8 ? _mm256_cvtepu8_epi32(bytes)
                                                      : _mm256_cvtepi8_epi32(bytes));
        }
        value = _mm256_fmadd_ps(added, _mm256_set1_ps(work->added_factor), value);
    }
    value = _mm256_max_ps(value, _mm256_mul_ps(value, _mm256_set1_ps(work->slope)));
    value = _mm256_min_ps(value, _mm256_set1_ps(work->limit));
    if (work->target_format == YV_RESULT_FLOAT32) {
        _mm256_storeu_ps((float *)target + place, value);
        return;
    }
    // Far outside of what fits into 32 bits the conversion would wrap round.
    value = _mm256_max_ps(_mm256_min_ps(value, _mm256_set1_ps(1e6f)), _mm256_set1_ps(-1e6f));
    // To the nearest, halves to even; narrowing saturates.
    const __m256i numbers = _mm256_cvtps_epi32(value);
    const __m128i halves =
        _mm_packs_epi32(_mm256_castsi256_si128(numbers), _mm256_extracti128_si256(numbers, 1));
    const __m128i bytes = work->target_format == YV_RESULT_UINT8 ? _mm_packus_epi16(halves, halves)
                                                                 : _mm_packs_epi16(halves, halves);
    _mm_storel_epi64((__m128i *)(target + place), bytes);
}

// The sums of 16 channels of some neighbouring pixels. `rows` is a constant: all sums stay in registers.
INLINE void multiply(
    const yv_convolution_int8_t *work, const int rows, const void **taps, const int8_t *weights,
    const int channel, const ptrdiff_t pixel)
{
    const int count = work->kernel * work->kernel;
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sums[5][2];
    for (int row = 0; row < rows; row++) sums[row][0] = sums[row][1] = _mm256_setzero_si256();
    for (int tap = 0; tap < count; tap++) {
        const uint8_t *source[5];
        for (int row = 0; row < rows; row++) source[row] = taps[row * count + tap];
        for (int input = 0; input < work->inputs; input += 4, weights += 64) {
            const __m256i first = _mm256_loadu_si256((const __m256i *)weights);
            const __m256i second = _mm256_loadu_si256((const __m256i *)(weights + 32));
            for (int row = 0; row < rows; row++) {
                int four;
                __builtin_memcpy(&four, source[row] + input, 4);
                const __m256i numbers = _mm256_set1_epi32(four);
                // Pairs of products in 16 bits, then pairs of those in 32.
                const __m256i a = _mm256_madd_epi16(_mm256_maddubs_epi16(numbers, first), ones);
                const __m256i b = _mm256_madd_epi16(_mm256_maddubs_epi16(numbers, second), ones);
                sums[row][0] = _mm256_add_epi32(sums[row][0], a);
                sums[row][1] = _mm256_add_epi32(sums[row][1], b);
            }
        }
    }
    for (int row = 0; row < rows; row++) {
        const ptrdiff_t place = (pixel + row) * work->outputs + channel;
        finish(work, channel, place, sums[row][0]);
        finish(work, channel + 8, place + 8, sums[row][1]);
    }
}

// Where the pixels lie that the taps of a pixel of the target read.
static void find(const yv_convolution_int8_t *work, const int pixel, const void **taps)
{
    const int top = pixel / work->target_width * work->stride - work->padding;
    const int left = pixel % work->target_width * work->stride - work->padding;
    for (int row = top; row < top + work->kernel; row++) {
        for (int column = left; column < left + work->kernel; column++) {
            const int is_inside = row >= 0 && row < work->source_height && column >= 0
                && column < work->source_width;
            *taps++ = is_inside
                ? work->source + ((ptrdiff_t)row * work->source_width + column) * work->inputs
                : work->zeros;
        }
    }
}

void yv_convolution_int8_avx2(const yv_convolution_int8_t *work, const void **taps)
{
    const int count = work->kernel * work->kernel;
    const ptrdiff_t size = (ptrdiff_t)count * work->inputs * 16;
    for (int first = work->first_pixel; first < work->last_pixel; first += YV_CONVOLUTION_INT8_CHUNK) {
        const int left = work->last_pixel - first;
        const int pixels = left < YV_CONVOLUTION_INT8_CHUNK ? left : YV_CONVOLUTION_INT8_CHUNK;
        for (int pixel = 0; pixel < pixels; pixel++) find(work, first + pixel, taps + pixel * count);
        for (int channel = 0; channel < work->outputs; channel += 16) {
            const int8_t *weights = work->weights + channel / 16 * size;
            int pixel = 0;
            for (; pixel + 5 <= pixels; pixel += 5)
                multiply(work, 5, taps + pixel * count, weights, channel, first + pixel);
            switch (pixels - pixel) {
            case 4: multiply(work, 4, taps + pixel * count, weights, channel, first + pixel); break;
            case 3: multiply(work, 3, taps + pixel * count, weights, channel, first + pixel); break;
            case 2: multiply(work, 2, taps + pixel * count, weights, channel, first + pixel); break;
            case 1: multiply(work, 1, taps + pixel * count, weights, channel, first + pixel); break;
            }
        }
    }
}

#pragma clang attribute pop
#endif
