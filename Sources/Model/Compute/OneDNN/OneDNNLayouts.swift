import COneDNN

/// The memory layouts that oneDNN networks use here.
///
/// Inside a network every value is blocked by channels, 16 with AVX-512 and 8 with AVX2: Winograd needs
/// it, the direct kernels are as fast with it as with any, and one layout throughout means no reorders.
struct OneDNNLayouts: Sendable {
    let native: dnnl_format_tag_t
    /// Channels that lie side by side in ``native``.
    let blockSize: Int

    init(blockSize: Int = OneDNNCapabilities.current.blockSize) {
        self.blockSize = blockSize
        native = blockSize == 16 ? dnnl_aBcd16b : dnnl_aBcd8b
    }

    func description(
        _ shape: NetworkGraph.Shape, _ layout: NetworkGraph.Layout,
        _ format: NetworkGraph.Format = .float32
    ) throws(ComputeError) -> DNNLLayout {
        let tag =
            switch layout {
            case .native: native
            case .channelsLast: dnnl_acdb
            case .channelsFirst: dnnl_abcd
            }
        return try DNNLLayout([1, shape.channels, shape.height, shape.width], tag, format)
    }

    /// The weights of a filter as they are read, or in a layout that is for the library to choose.
    static func weights(
        _ filter: NetworkGraph.Filter, freeIn format: NetworkGraph.Format? = nil,
        plainIn plain: NetworkGraph.Format = .float32
    ) throws(ComputeError) -> DNNLLayout {
        let groups = filter.groups
        let shape = [
            filter.outputChannels / groups, filter.groupChannels, filter.kernel, filter.kernel,
        ]
        if groups == 1 {
            return try DNNLLayout(
                shape, format == nil ? dnnl_abcd : dnnl_format_tag_any, format ?? plain)
        }
        return try DNNLLayout(
            [groups] + shape, format == nil ? dnnl_abcde : dnnl_format_tag_any, format ?? plain)
    }
}

extension NetworkGraph.Format {
    var dnnl: dnnl_data_type_t {
        switch self {
        case .float32: dnnl_f32
        case .bfloat16: dnnl_bf16
        case .uint8: dnnl_u8
        case .int8: dnnl_s8
        }
    }
}
