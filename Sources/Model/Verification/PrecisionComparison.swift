/// Compares a network in another precision with itself in float32: what leaves the network, and the masks
/// of the detections.
///
/// Seeded weights let most anchors pass, so detections are harder to keep than with trained ones.
struct PrecisionComparison {
    let exact: Computed
    let other: Computed

    func rows() throws -> [Verification.Row] {
        let configuration = exact.network.configuration
        var rows = [
            Self.relative("boxes", exact.outputs.allBoxes, other.outputs.allBoxes),
            Self.relative(
                "scores", exact.outputs.allScores(configuration.scoring),
                other.outputs.allScores(configuration.scoring)),
            Self.relative(
                "coefficients", exact.outputs.allCoefficients(configuration.prototypes),
                other.outputs.allCoefficients(configuration.prototypes)),
            Self.relative(
                "prototypes", Array(exact.outputs.prototypes), Array(other.outputs.prototypes)),
        ]
        rows += try masks()
        return rows
    }

    /// Root of the mean square of the difference, as a part of that of the values.
    static func relative(_ name: String, _ exact: [Float], _ other: [Float]) -> Verification.Row {
        var difference = 0.0
        var size = 0.0
        for (a, b) in zip(exact, other) {
            difference += (Double(a) - Double(b)) * (Double(a) - Double(b))
            size += Double(a) * Double(a)
        }
        return Verification.Row(
            name: name,
            difference: exact.count == other.count ? (difference / size).squareRoot() : .nan,
            tolerance: 0.02, note: "root mean square, relative")
    }

    /// Pairs the detections of the same class and anchor.
    ///
    /// Where scores or overlaps lie close together suppression may keep another of several boxes.
    private func masks() throws -> [Verification.Row] {
        let expected = try Self.instances(exact, limit: 100)
        // More, so that those that differ at the cut are found.
        let found = try Self.instances(other, limit: 200)
        var sum = 0.0
        var pairs = 0
        for (detection, mask) in expected {
            let match = found.first {
                $0.detection.anchor == detection.anchor
                    && $0.detection.classIndex == detection.classIndex
            }
            guard let match else { continue }
            sum += Self.overlap(mask, match.mask)
            pairs += 1
        }
        return [
            Verification.Row(
                name: "without counterpart", difference: Double(expected.count - pairs),
                tolerance: Double(expected.count) / 10, note: "\(expected.count) detections"),
            Verification.Row(
                name: "1 - mean mask IoU", difference: pairs > 0 ? 1 - sum / Double(pairs) : 1,
                // Deformable convolutions magnify differences: 0.04 for YOLACT++, below 0.03 for the rest.
                tolerance: 0.05, note: "\(pairs) pairs"),
        ]
    }

    private static func instances(
        _ computed: Computed, limit: Int
    ) throws -> [(detection: Detection, mask: InstanceMask)] {
        let found = Detector(
            computed.network.configuration, options: DetectionOptions(detectionLimit: limit)
        ).detect(computed.outputs)
        let instances = try MaskAssembler(computed.network).assemble(
            found, computed.outputs, width: computed.frame.width, height: computed.frame.height)
        return zip(found, instances).map { ($0, $1.mask) }
    }

    /// Intersection over union; 1 for two empty masks.
    static func overlap(_ a: InstanceMask, _ b: InstanceMask) -> Double {
        var shared = 0
        for y in a.region.y..<a.region.y + a.region.height {
            for x in a.region.x..<a.region.x + a.region.width
            where a.contains(x, y) && b.contains(x, y) { shared += 1 }
        }
        let either = a.area + b.area - shared
        return either == 0 ? 1 : Double(shared) / Double(either)
    }
}
