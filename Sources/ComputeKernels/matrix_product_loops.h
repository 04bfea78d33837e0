// A product of float32 matrices, compiled once for each instruction set: `LANES` is the number of columns of a vector,
// `ROWS` the number of rows whose sums of two vectors fit into the registers, `VARIANT(name)` the name of a function.
#include <stddef.h>

#define INLINE static inline __attribute__((always_inline))

typedef float vector_t __attribute__((vector_size(4 * LANES)));

// The sums of some rows and two vectors of columns. `rows` is a constant: all sums stay in registers. Meanwhile the rows
// that come next are fetched, and `step` bytes for each index of the columns that come next.
INLINE void multiply(
    const int rows, const int n, const int k, const float *a, const float *b, float *c,
    const char *next, const int step)
{
    vector_t sums[ROWS][2];
    for (int row = 0; row < rows; row++) sums[row][0] = sums[row][1] = (vector_t){0};
    for (int index = 0; index < k; index++, b += 2 * LANES) {
        __builtin_prefetch((const char *)(a + (ptrdiff_t)rows * k) + index * 4 * rows);
        __builtin_prefetch(next + index * step);
        const vector_t first = *(const vector_t *)b, second = *(const vector_t *)(b + LANES);
        for (int row = 0; row < rows; row++) {
            const float number = a[(ptrdiff_t)row * k + index];
            sums[row][0] += number * first;
            sums[row][1] += number * second;
        }
    }
    for (int row = 0; row < rows; row++) {
        *(vector_t *)(c + (ptrdiff_t)row * n) = sums[row][0];
        *(vector_t *)(c + (ptrdiff_t)row * n + LANES) = sums[row][1];
    }
}

void VARIANT(yv_matrix_product)(int m, int n, int k, const float *a, const float *b, float *c)
{
    const int groups = (m + ROWS - 1) / ROWS;
    // All of the next columns in the time of these.
    const int step = 8 * LANES / groups;
    // Two vectors of columns of b stay in the first-level cache while all rows of a pass by.
    for (int column = 0; column < n; column += 2 * LANES, b += (ptrdiff_t)2 * LANES * k) {
        const char *next = (const char *)(b + (ptrdiff_t)2 * LANES * k);
        const float *from = a;
        float *to = c + column;
        int left = m;
        for (; left >= ROWS; left -= ROWS) {
            multiply(ROWS, n, k, from, b, to, next, step);
            from += (ptrdiff_t)ROWS * k;
            to += (ptrdiff_t)ROWS * n;
            next += (ptrdiff_t)k * step;
        }
#define REST(rows) \
    case rows: multiply(rows, n, k, from, b, to, next, step); break;
        switch (left) {
            REST(1) REST(2) REST(3) REST(4) REST(5)
#if ROWS > 6
            REST(6) REST(7) REST(8) REST(9) REST(10) REST(11)
#endif
        }
    }
}
