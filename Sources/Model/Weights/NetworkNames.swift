/// What the names of a network's parameters begin with: programs that train put it into larger ones, and the
/// names of those in front (`module.`, `model.`, `student.net.`).
enum NetworkNames {
    /// A parameter that every network of YOLACT's has.
    private static let landmark = "prediction_layers.0.bbox_layer.weight"
    /// Parts of the network, which are never what a larger program has in front.
    private static let parts: Set = ["backbone", "fpn", "proto_net", "prediction_layers"]
    /// Programs within programs.
    private static let maximumDepth = 4

    /// What the names of each network begin with, in the order of the names: a dot at its end, or empty.
    static func prefixes(of names: [String]) -> [String] {
        names.filter { $0.hasSuffix(landmark) }.map { String($0.dropLast(landmark.count)) }
            .filter { $0.isEmpty || $0.hasSuffix(".") }
    }

    /// What all names begin with, where there is no network to tell.
    static func sharedPrefix(of names: [String]) -> String {
        var prefix = ""
        for _ in 0..<maximumDepth {
            guard let rest = names.first?.dropFirst(prefix.count),
                let end = rest.firstIndex(of: "."), !parts.contains(String(rest[..<end]))
            else { break }
            let longer = prefix + rest[...end]
            guard
                names.allSatisfy({ $0.hasPrefix(longer) && $0.utf8.count > longer.utf8.count })
            else { break }
            prefix = longer
        }
        return prefix
    }
}
