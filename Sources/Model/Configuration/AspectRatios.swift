extension YolactConfiguration.Anchors {
    /// Ratios of width to height, of each level of the pyramid.
    public struct AspectRatios: Sendable, Hashable {
        /// A list for each level, P3 first.
        public var levels: [[Double]]

        /// Creates a list for each level.
        public init(levels: [[Double]]) { self.levels = levels }

        /// Creates the same list for all five levels.
        public init(_ ratios: [Double]) { levels = Array(repeating: ratios, count: 5) }
    }
}

extension YolactConfiguration.Anchors.AspectRatios: ExpressibleByArrayLiteral {
    /// The same list for all five levels.
    public init(arrayLiteral ratios: Double...) { self.init(ratios) }
}

extension YolactConfiguration.Anchors.AspectRatios: Codable {
    /// Reads a list for all levels (`[1, 0.5, 2]`) or a list of lists, one for each level; also with the
    /// further brackets that the official code has (`pred_aspect_ratios`).
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let ratios = try? container.decode([Double].self) {
            self.init(ratios)
        } else if let levels = try? container.decode([[Double]].self) {
            self.init(levels: levels)
        } else {
            let levels = try container.decode([[[Double]]].self)
            guard levels.allSatisfy({ $0.count == 1 }) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "lists within lists"))
            }
            self.init(levels: levels.flatMap { $0 })
        }
    }

    /// Writes the shortest form that ``init(from:)`` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let first = levels.first, self == Self(first) {
            try container.encode(first)
        } else {
            try container.encode(levels)
        }
    }
}
