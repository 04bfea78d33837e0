// Kernels that are compiled for instructions which are chosen when the program runs.
#pragma once
#include "convolution_int8.h"
#include "cpu.h"
#include "matrix_product.h"
#include "winograd.h"
