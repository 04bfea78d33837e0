/// Hands a network its parameters by name and keeps account of what was asked for, so that everything
/// wrong with a file is reported at once.
///
/// Values may be read only after ``finish()`` has found nothing missing or mis-shaped.
struct ParameterReader {
    private let source: any ParameterSource
    private let account: Account
    private let prefix: String

    private final class Account {
        var used: Set<String> = []
        /// Every parameter that was asked for.
        var requested: [String: [Int]] = [:]
        /// Beginnings of names that are not used and need not be.
        var ignored: [String] = []
        var missing: [String] = []
        var misshaped: [ParameterMismatch.Shape] = []
    }

    init(_ source: any ParameterSource) {
        self.init(source: source, account: Account(), prefix: "")
    }

    private init(source: any ParameterSource, account: Account, prefix: String) {
        self.source = source
        self.account = account
        self.prefix = prefix
    }

    /// A reader for the names below `name` and a dot.
    func scope(_ name: some CustomStringConvertible) -> ParameterReader {
        ParameterReader(source: source, account: account, prefix: "\(prefix)\(name).")
    }

    /// Shapes of all parameters that were asked for, by name.
    var requested: [String: [Int]] { account.requested }

    /// Passes over what the source has in this scope.
    func ignore() { account.ignored.append(prefix) }

    /// The parameter `name` below this scope. Existence and shape are noted now, the values are read when
    /// they are asked for.
    func parameter(_ name: String, shape: [Int]) -> Parameter {
        let full = prefix + name
        account.used.insert(full)
        account.requested[full] = shape
        if let shapes = source.shapes {
            if let found = shapes[full] {
                if found != shape {
                    account.misshaped.append(.init(name: full, expected: shape, found: found))
                }
            } else {
                account.missing.append(full)
            }
        }
        return Parameter(source: source, name: full, shape: shape)
    }

    /// A parameter that has been accounted for.
    struct Parameter: Sendable {
        fileprivate let source: any ParameterSource
        fileprivate let name: String
        fileprivate let shape: [Int]

        /// Row-major; every number finite, and no variance negative.
        func values() throws -> [Float] {
            let values = try source.values(of: name, shape: shape)
            try ParameterValues.check(values, of: name, shape: shape, source: source.name)
            return values
        }
    }

    /// Throws ``ParameterMismatch``, which names the configuration, unless every parameter was there, of the right shape, and used.
    func finish(_ configuration: YolactConfiguration) throws(ParameterMismatch) {
        let unused = (source.shapes?.keys).map { Set($0).subtracting(account.used) } ?? []
        let mismatch = ParameterMismatch(
            source: source.name, configuration: configuration.name,
            missing: account.missing.sorted(),
            unused: unused.filter { name in
                !Self.isKnownLeftover(name) && !account.ignored.contains(where: name.hasPrefix)
            }.sorted(),
            misshaped: account.misshaped.sorted { $0.name < $1.name })
        if !mismatch.isEmpty { throw mismatch }
    }

    /// Parameters that official files hold and inference does not use: batch counters, the training-only
    /// segmentation and class branches, coefficients for another suppression, a downsampling layer of an
    /// older pyramid, `backbone.layerN` duplicates, and the optical flow of YolactEdge.
    static func isKnownLeftover(_ name: String) -> Bool {
        name.hasSuffix(".num_batches_tracked") || name.hasPrefix("semantic_seg_conv.")
            || name.hasPrefix("class_existence_fc.") || name.contains(".inst_layer.")
            || name.hasPrefix("fpn.downsample_layers.2.")
            || name.hasPrefix("backbone.layer") && !name.hasPrefix("backbone.layers")
            || isOpticalFlow(name)
    }

    /// Whether a parameter belongs to the branch of YolactEdge that carries features over from an earlier
    /// frame. Frames that are computed in full, as all are here, do without it.
    static func isOpticalFlow(_ name: String) -> Bool {
        ["flow_net.", "flow_net_pre_convs.", "spa."].contains(where: name.hasPrefix)
    }
}
