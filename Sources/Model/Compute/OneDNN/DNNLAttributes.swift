import COneDNN

/// What is fused behind an operation, factors, and that the scratchpad is given with each run.
final class DNNLAttributes {
    let handle: dnnl_primitive_attr_t
    /// Factors that have to be handed over at each run, by argument; empty where the library keeps them itself.
    private(set) var runtimeScales: [RuntimeScales] = []

    /// Factors that a primitive is given when it runs.
    struct RuntimeScales: Sendable {
        var argument: Int32
        var factors: AlignedBuffer
        var layout: DNNLLayout
    }

    init() throws(ComputeError) {
        var created: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&created), "creating attributes")
        guard let created else {
            throw .unavailable(library: "oneDNN", reason: "no attributes")
        }
        handle = created
        // The library's own scratchpad belongs to the thread that made the primitive (Debian builds
        // without concurrent execution); ours belongs to the context of a run.
        try check(
            dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user),
            "choosing the scratchpad")
    }

    /// A sum with the destination, then an activation.
    convenience init(
        addsDestination: Bool, activation: NetworkGraph.Activation = .identity
    ) throws(ComputeError) {
        try self.init(
            OneDNNFusion(sum: addsDestination ? (1, nil) : nil, activation: activation))
    }

    /// What is fused behind an operation on numbers that may be of one byte.
    convenience init(_ fusion: OneDNNFusion) throws(ComputeError) {
        try self.init()
        try scale(YV_SCALED_CONVOLUTION, fusion.outputScales)
        var operations: dnnl_post_ops_t?
        try check(dnnl_post_ops_create(&operations), "creating post-operations")
        defer { dnnl_post_ops_destroy(operations) }
        if let (scale, format) = fusion.sum {
            try check(
                yv_post_ops_append_sum(operations, scale, format?.dnnl ?? dnnl_data_type_undef),
                "fusing a sum")
        }
        if fusion.factor != 1 {
            try check(
                yv_post_ops_append_eltwise(operations, dnnl_eltwise_linear, fusion.factor, 0),
                "fusing a factor")
        }
        if let (algorithm, alpha, beta) = fusion.eltwise {
            try check(
                yv_post_ops_append_eltwise(operations, algorithm, alpha, beta),
                "fusing an activation")
        }
        try check(dnnl_primitive_attr_set_post_ops(handle, operations), "setting post-operations")
    }

    deinit { dnnl_primitive_attr_destroy(handle) }

    /// Sets factors; none, or a 1, is as good as nothing.
    func scale(_ scaled: yv_scaled_t, _ factors: [Float]) throws(ComputeError) {
        guard !factors.isEmpty, factors != [1] else { return }
        var argument: Int32 = 0
        try check(
            yv_attr_set_scales(handle, scaled, Int64(factors.count), factors, &argument),
            "setting factors")
        guard argument != 0 else { return }
        runtimeScales.append(
            RuntimeScales(
                argument: argument, factors: AlignedBuffer(factors),
                layout: try DNNLLayout([factors.count], dnnl_a)))
    }
}
