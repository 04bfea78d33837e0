// oneDNN 2 (2.6 is tested): descriptions of memory are values, primitives have descriptors of their operation, and factors are
// part of the attributes.
#pragma once
#include <stdlib.h>

// A description of a tensor in memory.
typedef const dnnl_memory_desc_t *yv_layout_t;

// What stands for 1 in the bias of a convolution, which comes before the factors: of what stands for 1 in its sums
// and in its result.
static inline float yv_bias_unit(float accumulator, float result)
{
    (void)result;
    return accumulator;
}

// Whether there are Winograd kernels for numbers of one byte.
static inline int yv_has_integer_winograd(void) { return 1; }

static inline dnnl_status_t yv_layout_copy(yv_layout_t *result, const dnnl_memory_desc_t *source)
{
    dnnl_memory_desc_t *copy = (dnnl_memory_desc_t *)malloc(sizeof *copy);
    if (!copy) return dnnl_out_of_memory;
    *copy = *source;
    *result = copy;
    return dnnl_success;
}

static inline dnnl_status_t yv_layout_create(
    yv_layout_t *result, int count, const dnnl_dim_t *dimensions, dnnl_data_type_t type,
    dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t created;
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&created, count, dimensions, type, tag);
    return status == dnnl_success ? yv_layout_copy(result, &created) : status;
}

// The part of a tensor of three dimensions that has index 0 in the first.
static inline dnnl_status_t yv_layout_create_first(yv_layout_t *result, yv_layout_t whole)
{
    const dnnl_dims_t dimensions = {1, whole->dims[1], whole->dims[2]};
    const dnnl_dims_t offsets = {0, 0, 0};
    dnnl_memory_desc_t created;
    dnnl_status_t status = dnnl_memory_desc_init_submemory(&created, whole, dimensions, offsets);
    return status == dnnl_success ? yv_layout_copy(result, &created) : status;
}

static inline void yv_layout_destroy(yv_layout_t layout) { free((void *)layout); }

static inline size_t yv_layout_size(yv_layout_t layout) { return dnnl_memory_desc_get_size(layout); }

static inline int yv_layout_equal(yv_layout_t a, yv_layout_t b) { return dnnl_memory_desc_equal(a, b); }

// Null where the primitive has no such tensor.
static inline dnnl_status_t yv_primitive_layout(
    yv_layout_t *result, const_dnnl_primitive_desc_t primitive, dnnl_query_t query)
{
    const dnnl_memory_desc_t *found = dnnl_primitive_desc_query_md(primitive, query, 0);
    *result = NULL;
    return found ? yv_layout_copy(result, found) : dnnl_success;
}

// Attributes

// Gives the argument with which the factors have to be handed over at each run, 0 if the attributes keep them.
static inline dnnl_status_t yv_attr_set_scales(
    dnnl_primitive_attr_t attributes, yv_scaled_t scaled, dnnl_dim_t count, const float *factors,
    int *argument)
{
    *argument = 0;
    switch (scaled) {
    case YV_SCALED_FIRST:
        return dnnl_primitive_attr_set_scales(attributes, DNNL_ARG_SRC_0, 1, 0, factors);
    case YV_SCALED_SECOND:
        return dnnl_primitive_attr_set_scales(attributes, DNNL_ARG_SRC_1, 1, 0, factors);
    default: break;
    }
    const int mask = scaled == YV_SCALED_CONVOLUTION ? 1 << 1 : 1 << 0;
    return dnnl_primitive_attr_set_output_scales(attributes, count, count == 1 ? 0 : mask, factors);
}

static inline dnnl_status_t yv_post_ops_append_sum(
    dnnl_post_ops_t operations, float scale, dnnl_data_type_t type)
{
    return dnnl_post_ops_append_sum_v2(operations, scale, type);
}

static inline dnnl_status_t yv_post_ops_append_eltwise(
    dnnl_post_ops_t operations, dnnl_alg_kind_t kind, float alpha, float beta)
{
    return dnnl_post_ops_append_eltwise(operations, 1, kind, alpha, beta);
}

// Primitives

static inline dnnl_status_t yv_describe_convolution(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_alg_kind_t kind, yv_layout_t source,
    yv_layout_t weights, yv_layout_t bias, yv_layout_t target, const dnnl_dim_t *strides,
    const dnnl_dim_t *padding_before, const dnnl_dim_t *padding_behind,
    const_dnnl_primitive_attr_t attributes)
{
    dnnl_convolution_desc_t operation;
    dnnl_status_t status = dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_inference, kind, source, weights, bias, target, strides,
        padding_before, padding_behind);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(result, &operation, attributes, engine, NULL);
}

static inline dnnl_status_t yv_describe_matmul(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t source, yv_layout_t weights,
    yv_layout_t target, const_dnnl_primitive_attr_t attributes)
{
    dnnl_matmul_desc_t operation;
    dnnl_status_t status = dnnl_matmul_desc_init(&operation, source, weights, NULL, target);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(result, &operation, attributes, engine, NULL);
}

static inline dnnl_status_t yv_describe_binary(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_alg_kind_t kind, yv_layout_t first,
    yv_layout_t second, yv_layout_t target, const_dnnl_primitive_attr_t attributes)
{
    dnnl_binary_desc_t operation;
    dnnl_status_t status = dnnl_binary_desc_init(&operation, kind, first, second, target);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(result, &operation, attributes, engine, NULL);
}

static inline dnnl_status_t yv_describe_max_pooling(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t source, yv_layout_t target,
    const dnnl_dim_t *strides, const dnnl_dim_t *kernel, const dnnl_dim_t *padding_before,
    const dnnl_dim_t *padding_behind, const_dnnl_primitive_attr_t attributes)
{
    dnnl_pooling_desc_t operation;
    dnnl_status_t status = dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_pooling_max, source, target, strides, kernel,
        padding_before, padding_behind);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(result, &operation, attributes, engine, NULL);
}

static inline dnnl_status_t yv_describe_linear_resampling(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t source, yv_layout_t target,
    const_dnnl_primitive_attr_t attributes)
{
    dnnl_resampling_desc_t operation;
    dnnl_status_t status = dnnl_resampling_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_resampling_linear, NULL, source, target);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(result, &operation, attributes, engine, NULL);
}

// At most 16 sources.
static inline dnnl_status_t yv_describe_concatenation(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t target, int count,
    int dimension, const yv_layout_t *sources, const_dnnl_primitive_attr_t attributes)
{
    dnnl_memory_desc_t values[16];
    if (count > 16) return dnnl_invalid_arguments;
    for (int index = 0; index < count; index++) values[index] = *sources[index];
    return dnnl_concat_primitive_desc_create(
        result, target, count, dimension, values, attributes, engine);
}

static inline dnnl_status_t yv_describe_reorder(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t source, yv_layout_t target,
    const_dnnl_primitive_attr_t attributes)
{
    return dnnl_reorder_primitive_desc_create(result, source, engine, target, engine, attributes);
}
