// The transforms, compiled once for each instruction set: `LANES` is the number of channels of a vector, `VARIANT(name)`
// the name of a function. Numbers that are the same in all calls of a function are parameters of inlined ones, so that
// the compiler makes a function of its own for each.
#define INLINE static inline __attribute__((always_inline))

typedef float vector_t __attribute__((vector_size(4 * LANES)));
typedef float unaligned_vector_t __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int int_vector_t __attribute__((vector_size(4 * LANES)));
typedef unsigned unsigned_vector_t __attribute__((vector_size(4 * LANES)));
typedef unsigned short half_vector_t __attribute__((vector_size(2 * LANES), aligned(2)));
typedef unsigned char byte_vector_t __attribute__((vector_size(LANES), aligned(1)));
typedef signed char signed_byte_vector_t __attribute__((vector_size(LANES), aligned(1)));

#include "winograd_lines.h"

INLINE ptrdiff_t byte_count(const yv_winograd_format_t format)
{
    return format == YV_WINOGRAD_FLOAT32 ? 4 : format == YV_WINOGRAD_BFLOAT16 ? 2 : 1;
}

INLINE vector_t load(const yv_winograd_format_t format, const void *from, const float step)
{
    switch (format) {
    case YV_WINOGRAD_FLOAT32: return *(const unaligned_vector_t *)from;
    case YV_WINOGRAD_BFLOAT16:
        return (vector_t)(__builtin_convertvector(*(const half_vector_t *)from, unsigned_vector_t) << 16);
    case YV_WINOGRAD_UINT8:
        return __builtin_convertvector(
                   __builtin_convertvector(*(const byte_vector_t *)from, int_vector_t), vector_t) * step;
    default:
        return __builtin_convertvector(
                   __builtin_convertvector(*(const signed_byte_vector_t *)from, int_vector_t), vector_t) * step;
    }
}

// The nearest number in one byte, halves to even, from `least` to `largest`.
INLINE int_vector_t rounded(vector_t value, const float factor, const float least, const float largest)
{
    value = __builtin_elementwise_max(value * factor, (vector_t){0} + least);
    value = __builtin_elementwise_min(value, (vector_t){0} + largest);
    return __builtin_convertvector(__builtin_elementwise_roundeven(value), int_vector_t);
}

INLINE void store(const yv_winograd_format_t format, void *to, const vector_t value, const float factor)
{
    switch (format) {
    case YV_WINOGRAD_FLOAT32: *(unaligned_vector_t *)to = value; break;
    case YV_WINOGRAD_BFLOAT16:
        // To the nearest, halves away from zero.
        *(half_vector_t *)to =
            __builtin_convertvector(((unsigned_vector_t)value + 0x8000) >> 16, half_vector_t);
        break;
    case YV_WINOGRAD_UINT8:
        *(byte_vector_t *)to =
            __builtin_convertvector(rounded(value, factor, 0, 255), byte_vector_t);
        break;
    default:
        *(signed_byte_vector_t *)to =
            __builtin_convertvector(rounded(value, factor, -128, 127), signed_byte_vector_t);
    }
}

// One vector of channels of one tile: down the columns, then along the rows.
INLINE void transform_tile(
    const int m, const yv_winograd_format_t format, const yv_winograd_format_t samples_format,
    const yv_winograd_work_t *work, const char *corner, const int top, const int left,
    const int inside, char *samples)
{
    const int side = m + 2;
    const ptrdiff_t pixel = work->pixel_stride * byte_count(format);
    const ptrdiff_t plane = work->plane_stride * byte_count(samples_format);
    vector_t columns[8][8];
    for (int column = 0; column < side; column++) {
        vector_t taken[8], made[8];
        for (int row = 0; row < side; row++) {
            const int is_there = inside
                || (top + row >= 0 && top + row < work->height && left + column >= 0
                    && left + column < work->width);
            taken[row] = is_there
                ? load(format, corner + ((ptrdiff_t)row * work->width + column) * pixel, work->step)
                : (vector_t){0};
        }
        transform_samples(m, taken, made);
        for (int row = 0; row < side; row++) columns[row][column] = made[row];
    }
    for (int row = 0; row < side; row++) {
        vector_t made[8];
        transform_samples(m, columns[row], made);
        for (int column = 0; column < side; column++)
            store(samples_format, samples + column * plane, made[column], 1);
        samples += side * plane + work->row_padding;
    }
}

