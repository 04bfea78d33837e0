import COneDNN

/// Copies tensors from one layout to another, at load or for inspection.
final class OneDNNReorder {
    private let name: String
    private let primitive: DNNLPrimitive
    private let stream: DNNLStream
    private let source: DNNLMemory
    private let target: DNNLMemory
    private let sourceSize: Int
    private let targetSize: Int
    private let arguments: [dnnl_exec_arg_t]
    /// What the arguments point at.
    private let memories: [DNNLMemory]
    private let buffers: [AlignedBuffer]

    /// - Parameter scales: What the numbers are multiplied with: nothing, one factor, or one for each index
    ///   of the first dimension.
    static func describe(
        _ engine: DNNLEngine, _ source: DNNLLayout, _ target: DNNLLayout, _ name: String,
        scales: [Float] = []
    ) throws(ComputeError) -> DNNLPrimitiveDescription {
        let attributes = try DNNLAttributes()
        try attributes.scale(YV_SCALED_REORDER, scales)
        return try DNNLPrimitiveDescription.make("the reorder of \(name)", attributes) {
            yv_describe_reorder($0, engine.handle, source.handle, target.handle, $1)
        }
    }

    /// Prepares to copy tensors of those layouts; see ``describe(_:_:_:_:scales:)``.
    init(
        _ engine: DNNLEngine, _ source: DNNLLayout, _ target: DNNLLayout, _ name: String,
        scales: [Float] = []
    ) throws(ComputeError) {
        self.name = name
        let description = try Self.describe(engine, source, target, name, scales: scales)
        primitive = try DNNLPrimitive(description, name)
        stream = try DNNLStream(engine)
        self.source = try DNNLMemory(engine, source, nil)
        self.target = try DNNLMemory(engine, target, nil)
        sourceSize = source.byteCount
        targetSize = target.byteCount
        var constants = description.runtimeScales.map { ($0.argument, $0.factors, $0.layout) }
        if let scratchpad = try description.scratchpad() {
            constants.append(
                (DNNL_ARG_SCRATCHPAD, AlignedBuffer(byteCount: scratchpad.byteCount), scratchpad))
        }
        var arguments = [(DNNL_ARG_FROM, self.source), (DNNL_ARG_TO, self.target)]
        for (argument, buffer, layout) in constants {
            arguments.append(
                (argument, try DNNLMemory(engine, layout, buffer.bytes.baseAddress)))
        }
        memories = arguments.map(\.1)
        buffers = constants.map(\.1)
        self.arguments = arguments.map { dnnl_exec_arg_t(arg: $0, memory: $1.handle) }
    }

    /// Copies one tensor.
    ///
    /// - Parameter offset: Byte of the target that it begins at.
    func copy(
        _ source: UnsafeRawBufferPointer, to target: AlignedBuffer, at offset: Int = 0
    ) throws(ComputeError) {
        precondition(source.count >= sourceSize && target.bytes.count >= offset + targetSize)
        guard let from = source.baseAddress, let to = target.bytes.baseAddress else { return }
        // A source is only read.
        try self.source.point(at: UnsafeMutableRawPointer(mutating: from))
        try self.target.point(at: to + offset)
        try withExtendedLifetime(target) { () throws(ComputeError) in
            try primitive.execute(stream, arguments, "the reorder of \(name)")
            try check(dnnl_stream_wait(stream.handle), "reordering \(name)")
        }
    }
}
