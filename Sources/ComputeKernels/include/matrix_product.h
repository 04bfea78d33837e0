// Products of float32 matrices for CPUs with AVX2 and FMA, and with AVX-512.
#pragma once

// c = a b for a [m, k], b [n / columns, k, columns] and c [m, n], all aligned to whole vectors. There are 16 columns with
// AVX2 and 32 with AVX-512; n is a multiple of them.
void yv_matrix_product_avx2(int m, int n, int k, const float *a, const float *b, float *c);
void yv_matrix_product_avx512(int m, int n, int k, const float *a, const float *b, float *c);
