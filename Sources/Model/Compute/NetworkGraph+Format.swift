extension NetworkGraph.Format {
    var byteCount: Int {
        switch self {
        case .float32: Float.byteCount
        case .bfloat16: BFloat16.byteCount
        case .uint8, .int8: 1
        }
    }

    /// How people call it.
    var name: String {
        switch self {
        case .float32: "f32"
        case .bfloat16: "bf16"
        case .uint8: "u8"
        case .int8: "s8"
        }
    }

    /// What multiplying it is called.
    var precision: ComputePrecision {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        case .uint8, .int8: .int8
        }
    }
}

extension NetworkGraph.Convolution {
    /// For people: kernel, stride, channels, size of the result.
    func shape(_ target: NetworkGraph.Shape) -> String {
        let kernel = "\(filter.kernel) x \(filter.kernel)" + (stride > 1 ? " / \(stride)" : "")
        let groups = filter.groups > 1 ? ", \(filter.groups) groups" : ""
        return "\(kernel), \(filter.inputChannels) to \(filter.outputChannels)\(groups), "
            + "\(target.width) x \(target.height)"
    }
}
