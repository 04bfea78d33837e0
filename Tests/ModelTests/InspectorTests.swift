import Foundation
import Testing

@testable import Model

/// What an inspection tells is what the normal path does.
@Suite struct InspectorTests {
    /// A network whose outputs the tests make up.
    private func network(
        _ change: (inout YolactConfiguration) -> Void = { _ in }
    ) throws -> Network {
        var configuration = YolactConfiguration.shapes
        change(&configuration)
        return try Network(
            configuration: configuration, parameters: ZeroParameters(), threadsPerWorker: 1)
    }

    /// Noise with a background that is unlikely enough to leave some hundred candidates.
    private func outputs(_ network: Network, seed: UInt64) -> RawOutputs {
        let outputs = network.makeOutputs()
        var noise = Noise(seed: seed)
        let layout = outputs.layout
        for level in 0..<5 {
            let head = outputs.head(level)
            _ = head.update(from: noise.values(head.count))
            let side = outputs.levelSizes[level]
            for position in 0..<side * side {
                // One class a level in a corner, so that many boxes overlap.
                let isCorner = position / side < 6 && position % side < 6
                for anchor in 0..<layout.anchors {
                    let scores = position * layout.channels + layout.scores(anchor)
                    head[scores] = isCorner ? 8.6 : 30
                    head[scores + 1 + level] += 5.5
                }
            }
        }
        let side = outputs.prototypeSize
        let count = network.configuration.prototypes.count
        for index in outputs.prototypes.indices {
            let position = index / count
            outputs.prototypes[index] =
                max(0, sinf(Float(position % side) * 0.11 * Float(index % 5 + 1)))
                + max(0, cosf(Float(position / side) * 0.07 * Float(index % 7 + 1)))
        }
        return outputs
    }

    private func inspect(
        _ network: Network, _ outputs: RawOutputs, _ detection: DetectionOptions = .init(),
        crops: Bool = true
    ) throws -> Inspection {
        try Inspector(
            network, detection: detection,
            selection: InstanceSelection(scoreThreshold: 0.06, limit: 8), cropsToBox: crops
        ).inspect(outputs, input: network.makeInput(), width: 200, height: 120)
    }

    @Test(arguments: NonMaximumSuppression.allCases)
    func keptAndSuppressedAreAllCandidates(_ suppression: NonMaximumSuppression) throws {
        let network = try network()
        let outputs = outputs(network, seed: 3)
        let options = DetectionOptions(
            suppression: suppression, confidenceThreshold: 0.02, suppressionThreshold: 0.4,
            candidateLimit: 60, detectionLimit: .max)
        let inspection = try inspect(network, outputs, options)
        let detections = Detector(network.configuration, options: options).detect(outputs)

        var kept: [Detection] = []
        var suppressed = 0
        for (index, candidate) in inspection.candidates.enumerated() {
            switch candidate.fate {
            case .instance(let number):
                #expect(inspection.instances[number].candidate == index)
                kept.append(candidate.detection)
            case .notSelected: kept.append(candidate.detection)
            case .suppressed(let winner, let overlap):
                suppressed += 1
                let better = inspection.candidates[winner]
                #expect(winner < index)
                #expect(better.detection.score >= candidate.detection.score)
                if suppression != .crossClass {
                    #expect(better.detection.classIndex == candidate.detection.classIndex)
                }
                if suppression == .traditional {
                    #expect(overlap >= 0.4)
                    if case .suppressed = better.fate { Issue.record("a dropped box dropped one") }
                } else {
                    #expect(overlap > 0.4)
                    #expect(overlap == better.detection.box.overlap(candidate.detection.box))
                }
            }
        }
        #expect(kept.bestFirst == detections.bestFirst)
        #expect(suppressed > 5)
        #expect(kept.count + suppressed == inspection.candidates.count)
        #expect(inspection.instances.count == 8)
        let attributed = inspection.instances.indices.flatMap {
            inspection.suppressed(byInstance: $0)
        }
        #expect(Set(attributed).count == attributed.count)
        #expect(!attributed.isEmpty)
        switch suppression {
        case .fast: #expect(inspection.candidates.count == 6 * 60)
        case .crossClass: #expect(inspection.candidates.count == 60)
        case .traditional:
            #expect(inspection.candidates.allSatisfy { $0.detection.score > 0.02 })
        }
    }

    /// The last partial sum is what the matrix product of the normal path gives, and its mask the
    /// instance's.
    @Test(arguments: [false, true], [false, true])
    func theSumOfAllTermsIsTheMask(hasConstant: Bool, crops: Bool) throws {
        let network = try network { configuration in
            configuration.prototypes.hasConstant = hasConstant
            configuration.head.gatesCoefficients = hasConstant
        }
        let outputs = outputs(network, seed: 4)
        let inspection = try inspect(network, outputs, crops: crops)
        let product = PrototypeProduct(network)
        let detections = inspection.instances.map {
            inspection.candidates[$0.candidate].detection
        }
        #expect(detections.count == 8)
        try product.compute(detections, outputs)
        let prototypes = inspection.prototypes
        for (index, item) in inspection.instances.enumerated() {
            let sum = item.partialSum(prototypes.count, of: prototypes)
            let logits = product.withLogits(index) { Array($0) }
            #expect(largestDifference(sum, logits) < 1e-4)
            #expect((item.constant != 0) == hasConstant)

            let soft = item.softMask(of: prototypes, cropped: crops)
            let large = Reference.resize(soft, prototypes.side, to: (200, 120))
            let wrong = large.enumerated().filter { pixel, value in
                abs(value - 0.5) > 1e-4
                    && item.instance.mask.contains(pixel % 200, pixel / 200) != (value > 0.5)
            }
            #expect(wrong.isEmpty)
            #expect(item.instance.box == item.box.pixels(width: 200, height: 120))
        }
    }

