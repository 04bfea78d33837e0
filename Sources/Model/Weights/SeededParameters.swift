/// Parameters from a formula: every build of a network makes the very same full-size weights without a
/// file, so that its results can be compared with reference numbers.
///
/// Element `i` of the parameter `key` derives from output `i` of the splitmix64 generator seeded with
/// FNV-1a-64(key) xor salt: `u` = its upper 24 bits / 2^24, `s` = 2 u - 1. Computed in 64-bit floats and
/// rounded once:
///
/// | parameter | value |
/// |---|---|
/// | `*.running_var` | 0.8 + 0.4 u |
/// | `*.running_mean`, `*.bias` | 0.1 s |
/// | batch normalisation `*.weight` | (0.8 + 0.4 u) r, r = 0.2 at the end of a residual branch, else 1 |
/// | convolution `*.weight` | s sqrt(6 / fan-in) g |
///
/// g is 0.4 for the pyramid's lateral convolutions, 0.7 for class scores, 0.5 for boxes, mask
/// coefficients, deformable offsets and the last convolution of MobileNetV2's blocks, else 1.
public struct SeededParameters: ParameterSource {
    /// Distinguishes one set of parameters from another.
    public let salt: UInt64

    /// Creates a source of parameters.
    public init(salt: UInt64 = 0) { self.salt = salt }

    /// nil: any parameter can be made.
    public var shapes: [String: [Int]]? { nil }

    /// The values of the parameter `name` with that shape, row-major.
    public func values(of name: String, shape: [Int]) throws -> [Float] {
        switch Self.rule(of: name, shape: shape) {
        case .spread(let scale):
            make(name, shape) {
                0.8 + 0.4 * $0
            } _: {
                $0 * scale
            }
        case .signed(let scale, let gain):
            make(name, shape) {
                2 * $0 - 1
            } _: {
                $0 * scale * gain
            }
        }
    }

    private enum Rule {
        /// (0.8 + 0.4 u) times the factor.
        case spread(Double)
        /// s times the first factor, then times the second.
        case signed(Double, Double)
    }

    private static func rule(of name: String, shape: [Int]) -> Rule {
        if name.hasSuffix("running_var") { return .spread(1) }
        if name.hasSuffix("running_mean") || name.hasSuffix(".bias") { return .signed(0.1, 1) }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if shape.count == 1, name.hasSuffix(".weight") {
            let endsBranch =
                parts.dropLast().last == "bn3" || parts.dropLast().suffix(2) == ["conv2", "1"]
            return .spread(endsBranch ? 0.2 : 1)
        }
        let fanIn = shape.dropFirst().reduce(1, *)
        let gains = [
            "conf_layer": 0.7, "bbox_layer": 0.5, "mask_layer": 0.5, "conv_offset_mask": 0.5,
        ]
        var gain =
            name.contains(".lat_layers.")
            ? 0.4 : gains[parts.dropLast().last.map(String.init) ?? ""]
        if parts.dropLast(2).last == "conv" { gain = 0.5 }
        return .signed((6 / Double(fanIn)).squareRoot(), gain ?? 1)
    }

    @inline(__always)
    private func make(
        _ name: String, _ shape: [Int], _ uniform: (Double) -> Double, _ scaled: (Double) -> Double
    ) -> [Float] {
        let seed = Self.hash(name) ^ salt
        let count = shape.reduce(1, *)
        return [Float](unsafeUninitializedCapacity: count) { buffer, written in
            var state = seed
            for index in 0..<count {
                state &+= 0x9E37_79B9_7F4A_7C15
                var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
                mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
                mixed ^= mixed >> 31
                let u = Double(mixed >> 40) * 0x1p-24
                buffer.initializeElement(at: index, to: Float(scaled(uniform(u))))
            }
            written = count
        }
    }

    /// FNV-1a, 64 bits.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
