import Foundation

extension Checkpoint {
    struct FoundConfiguration {
        var configuration: YolactConfiguration?
        var origin: ConfigurationOrigin?
        var assumptions: [InferredConfiguration.Assumption] = []
        var problem: String?
    }

    /// The configuration of a file: that of its metadata, else what its tensors and its name tell.
    static func findConfiguration(
        _ path: String, _ metadata: [String: String], _ shapes: [String: [Int]]
    ) throws(ConfigurationError) -> FoundConfiguration {
        if let json = metadata[configurationKey] {
            let stored = try YolactConfiguration.decode(
                Array(json.utf8), source: "\(path), metadata \(configurationKey)")
            return FoundConfiguration(configuration: stored, origin: .metadata)
        }
        let preset = YolactConfiguration.preset(forFile: path)
        do {
            let inferred = try YolactConfiguration.inferred(
                from: shapes, name: ownName(path), basis: preset)
            return FoundConfiguration(
                configuration: inferred.configuration,
                origin: inferred.configuration == preset ? .fileName : .tensors,
                assumptions: inferred.assumptions)
        } catch {
            return FoundConfiguration(
                configuration: preset, origin: preset == nil ? nil : .fileName, problem: "\(error)")
        }
    }

    /// The configuration of this file with what the caller knows.
    ///
    /// Changes matter before anything is assumed: where the anchors are unknown, say, giving them makes the
    /// file usable.
    ///
    /// - Throws: ``ConfigurationError`` or ``UnsupportedConfiguration`` where the file's tensors are those of
    ///   no network that can run, or contradict the changes.
    public func configuration(
        with changes: ConfigurationChanges
    ) throws -> InferredConfiguration {
        if metadata[Self.configurationKey] != nil, let configuration {
            try changes.check(classes: configuration.classNames.count, source: name)
            let result = try configuration.applying(changes)
            try changes.check(
                result.anchors, anchors: configuration.anchors.countPerPosition, source: name)
            return InferredConfiguration(configuration: result)
        }
        let preset = YolactConfiguration.preset(forFile: path)
        do {
            return try YolactConfiguration.inferred(
                from: shapes ?? [:], name: Self.ownName(path), basis: preset, changes: changes)
        } catch {
            // The network of that name will say what is missing.
            guard let preset, error is ConfigurationError, changes == ConfigurationChanges() else {
                throw error
            }
            return InferredConfiguration(configuration: preset, assumptions: [])
        }
    }

    /// What the file holds and inference leaves aside, for people; nil if nothing worth a word.
    public var unusedBranch: String? {
        tensors.contains { ParameterReader.isOpticalFlow($0.name) }
            ? "the optical flow of YolactEdge is not used: every frame is computed in full" : nil
    }

    /// A name for a configuration that has none.
    private static func ownName(_ path: String) -> String {
        let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        return stem.isEmpty ? "own" : String(stem.prefix(80))
    }

    /// The tensors under the names of the official code: without what all names of the network begin with,
    /// and with one pyramid where YolactEdge has two halves.
    static func renamed(_ tensors: [String: StoredTensor]) -> [String: StoredTensor] {
        let prefixes = NetworkNames.prefixes(of: tensors.keys.sorted())
        guard let prefix = prefixes.first, !prefixes.contains("") else { return joined(tensors) }
        var network: [String: StoredTensor] = [:]
        for (name, tensor) in tensors where name.hasPrefix(prefix) {
            let own = String(name.dropFirst(prefix.count))
            network[own] = tensor.named(own)
        }
        return joined(network)
    }

    /// YolactEdge keeps the pyramid in two halves under other names.
    private static func joined(_ tensors: [String: StoredTensor]) -> [String: StoredTensor] {
        let halves = ["fpn_phase_1.", "fpn_phase_2."]
        guard tensors.keys.contains(where: { name in halves.contains(where: name.hasPrefix) })
        else { return tensors }
        let pairs = tensors.map { name, tensor in
            guard let half = halves.first(where: name.hasPrefix) else { return (name, tensor) }
            let own = "fpn." + name.dropFirst(half.count)
            return (own, tensor.named(own))
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
