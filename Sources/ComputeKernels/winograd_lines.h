// One dimension of minimal filtering F(m, 3) on vectors of channels. The points are those of WinogradLine.swift, which
// says where they come from. Included once for each length of vectors.

// Transforms m + 2 samples.
INLINE void transform_samples(const int m, const vector_t *d, vector_t *out)
{
    if (m == 2) {
        out[0] = d[2] - d[0];
        out[1] = d[1] + d[2];
        out[2] = d[2] - d[1];
        out[3] = d[3] - d[1];
    } else if (m == 4) {
        const float a = 0.625f, b = 1.5f;
        out[0] = (a * a * b * b) * d[0] - (a * a + b * b) * d[2] + d[4];
        const vector_t even_a = d[4] - (b * b) * d[2], odd_a = a * d[3] - (a * b * b) * d[1];
        out[1] = even_a + odd_a;
        out[2] = even_a - odd_a;
        const vector_t even_b = d[4] - (a * a) * d[2], odd_b = b * d[3] - (b * a * a) * d[1];
        out[3] = even_b + odd_b;
        out[4] = even_b - odd_b;
        out[5] = (a * a * b * b) * d[1] - (a * a + b * b) * d[3] + d[5];
    } else {
        out[0] = (d[6] - d[0]) + 5.25f * (d[2] - d[4]);
        out[7] = (d[7] - d[1]) + 5.25f * (d[3] - d[5]);
        const vector_t even_a = d[6] - 5.0f * d[4] + 4.0f * d[2];
        const vector_t odd_a = 0.5f * d[5] - 2.5f * d[3] + 2.0f * d[1];
        out[1] = even_a + odd_a;
        out[2] = even_a - odd_a;
        const vector_t even_b = d[6] - 4.25f * d[4] + d[2], odd_b = d[5] - 4.25f * d[3] + d[1];
        out[3] = even_b + odd_b;
        out[4] = even_b - odd_b;
        const vector_t even_c = d[6] - 1.25f * d[4] + 0.25f * d[2];
        const vector_t odd_c = 2.0f * d[5] - 2.5f * d[3] + 0.5f * d[1];
        out[5] = even_c + odd_c;
        out[6] = even_c - odd_c;
    }
}

// Makes m results of m + 2 products.
INLINE void transform_products(const int m, const vector_t *p, vector_t *out)
{
    if (m == 2) {
        out[0] = p[0] + (p[1] + p[2]);
        out[1] = (p[1] - p[2]) + p[3];
    } else if (m == 4) {
        const float a = 0.625f, b = 1.5f;
        const vector_t sum_a = p[1] + p[2], difference_a = p[1] - p[2];
        const vector_t sum_b = p[3] + p[4], difference_b = p[3] - p[4];
        out[0] = p[0] + sum_a + sum_b;
        out[1] = a * difference_a + b * difference_b;
        out[2] = (a * a) * sum_a + (b * b) * sum_b;
        out[3] = (a * a * a) * difference_a + (b * b * b) * difference_b + p[5];
    } else {
        const vector_t sum_a = p[1] + p[2], difference_a = p[1] - p[2];
        const vector_t sum_b = p[3] + p[4], difference_b = p[3] - p[4];
        const vector_t sum_c = p[5] + p[6], difference_c = p[5] - p[6];
        out[0] = (p[0] + sum_a) + (sum_b + sum_c);
        out[1] = 0.5f * difference_a + difference_b + 2.0f * difference_c;
        out[2] = 0.25f * sum_a + sum_b + 4.0f * sum_c;
        out[3] = 0.125f * difference_a + difference_b + 8.0f * difference_c;
        out[4] = 0.0625f * sum_a + sum_b + 16.0f * sum_c;
        out[5] = (0.03125f * difference_a + difference_b) + (32.0f * difference_c + p[7]);
    }
}
