// Convolution of numbers of one byte for CPUs with AVX2 and without VNNI.
//
// Products of two neighbours are added up in 16 bits, so weights have to be small enough that no sum of two of them
// overflows (`QuantisedWeights`). Pixels are found through pointers (indirect convolution, Dukhan, arXiv 1907.02129),
// so kernels of any size and stride are one kind of matrix product.
#pragma once
#include <stddef.h>
#include <stdint.h>

// How the numbers of a result are stored, channels last.
typedef enum {
    YV_RESULT_FLOAT32,
    YV_RESULT_UINT8,
    YV_RESULT_INT8,
    // No numbers; for what may be missing.
    YV_RESULT_NONE,
} yv_result_format_t;

typedef struct {
    // Channels: a multiple of 4, and of 16.
    int inputs, outputs;
    int kernel, stride, padding;
    int source_height, source_width, target_width;
    // Of the target, in rows one after the other.
    int first_pixel, last_pixel;
    // [height, width, inputs]
    const uint8_t *source;
    // As many zeros as there are inputs, for what lies outside.
    const uint8_t *zeros;
    // [outputs / 16, kernel, kernel, inputs / 4, 16, 4]
    const int8_t *weights;
    // Of each output channel: what a 1 of the sums comes to in the result, and what is added.
    const float *factors, *bias;
    // What the target holds and is added, times a factor. Its numbers are as large as the target's.
    yv_result_format_t added_format;
    float added_factor;
    // The result is max(x, slope x), and at most the limit.
    float slope, limit;
    yv_result_format_t target_format;
    void *target;
} yv_convolution_int8_t;

// Pixels whose sums are computed while a part of the weights is in the first-level cache.
#define YV_CONVOLUTION_INT8_CHUNK 60

// `taps` is memory for YV_CONVOLUTION_INT8_CHUNK times kernel times kernel pointers.
void yv_convolution_int8_avx2(const yv_convolution_int8_t *work, const void **taps);