// Blocks of channels that are transformed together, so that whole cache lines are written at a time.
INLINE int groups_together(const yv_winograd_work_t *work) { return work->block < 16 ? 16 / work->block : 1; }

INLINE void transform_source(
    const int m, const yv_winograd_format_t format, const yv_winograd_format_t samples_format,
    const yv_winograd_work_t *work, const char *source, char *samples)
{
    const int side = m + 2, together = groups_together(work);
    for (int first = work->first_group; first < work->last_group; first += together) {
        const int last = first + together < work->last_group ? first + together : work->last_group;
        for (int tile = work->first_tile; tile < work->last_tile; tile++) {
            const int top = tile / work->tiles_across * m - 1, left = tile % work->tiles_across * m - 1;
            const int inside = top >= 0 && left >= 0 && top + side <= work->height
                && left + side <= work->width;
            const ptrdiff_t pixels = ((ptrdiff_t)top * work->width + left) * work->pixel_stride;
            for (int group = first; group < last; group++) {
                for (int lane = 0; lane < work->block; lane += LANES) {
                    const ptrdiff_t place = (tile - work->first_tile) * work->tile_stride
                        + group * work->block + lane;
                    const char *corner =
                        source + (group * work->group_stride + pixels + lane) * byte_count(format);
                    char *target = samples + place * byte_count(samples_format);
                    if (inside)
                        transform_tile(m, format, samples_format, work, corner, top, left, 1, target);
                    else
                        transform_tile(m, format, samples_format, work, corner, top, left, 0, target);
                }
            }
        }
    }
}

INLINE void finish_tile(
    const int m, const yv_winograd_format_t format, const yv_winograd_work_t *work,
    const yv_winograd_finish_t *finish, const float *sums, const vector_t bias, const int rows,
    const int columns, char *target)
{
    const int side = m + 2;
    const ptrdiff_t pixel = work->pixel_stride * byte_count(format);
    const float factor = 1 / work->step;
    vector_t across[8][6], results[6][6];
    for (int row = 0; row < side; row++) {
        vector_t taken[8];
        for (int column = 0; column < side; column++)
            taken[column] = *(const unaligned_vector_t *)(sums + column * work->plane_stride);
        transform_products(m, taken, across[row]);
        sums = (const float *)((const char *)(sums + side * work->plane_stride) + work->row_padding);
    }
    for (int column = 0; column < m; column++) {
        vector_t taken[8], made[6];
        for (int row = 0; row < side; row++) taken[row] = across[row][column];
        transform_products(m, taken, made);
        for (int row = 0; row < m; row++) results[row][column] = made[row];
    }
    for (int row = 0; row < rows; row++) {
        char *place = target + (ptrdiff_t)row * work->width * pixel;
        for (int column = 0; column < columns; column++, place += pixel) {
            vector_t value = results[row][column] + bias;
            if (finish->adds_target) value += load(format, place, work->step);
            value = __builtin_elementwise_max(value, value * finish->slope);
            store(format, place, value, factor);
        }
    }
}

