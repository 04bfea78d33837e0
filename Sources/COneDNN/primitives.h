// What differs between the versions of oneDNN, under one name each. `version2.h` and `version3.h` have the
// same functions; everything else in dnnl.h that this project uses is the same in both.
//
// All functions give oneDNN's status. What they create is the caller's to destroy.
#pragma once
#include <dnnl.h>
#include <dnnl_debug.h>
#include <stdint.h>

// What a result is multiplied with, before the bias and what is fused behind.
typedef enum {
    // The sums of a convolution, with one factor or one for each channel of the result.
    YV_SCALED_CONVOLUTION,
    // What a reorder copies, with one factor or one for each index of the first dimension.
    YV_SCALED_REORDER,
    // The first and the second operand of a sum, with one factor.
    YV_SCALED_FIRST,
    YV_SCALED_SECOND,
} yv_scaled_t;

#if DNNL_VERSION_MAJOR >= 3
#include "version3.h"
#else
#include "version2.h"
#endif
