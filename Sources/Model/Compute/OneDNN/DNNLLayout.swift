import COneDNN

/// A description of a tensor in memory: its shape, format and order; freed with the object.
///
/// `@unchecked Sendable`: it is only read.
final class DNNLLayout: @unchecked Sendable, Equatable {
    let handle: yv_layout_t

    /// Bytes of a tensor.
    let byteCount: Int

    private init(taking handle: yv_layout_t) {
        self.handle = handle
        byteCount = yv_layout_size(handle)
    }

    convenience init(
        _ dimensions: [Int], _ tag: dnnl_format_tag_t, _ format: NetworkGraph.Format = .float32
    ) throws(ComputeError) {
        var created: yv_layout_t?
        try check(
            yv_layout_create(
                &created, Int32(dimensions.count), dimensions.map(Int64.init), format.dnnl, tag),
            "describing a tensor of shape \(dimensions)")
        guard let created else {
            throw .unavailable(library: "oneDNN", reason: "no tensor of shape \(dimensions)")
        }
        self.init(taking: created)
    }

    /// That of one of a primitive's tensors; nil where it has no such tensor.
    convenience init?(
        _ description: DNNLPrimitiveDescription, _ query: dnnl_query_t
    ) throws(ComputeError) {
        var found: yv_layout_t?
        try check(
            yv_primitive_layout(&found, description.handle, query), "asking for a layout")
        guard let found else { return nil }
        self.init(taking: found)
    }

    deinit { yv_layout_destroy(handle) }

    /// That of what has index 0 in the first of three dimensions.
    func first() throws(ComputeError) -> DNNLLayout {
        var created: yv_layout_t?
        try check(yv_layout_create_first(&created, handle), "describing a part of a tensor")
        guard let created else {
            throw .unavailable(library: "oneDNN", reason: "no part of a tensor")
        }
        return DNNLLayout(taking: created)
    }

    static func == (a: DNNLLayout, b: DNNLLayout) -> Bool {
        a === b || yv_layout_equal(a.handle, b.handle) != 0
    }
}
