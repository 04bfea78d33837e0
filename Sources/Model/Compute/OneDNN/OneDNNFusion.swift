import COneDNN

/// What is fused behind an operation that may read and write numbers of one byte.
struct OneDNNFusion {
    /// What the result is multiplied with before all else: nothing, one factor, or one for each channel.
    var outputScales: [Float] = []
    /// The factor and the type of what is in the destination and added.
    var sum: (scale: Float, type: NetworkGraph.Format)?
    /// Behind the sum.
    var factor: Float = 1
    var activation = NetworkGraph.Activation.identity
    /// What a stored 1 of the destination stands for.
    var unit: Float = 1
    /// The largest number that is stored, below what the format allows.
    var limit: Float?

    /// The largest number in one byte whose Winograd transform does not overflow: where many neighbours
    /// are 254 or 255, oneDNN 2.6's `jit_int8_wino` wraps round.
    static let winogradLimit: Float = 252
}

extension DNNLAttributes {
    convenience init(_ fusion: OneDNNFusion) throws(ComputeError) {
        try self.init()
        try set(outputScales: fusion.outputScales, dimension: 1)
        var operations: dnnl_post_ops_t?
        try check(dnnl_post_ops_create(&operations), "creating post-operations")
        defer { dnnl_post_ops_destroy(operations) }
        if let (scale, type) = fusion.sum {
            try check(
                dnnl_post_ops_append_sum_v2(operations, scale, type.dnnl), "fusing a scaled sum")
        }
        if fusion.factor != 1 {
            try check(
                dnnl_post_ops_append_eltwise(
                    operations, 1, dnnl_eltwise_linear, fusion.factor, 0), "fusing a factor")
        }
        if let (algorithm, alpha, beta) = fusion.eltwise {
            try check(
                dnnl_post_ops_append_eltwise(operations, 1, algorithm, alpha, beta),
                "fusing an activation")
        }
        try check(dnnl_primitive_attr_set_post_ops(handle, operations), "setting post-operations")
    }

    /// - Parameter dimension: The one that several scales go along.
    func set(outputScales scales: [Float], dimension: Int32) throws(ComputeError) {
        guard !scales.isEmpty, scales != [1] else { return }
        try check(
            dnnl_primitive_attr_set_output_scales(
                handle, Int64(scales.count), scales.count == 1 ? 0 : 1 << dimension, scales),
            "setting scales")
    }
}

extension OneDNNFusion {
    /// The activation in units of the destination.
    fileprivate var eltwise: (dnnl_alg_kind_t, Float, Float)? {
        switch (activation, limit) {
        case (.relu, let limit?): (dnnl_eltwise_clip, 0, limit)
        case (.relu6, let limit): (dnnl_eltwise_clip, 0, min(6 / unit, limit ?? .infinity))
        default: activation.dnnl
        }
    }
}