    @Test func eachStepAddsTheNextLargestCoefficients() throws {
        let network = try network()
        let inspection = try inspect(network, outputs(network, seed: 5))
        let item = try #require(inspection.instances.first)
        let prototypes = inspection.prototypes
        #expect(item.steps == [1, 2, 4, 8, 16])
        #expect(item.coefficients.count == 16)
        let sizes = item.order.map { abs(item.coefficients[$0]) }
        #expect(sizes == sizes.sorted(by: >))
        #expect(Set(item.order) == Set(0..<16))
        var sum = [Float](repeating: 0, count: prototypes.side * prototypes.side)
        for (terms, index) in item.order.enumerated() {
            for (pixel, value) in prototypes[index].enumerated() {
                sum[pixel] += item.coefficients[index] * value
            }
            #expect(sum == item.partialSum(terms + 1, of: prototypes))
        }
    }

    @Test func prototypesAndAnchorsAreThoseOfTheNetwork() throws {
        let network = try network()
        let outputs = outputs(network, seed: 6)
        let inspection = try inspect(network, outputs)
        #expect(inspection.prototypes.count == 16)
        #expect(inspection.prototypes[5].dropFirst(77).first == outputs.prototypes[77 * 16 + 5])
        for item in inspection.instances {
            let anchor = inspection.candidates[item.candidate].detection.anchor
            let cells = outputs.levelSizes[item.anchor.level - 3]
            #expect((0..<cells).contains(item.anchor.row))
            #expect((0..<cells).contains(item.anchor.column))
            let prior = Priors(network.configuration).boxes[anchor]
            let centre = (Float(item.anchor.column) + 0.5) / Float(cells)
            #expect(abs(prior.x - centre) < 1e-5)
            #expect(abs((item.anchor.box.x1 + item.anchor.box.x2) / 2 - centre) < 1e-5)
        }
    }

    /// On a picture, with real weights.
    @Test func aPictureGivesTheInstancesOfTheSegmenter() throws {
        let network = try Network(
            configuration: .shapes, parameters: Checkpoint.builtInDemo(), threadsPerWorker: 1)
        // A white square and a red disc on grey.
        let (width, height) = (320, 240)
        var bytes = [UInt8](repeating: 110, count: 3 * width * height)
        for row in 0..<height {
            for column in 0..<width {
                let pixel = 3 * (row * width + column)
                let (x, y) = (column - 220, row - 130)
                if (40..<120).contains(column), (60..<140).contains(row) {
                    for channel in 0..<3 { bytes[pixel + channel] = 240 }
                } else if x * x + y * y < 50 * 50 {
                    for channel in 0..<3 { bytes[pixel + channel] = channel == 0 ? 220 : 30 }
                }
            }
        }
        try bytes.withUnsafeBytes { bytes in
            let image = ImageView(
                width: width, height: height, layout: .rgb24,
                planes: [.init(bytes: bytes, bytesPerRow: 3 * width)])
            let inspection = try Inspector(network).inspect(image)
            let instances = try Segmenter(network).segment(image)
            #expect(!instances.isEmpty)
            #expect(inspection.instances.map(\.instance) == instances)
            #expect(inspection.networkInput.count == 3 * 256 * 256)
            // The middle of the square.
            let pixel = 3 * (100 * 256 / height * 256 + 80 * 256 / width)
            #expect(inspection.networkInput[pixel..<pixel + 3].allSatisfy { $0 == 240 })
        }
    }
}

extension Reference {
    /// A square array, enlarged to columns x rows.
    fileprivate static func resize(
        _ source: [Float], _ side: Int, to target: (Int, Int)
    ) -> [Double] {
        func tap(_ position: Int, _ target: Int) -> (Int, Int, Double) {
            let exact = max(0, Double(side) / Double(target) * (Double(position) + 0.5) - 0.5)
            let first = min(Int(exact), side - 1)
            return (first, min(first + 1, side - 1), exact - Double(first))
        }
        return (0..<target.0 * target.1).map { pixel in
            let (left, right, h) = tap(pixel % target.0, target.0)
            let (top, bottom, v) = tap(pixel / target.0, target.1)
            func at(_ row: Int, _ column: Int) -> Double { Double(source[row * side + column]) }
            let upper = (1 - h) * at(top, left) + h * at(top, right)
            let lower = (1 - h) * at(bottom, left) + h * at(bottom, right)
            return (1 - v) * upper + v * lower
        }
    }
}
