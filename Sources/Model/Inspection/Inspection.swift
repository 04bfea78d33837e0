import Foundation

/// What a network sees in one picture: everything between pixels and instances.
public struct Inspection: Sendable {
    /// Width of the picture in pixels.
    public var width: Int
    /// Height of the picture in pixels.
    public var height: Int
    /// The network's input, behind stretching and before normalisation: R, G, B a pixel, row by row,
    /// S x S pixels.
    public var networkInput: [UInt8]
    /// S.
    public var inputSize: Int
    /// The prototypes.
    public var prototypes: Prototypes
    /// Everything that entered non-maximum suppression, class by class (cross-class: at once), best first.
    public var candidates: [InspectedCandidate]
    /// The instances, best first.
    public var instances: [InspectedInstance]
    /// The thresholds that were used.
    public var detection: DetectionOptions
    /// Which detections became instances.
    public var selection: InstanceSelection
    /// Whether masks are cropped to their boxes.
    public var cropsToBox: Bool

    /// The prototypes of a picture (section 3.1 of arXiv 1904.02689).
    public struct Prototypes: Sendable, Hashable {
        /// k.
        public var count: Int
        /// Side of each in prototype pixels.
        public var side: Int
        /// [k, side, side].
        public var values: [Float]

        /// One prototype, row by row.
        public subscript(index: Int) -> ArraySlice<Float> {
            values[index * side * side..<(index + 1) * side * side]
        }
    }

    /// Candidates that an instance's box dropped, best first, by their index in ``candidates``.
    public func suppressed(byInstance index: Int) -> [Int] {
        let own = instances[index].candidate
        return candidates.indices.filter {
            if case .suppressed(by: own, _) = candidates[$0].fate { true } else { false }
        }.sorted { candidates[$0].detection.score > candidates[$1].detection.score }
    }
}

/// An instance with what its mask is made of.
public struct InspectedInstance: Sendable {
    /// Class, score, box and mask, as ``MaskAssembler`` gives them.
    public var instance: Instance
    /// Its box as the network gives it.
    public var box: RelativeBox
    /// Its index in ``Inspection/candidates``.
    public var candidate: Int
    /// The anchor that found it.
    public var anchor: Anchor
    /// A coefficient for each prototype, behind the tanh and the gates if there are any.
    public var coefficients: [Float]
    /// What is added everywhere, besides the prototypes (`mask_proto_bias`); 0 for most networks.
    public var constant: Float
    /// The part of the prototypes that its box leaves, in prototype pixels; all where masks are not cropped.
    public var crop: PixelRectangle

    /// Where an anchor lies.
    public struct Anchor: Sendable, Hashable {
        /// The pyramid level, 3 to 7.
        public var level: Int
        /// Row of the level's cells.
        public var row: Int
        /// Column of the level's cells.
        public var column: Int
        /// Its box, before the network's correction.
        public var box: RelativeBox
    }

    /// Prototypes by the absolute value of their coefficients, the largest first.
    public var order: [Int] {
        coefficients.indices.sorted {
            (abs(coefficients[$0]), $1) > (abs(coefficients[$1]), $0)
        }
    }

    /// 1, 2, 4, 8 and so on, and the number of prototypes: after how many terms to look at the sum.
    public var steps: [Int] {
        var steps: [Int] = []
        var count = 1
        while count < coefficients.count {
            steps.append(count)
            count *= 2
        }
        return steps + [coefficients.count]
    }

    /// The linear combination of the prototypes with the largest coefficients: mask logits, row by row.
    ///
    /// - Parameters:
    ///   - terms: How many prototypes. With all of them it is what the sigmoid gets.
    ///   - prototypes: Those of the same inspection.
    public func partialSum(_ terms: Int, of prototypes: Inspection.Prototypes) -> [Float] {
        var sum = [Float](repeating: constant, count: prototypes.side * prototypes.side)
        for index in order.prefix(terms) {
            let coefficient = coefficients[index]
            for (pixel, value) in prototypes[index].enumerated() {
                sum[pixel] += coefficient * value
            }
        }
        return sum
    }

    /// The sigmoid of all terms, 0...1, row by row.
    ///
    /// - Parameters:
    ///   - prototypes: Those of the same inspection.
    ///   - cropped: Whether it is 0 outside of ``crop``.
    public func softMask(of prototypes: Inspection.Prototypes, cropped: Bool) -> [Float] {
        var mask = partialSum(coefficients.count, of: prototypes).map { 1 / (1 + expf(-$0)) }
        guard cropped else { return mask }
        for row in 0..<prototypes.side {
            for column in 0..<prototypes.side
            where !(crop.y..<crop.y + crop.height).contains(row)
                || !(crop.x..<crop.x + crop.width).contains(column)
            {
                mask[row * prototypes.side + column] = 0
            }
        }
        return mask
    }
}
