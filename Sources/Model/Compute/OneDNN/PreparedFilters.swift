/// Filters in the layouts that algorithms want, each of them made once: several convolutions may share one.
struct PreparedFilters<Layout: Equatable, Prepared> {
    private var known: [ObjectIdentifier: [(layout: Layout, prepared: Prepared)]] = [:]

    /// The filter in that layout, made where there is none yet.
    mutating func filter(
        _ filter: NetworkGraph.Filter, _ layout: Layout, make: () throws -> Prepared
    ) rethrows -> Prepared {
        let identifier = ObjectIdentifier(filter)
        let same = known[identifier]?.first { $0.layout == layout }
        if let same { return same.prepared }
        let prepared = try make()
        known[identifier, default: []].append((layout, prepared))
        return prepared
    }
}
