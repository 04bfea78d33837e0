import COneDNN

/// What is fused behind an operation that may read and write numbers of one byte.
struct OneDNNFusion {
    /// What the result is multiplied with before all else: nothing, one factor, or one for each channel.
    var outputScales: [Float] = []
    /// The factor and the format of what is in the destination and added; nil for the destination's format.
    var sum: (scale: Float, format: NetworkGraph.Format?)?
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

extension OneDNNFusion {
    /// The activation in units of the destination.
    var eltwise: (dnnl_alg_kind_t, Float, Float)? {
        switch (activation, limit) {
        case (.relu, let limit?): (dnnl_eltwise_clip, 0, limit)
        case (.relu6, let limit): (dnnl_eltwise_clip, 0, min(6 / unit, limit ?? .infinity))
        default: activation.dnnl
        }
    }
}
