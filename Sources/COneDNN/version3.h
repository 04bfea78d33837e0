// oneDNN 3 (3.7 is tested): descriptions of memory are opaque, primitives are described in one call, and factors are given at
// each run.
#pragma once

// A description of a tensor in memory.
typedef const_dnnl_memory_desc_t yv_layout_t;

// What stands for 1 in the bias of a convolution, which comes behind the factors: of what stands for 1 in its sums
// and in its result.
static inline float yv_bias_unit(float accumulator, float result)
{
    (void)accumulator;
    return result;
}

// Whether there are Winograd kernels for numbers of one byte.
static inline int yv_has_integer_winograd(void) { return 0; }

static inline dnnl_status_t yv_layout_create(
    yv_layout_t *result, int count, const dnnl_dim_t *dimensions, dnnl_data_type_t type,
    dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t created = NULL;
    dnnl_status_t status = dnnl_memory_desc_create_with_tag(&created, count, dimensions, type, tag);
    *result = created;
    return status;
}

// The part of a tensor of three dimensions that has index 0 in the first.
static inline dnnl_status_t yv_layout_create_first(yv_layout_t *result, yv_layout_t whole)
{
    dnnl_dims_t *all;
    dnnl_status_t status = dnnl_memory_desc_query(whole, dnnl_query_dims, &all);
    if (status != dnnl_success) return status;
    const dnnl_dims_t dimensions = {1, (*all)[1], (*all)[2]};
    const dnnl_dims_t offsets = {0, 0, 0};
    dnnl_memory_desc_t created = NULL;
    status = dnnl_memory_desc_create_submemory(&created, whole, dimensions, offsets);
    *result = created;
    return status;
}

static inline void yv_layout_destroy(yv_layout_t layout)
{
    dnnl_memory_desc_destroy((dnnl_memory_desc_t)layout);
}

static inline size_t yv_layout_size(yv_layout_t layout) { return dnnl_memory_desc_get_size(layout); }

static inline int yv_layout_equal(yv_layout_t a, yv_layout_t b) { return dnnl_memory_desc_equal(a, b); }

// Null where the primitive has no such tensor.
static inline dnnl_status_t yv_primitive_layout(
    yv_layout_t *result, const_dnnl_primitive_desc_t primitive, dnnl_query_t query)
{
    const_dnnl_memory_desc_t found = dnnl_primitive_desc_query_md(primitive, query, 0);
    *result = NULL;
    if (!found) return dnnl_success;
    dnnl_memory_desc_t created = NULL;
    dnnl_status_t status = dnnl_memory_desc_clone(&created, found);
    *result = created;
    return status;
}

// Attributes

// Gives the argument with which the factors have to be handed over at each run, 0 if the attributes keep them.
static inline dnnl_status_t yv_attr_set_scales(
    dnnl_primitive_attr_t attributes, yv_scaled_t scaled, dnnl_dim_t count, const float *factors,
    int *argument)
{
    (void)factors;
    int tensor = DNNL_ARG_SRC;
    switch (scaled) {
    case YV_SCALED_CONVOLUTION: tensor = DNNL_ARG_WEIGHTS; break;
    case YV_SCALED_REORDER: tensor = DNNL_ARG_FROM; break;
    case YV_SCALED_FIRST: tensor = DNNL_ARG_SRC_0; break;
    case YV_SCALED_SECOND: tensor = DNNL_ARG_SRC_1; break;
    }
    *argument = DNNL_ARG_ATTR_SCALES | tensor;
    return dnnl_primitive_attr_set_scales_mask(attributes, tensor, count == 1 ? 0 : 1 << 0);
}

static inline dnnl_status_t yv_post_ops_append_sum(
    dnnl_post_ops_t operations, float scale, dnnl_data_type_t type)
{
    return dnnl_post_ops_append_sum(operations, scale, 0, type);
}

static inline dnnl_status_t yv_post_ops_append_eltwise(
    dnnl_post_ops_t operations, dnnl_alg_kind_t kind, float alpha, float beta)
{
    return dnnl_post_ops_append_eltwise(operations, kind, alpha, beta);
}

// Primitives

static inline dnnl_status_t yv_describe_convolution(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_alg_kind_t kind, yv_layout_t source,
    yv_layout_t weights, yv_layout_t bias, yv_layout_t target, const dnnl_dim_t *strides,
    const dnnl_dim_t *padding_before, const dnnl_dim_t *padding_behind,
    const_dnnl_primitive_attr_t attributes)
{
    const dnnl_dims_t dilation = {0, 0};
    return dnnl_convolution_forward_primitive_desc_create(
        result, engine, dnnl_forward_inference, kind, source, weights, bias, target, strides,
        dilation, padding_before, padding_behind, attributes);
}

static inline dnnl_status_t yv_describe_matmul(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t source, yv_layout_t weights,
    yv_layout_t target, const_dnnl_primitive_attr_t attributes)
{
    return dnnl_matmul_primitive_desc_create(
        result, engine, source, weights, NULL, target, attributes);
}

static inline dnnl_status_t yv_describe_binary(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_alg_kind_t kind, yv_layout_t first,
    yv_layout_t second, yv_layout_t target, const_dnnl_primitive_attr_t attributes)
{
    return dnnl_binary_primitive_desc_create(
        result, engine, kind, first, second, target, attributes);
}

static inline dnnl_status_t yv_describe_max_pooling(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t source, yv_layout_t target,
    const dnnl_dim_t *strides, const dnnl_dim_t *kernel, const dnnl_dim_t *padding_before,
    const dnnl_dim_t *padding_behind, const_dnnl_primitive_attr_t attributes)
{
    const dnnl_dims_t dilation = {0, 0};
    return dnnl_pooling_forward_primitive_desc_create(
        result, engine, dnnl_forward_inference, dnnl_pooling_max, source, target, strides, kernel,
        dilation, padding_before, padding_behind, attributes);
}

static inline dnnl_status_t yv_describe_linear_resampling(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t source, yv_layout_t target,
    const_dnnl_primitive_attr_t attributes)
{
    return dnnl_resampling_forward_primitive_desc_create(
        result, engine, dnnl_forward_inference, dnnl_resampling_linear, NULL, source, target,
        attributes);
}

// At most 16 sources.
static inline dnnl_status_t yv_describe_concatenation(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t target, int count,
    int dimension, const yv_layout_t *sources, const_dnnl_primitive_attr_t attributes)
{
    if (count > 16) return dnnl_invalid_arguments;
    return dnnl_concat_primitive_desc_create(
        result, engine, target, count, dimension, sources, attributes);
}

static inline dnnl_status_t yv_describe_reorder(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, yv_layout_t source, yv_layout_t target,
    const_dnnl_primitive_attr_t attributes)
{
    return dnnl_reorder_primitive_desc_create(result, source, engine, target, engine, attributes);
}
