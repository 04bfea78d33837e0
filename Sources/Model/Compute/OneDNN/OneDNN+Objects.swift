import COneDNN

/// Throws unless a oneDNN call succeeded.
func check(_ status: dnnl_status_t, _ operation: @autoclosure () -> String) throws(ComputeError) {
    guard status != dnnl_success else { return }
    throw .library(
        name: "oneDNN", operation: operation(), status: String(cString: dnnl_status2str(status)))
}

/// The CPU engine of oneDNN; freed with the object.
///
/// `@unchecked Sendable`: oneDNN's engines may be used from any number of threads.
final class DNNLEngine: @unchecked Sendable {
    let handle: dnnl_engine_t

    init() throws(ComputeError) {
        var created: dnnl_engine_t?
        try check(dnnl_engine_create(&created, dnnl_cpu, 0), "creating the engine")
        guard let created else {
            throw .unavailable(library: "oneDNN", reason: "no CPU engine")
        }
        handle = created
    }

    deinit { dnnl_engine_destroy(handle) }
}

/// An execution stream of one thread.
final class DNNLStream {
    let handle: dnnl_stream_t

    init(_ engine: DNNLEngine) throws(ComputeError) {
        var created: dnnl_stream_t?
        try check(
            dnnl_stream_create(&created, engine.handle, dnnl_stream_default_flags.rawValue),
            "creating a stream")
        guard let created else {
            throw .unavailable(library: "oneDNN", reason: "no stream")
        }
        handle = created
    }

    deinit { dnnl_stream_destroy(handle) }
}

/// A description of a tensor in memory with a handle to the memory, which it does not own.
final class DNNLMemory {
    let handle: dnnl_memory_t

    init(
        _ engine: DNNLEngine, _ layout: DNNLLayout, _ data: UnsafeMutableRawPointer?
    ) throws(ComputeError) {
        var created: dnnl_memory_t?
        try check(
            dnnl_memory_create(&created, layout.handle, engine.handle, data), "describing memory")
        guard let created else {
            throw .unavailable(library: "oneDNN", reason: "no memory object")
        }
        handle = created
    }

    deinit { dnnl_memory_destroy(handle) }

    /// The memory that it points at.
    func floats() throws(ComputeError) -> UnsafeMutablePointer<Float> {
        try bytes().assumingMemoryBound(to: Float.self)
    }

    /// The memory that it points at.
    func bytes() throws(ComputeError) -> UnsafeMutableRawPointer {
        var data: UnsafeMutableRawPointer?
        try check(dnnl_memory_get_data_handle(handle, &data), "asking for a memory handle")
        guard let data else {
            throw .unavailable(library: "oneDNN", reason: "a tensor without memory")
        }
        return data
    }

    func point(at data: UnsafeMutableRawPointer) throws(ComputeError) {
        try check(dnnl_memory_set_data_handle(handle, data), "setting a memory handle")
    }
}

/// A description of what to run, from which a primitive is made.
final class DNNLPrimitiveDescription {
    let handle: dnnl_primitive_desc_t
    /// Factors that it has to be given at each run.
    let runtimeScales: [DNNLAttributes.RuntimeScales]

    /// Calls the library, which writes what it creates to `result`.
    typealias Describe = (
        _ result: UnsafeMutablePointer<dnnl_primitive_desc_t?>,
        _ attributes: dnnl_primitive_attr_t
    ) -> dnnl_status_t

    private init(
        taking handle: dnnl_primitive_desc_t, _ runtimeScales: [DNNLAttributes.RuntimeScales]
    ) {
        self.handle = handle
        self.runtimeScales = runtimeScales
    }

    deinit { dnnl_primitive_desc_destroy(handle) }

    /// nil where oneDNN has no implementation of that algorithm for those layouts.
    static func find(
        _ name: String, _ attributes: DNNLAttributes,
        describe: Describe
    ) throws(ComputeError) -> DNNLPrimitiveDescription? {
        var created: dnnl_primitive_desc_t?
        let status = withExtendedLifetime(attributes) { describe(&created, attributes.handle) }
        if status == dnnl_unimplemented { return nil }
        try check(status, "choosing an algorithm for \(name)")
        return created.map { DNNLPrimitiveDescription(taking: $0, attributes.runtimeScales) }
    }

    /// As ``find(_:_:describe:)``; throws where there is none.
    static func make(
        _ name: String, _ attributes: DNNLAttributes,
        describe: Describe
    ) throws(ComputeError) -> DNNLPrimitiveDescription {
        guard let found = try find(name, attributes, describe: describe) else {
            throw .unavailable(library: "oneDNN", reason: "no implementation of \(name)")
        }
        return found
    }

    /// oneDNN's name of the algorithm.
    var implementation: String {
        var text: UnsafePointer<CChar>?
        let status = dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &text)
        return status == dnnl_success ? text.map { String(cString: $0) } ?? "?" : "?"
    }

    /// The layout that the algorithm wants for one of its tensors; nil where it has no such tensor.
    func layout(_ query: dnnl_query_t) throws(ComputeError) -> DNNLLayout? {
        try DNNLLayout(self, query)
    }

    /// What a run needs as working memory; nil for nothing.
    func scratchpad() throws(ComputeError) -> DNNLLayout? {
        guard let found = try layout(dnnl_query_scratchpad_md), found.byteCount > 0 else {
            return nil
        }
        return found
    }
}

/// A primitive that is ready to run; freed with the object.
///
/// `@unchecked Sendable`: primitives hold no state of a run and may be executed by several threads.
final class DNNLPrimitive: @unchecked Sendable {
    let handle: dnnl_primitive_t

    init(_ description: DNNLPrimitiveDescription, _ name: String) throws(ComputeError) {
        var created: dnnl_primitive_t?
        try check(dnnl_primitive_create(&created, description.handle), "preparing \(name)")
        guard let created else {
            throw .unavailable(library: "oneDNN", reason: "no primitive for \(name)")
        }
        handle = created
    }

    deinit { dnnl_primitive_destroy(handle) }

    func execute(
        _ stream: DNNLStream, _ arguments: [dnnl_exec_arg_t], _ name: String
    ) throws(ComputeError) {
        try check(execute(stream, arguments), "running \(name)")
    }

    /// For threads that cannot throw.
    func execute(_ stream: DNNLStream, _ arguments: [dnnl_exec_arg_t]) -> dnnl_status_t {
        arguments.withUnsafeBufferPointer {
            dnnl_primitive_execute(handle, stream.handle, Int32($0.count), $0.baseAddress)
        }
    }
}

extension NetworkGraph.Activation {
    /// Algorithm, alpha, beta.
    var dnnl: (dnnl_alg_kind_t, Float, Float)? {
        switch self {
        case .identity: nil
        case .relu: (dnnl_eltwise_relu, 0, 0)
        case .leakyReLU(let slope): (dnnl_eltwise_relu, slope, 0)
        case .relu6: (dnnl_eltwise_clip, 0, 6)
        case .tanh: (dnnl_eltwise_tanh, 0, 0)
        }
    }
}
