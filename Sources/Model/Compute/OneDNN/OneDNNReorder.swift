import COneDNN

/// Copies tensors from one layout to another.
enum OneDNNReorder {
    /// - Parameter scales: What the numbers are multiplied with: nothing, one factor, or one for each index
    ///   of the first dimension.
    static func describe(
        _ engine: DNNLEngine, _ source: dnnl_memory_desc_t, _ target: dnnl_memory_desc_t,
        _ name: String, scales: [Float] = []
    ) throws(ComputeError) -> DNNLPrimitiveDescription {
        var created: dnnl_primitive_desc_t?
        var source = source
        var target = target
        let attributes = try DNNLAttributes()
        try attributes.set(outputScales: scales, dimension: 0)
        let status = withExtendedLifetime(attributes) {
            dnnl_reorder_primitive_desc_create(
                &created, &source, engine.handle, &target, engine.handle, attributes.handle)
        }
        try check(status, "describing the reorder of \(name)")
        guard let created else {
            throw .unavailable(library: "oneDNN", reason: "no reorder for \(name)")
        }
        return DNNLPrimitiveDescription(taking: created)
    }

    /// Copies once, at load or for inspection.
    static func copy(
        _ engine: DNNLEngine, _ source: AlignedBuffer, _ sourceLayout: dnnl_memory_desc_t,
        to target: AlignedBuffer, _ targetLayout: dnnl_memory_desc_t, _ name: String,
        scales: [Float] = []
    ) throws(ComputeError) {
        try withExtendedLifetime(source) { () throws(ComputeError) in
            try copy(
                engine, UnsafeRawBufferPointer(source.bytes), sourceLayout, to: target,
                targetLayout, name, scales: scales)
        }
    }

    /// The same of memory that is borrowed.
    static func copy(
        _ engine: DNNLEngine, _ source: UnsafeRawBufferPointer,
        _ sourceLayout: dnnl_memory_desc_t, to target: AlignedBuffer,
        _ targetLayout: dnnl_memory_desc_t, _ name: String, scales: [Float] = []
    ) throws(ComputeError) {
        precondition(source.count >= OneDNNLayouts.byteCount(sourceLayout))
        let description = try describe(engine, sourceLayout, targetLayout, name, scales: scales)
        let primitive = try DNNLPrimitive(description, name)
        let scratchpad = AlignedBuffer(byteCount: description.scratchpadSize)
        // A source is only read.
        let from = try DNNLMemory(
            engine, sourceLayout, UnsafeMutableRawPointer(mutating: source.baseAddress))
        let to = try DNNLMemory(engine, targetLayout, target.bytes.baseAddress)
        let work = try DNNLMemory(
            engine, description.layout(dnnl_query_scratchpad_md) ?? dnnl_memory_desc_t(),
            scratchpad.bytes.baseAddress)
        let stream = try DNNLStream(engine)
        // Handles do not keep their owners alive.
        try withExtendedLifetime((target, scratchpad, from, to, work, stream)) {
            () throws(ComputeError) in
            try primitive.execute(
                stream,
                [
                    dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: from.handle),
                    dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: to.handle),
                    dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: work.handle),
                ], "the reorder of \(name)")
            try check(dnnl_stream_wait(stream.handle), "reordering \(name)")
        }
    }
}
