// The transforms of Winograd convolutions (Lavin and Gray, arXiv 1509.09308) for CPUs with AVX2 and FMA, and with
// AVX-512.
//
// Swift compiles for the oldest x86-64, so these are in C, where a function can be compiled for instructions that
// are chosen when the program runs. `WinogradConvolution+Transforms.swift` does the same in Swift: it is the
// reference that each variant is tested against, and what runs on all other CPUs.
#pragma once

#include <stddef.h>

// How the numbers of a source or a target are stored.
typedef enum {
    YV_WINOGRAD_FLOAT32,
    // The upper half of a float32.
    YV_WINOGRAD_BFLOAT16,
    // Multiples of a step.
    YV_WINOGRAD_UINT8,
    YV_WINOGRAD_INT8,
} yv_winograd_format_t;

// Which tiles of which channels to transform, and where everything lies. Strides count numbers.
typedef struct {
    // Rows and columns of results of a tile: 2, 4 or 6.
    int results;
    // Of the source or the target.
    int height, width;
    int tiles_across;
    int first_tile, last_tile;
    // Blocks of channels.
    int first_group, last_group;
    // Channels of a block, which lie side by side; a multiple of 8 with AVX2, of 16 with AVX-512.
    int block;
    yv_winograd_format_t format;
    // What a stored 1 stands for.
    float step;
    // From a pixel to the next, and from a block of channels to the next, in the source or the target.
    ptrdiff_t pixel_stride, group_stride;
    // From a tile to the next, and from a position in a tile to the next, in the samples or the sums.
    ptrdiff_t tile_stride, plane_stride;
    // Bytes behind each row of positions.
    ptrdiff_t row_padding;
} yv_winograd_work_t;

// What comes behind the sums.
typedef struct {
    // One for each channel.
    const float *bias;
    // The result is max(x, slope x).
    float slope;
    // Whether the target holds what is to be added.
    int adds_target;
} yv_winograd_finish_t;

// Writes samples, [position, tile, channel], as float32 or bfloat16.
void yv_winograd_source_avx2(
    const yv_winograd_work_t *work, const void *source, void *samples,
    yv_winograd_format_t samples_format);
void yv_winograd_source_avx512(
    const yv_winograd_work_t *work, const void *source, void *samples,
    yv_winograd_format_t samples_format);

// Writes results from the sums, [position, tile, channel], float32.
void yv_winograd_results_avx2(
    const yv_winograd_work_t *work, const float *sums, const yv_winograd_finish_t *finish,
    void *target);
void yv_winograd_results_avx512(
    const yv_winograd_work_t *work, const float *sums, const yv_winograd_finish_t *finish,
    void *target);