INLINE void transform_results(
    const int m, const yv_winograd_format_t format, const yv_winograd_work_t *work,
    const yv_winograd_finish_t *finish, const float *sums, char *target)
{
    const int together = groups_together(work);
    for (int first = work->first_group; first < work->last_group; first += together) {
        const int last = first + together < work->last_group ? first + together : work->last_group;
        for (int tile = work->first_tile; tile < work->last_tile; tile++) {
            const int top = tile / work->tiles_across * m, left = tile % work->tiles_across * m;
            const int rows = work->height - top < m ? work->height - top : m;
            const int columns = work->width - left < m ? work->width - left : m;
            const ptrdiff_t pixels = ((ptrdiff_t)top * work->width + left) * work->pixel_stride;
            for (int group = first; group < last; group++) {
                for (int lane = 0; lane < work->block; lane += LANES) {
                    const int channel = group * work->block + lane;
                    const vector_t bias = *(const unaligned_vector_t *)(finish->bias + channel);
                    const float *from =
                        sums + (tile - work->first_tile) * work->tile_stride + channel;
                    char *place =
                        target + (group * work->group_stride + pixels + lane) * byte_count(format);
                    if (rows == m && columns == m)
                        finish_tile(m, format, work, finish, from, bias, m, m, place);
                    else
                        finish_tile(m, format, work, finish, from, bias, rows, columns, place);
                }
            }
        }
    }
}

#define FOR_EACH_TILE(CALL) \
    switch (work->results) { \
    case 2: CALL(2); break; \
    case 4: CALL(4); break; \
    default: CALL(6); \
    }

void VARIANT(yv_winograd_source)(
    const yv_winograd_work_t *work, const void *source, void *samples,
    yv_winograd_format_t samples_format)
{
    const int narrow = samples_format == YV_WINOGRAD_BFLOAT16;
#define TRANSFORM(m, format) \
    if (narrow) transform_source(m, format, YV_WINOGRAD_BFLOAT16, work, source, samples); \
    else transform_source(m, format, YV_WINOGRAD_FLOAT32, work, source, samples)
#define TRANSFORM_FLOAT32(m) TRANSFORM(m, YV_WINOGRAD_FLOAT32)
#define TRANSFORM_BFLOAT16(m) TRANSFORM(m, YV_WINOGRAD_BFLOAT16)
#define TRANSFORM_UINT8(m) transform_source(m, YV_WINOGRAD_UINT8, YV_WINOGRAD_FLOAT32, work, source, samples)
#define TRANSFORM_INT8(m) transform_source(m, YV_WINOGRAD_INT8, YV_WINOGRAD_FLOAT32, work, source, samples)
    switch (work->format) {
    case YV_WINOGRAD_FLOAT32: FOR_EACH_TILE(TRANSFORM_FLOAT32) break;
    case YV_WINOGRAD_BFLOAT16: FOR_EACH_TILE(TRANSFORM_BFLOAT16) break;
    case YV_WINOGRAD_UINT8: FOR_EACH_TILE(TRANSFORM_UINT8) break;
    case YV_WINOGRAD_INT8: FOR_EACH_TILE(TRANSFORM_INT8) break;
    }
}

void VARIANT(yv_winograd_results)(
    const yv_winograd_work_t *work, const float *sums, const yv_winograd_finish_t *finish,
    void *target)
{
#define FINISH_FLOAT32(m) transform_results(m, YV_WINOGRAD_FLOAT32, work, finish, sums, target)
#define FINISH_BFLOAT16(m) transform_results(m, YV_WINOGRAD_BFLOAT16, work, finish, sums, target)
#define FINISH_UINT8(m) transform_results(m, YV_WINOGRAD_UINT8, work, finish, sums, target)
#define FINISH_INT8(m) transform_results(m, YV_WINOGRAD_INT8, work, finish, sums, target)
    switch (work->format) {
    case YV_WINOGRAD_FLOAT32: FOR_EACH_TILE(FINISH_FLOAT32) break;
    case YV_WINOGRAD_BFLOAT16: FOR_EACH_TILE(FINISH_BFLOAT16) break;
    case YV_WINOGRAD_UINT8: FOR_EACH_TILE(FINISH_UINT8) break;
    case YV_WINOGRAD_INT8: FOR_EACH_TILE(FINISH_INT8) break;
    }
}
