import COneDNN

/// Filters in the layouts that algorithms want, each of them made once: several convolutions may share one.
struct PreparedFilters<Prepared> {
    private var known: [ObjectIdentifier: [(layout: dnnl_memory_desc_t, prepared: Prepared)]] = [:]

    /// The filter in that layout, made where there is none yet.
    mutating func filter(
        _ filter: NetworkGraph.Filter, _ layout: dnnl_memory_desc_t, make: () throws -> Prepared
    ) rethrows -> Prepared {
        let identifier = ObjectIdentifier(filter)
        let same = known[identifier]?.first { OneDNNLayouts.areEqual($0.layout, layout) }
        if let same { return same.prepared }
        let prepared = try make()
        known[identifier, default: []].append((layout, prepared))
        return prepared
    }
}
