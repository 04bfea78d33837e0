import Foundation
import Testing

@testable import Model

@Suite struct DetectionTests {
    /// One class and its boxes at anchors of the demo network, everything else background.
    private func outputs(
        _ network: Network, _ entries: [(anchor: Int, classIndex: Int, score: Float)]
    )
        -> RawOutputs
    {
        let outputs = network.makeOutputs()
        let layout = outputs.layout
        for level in 0..<5 {
            let head = outputs.head(level)
            for position in 0..<outputs.levelSizes[level] * outputs.levelSizes[level] {
                for anchor in 0..<layout.anchors {
                    head[position * layout.channels + layout.scores(anchor)] = 20
                }
            }
        }
        for entry in entries {
            // Anchors of the first level only.
            let head = outputs.head(0)
            let row = entry.anchor / layout.anchors * layout.channels
            let scores = row + layout.scores(entry.anchor % layout.anchors)
            // Background and one class share the probability.
            head[scores] = logf(1 - entry.score)
            for index in 1..<layout.classes { head[scores + index] = -40 }
            head[scores + 1 + entry.classIndex] = logf(entry.score)
        }
        return outputs
    }

    private func network() throws -> Network {
        try Network(configuration: .shapes, parameters: ZeroParameters(), threadsPerWorker: 1)
    }

    @Test func scoresAreTheSoftmaxAndBoxesThePriors() throws {
        let network = try network()
        let found = Detector(.shapes).detect(
            outputs(network, [(300, 2, 0.9), (1000, 4, 0.06), (2000, 1, 0.04)]))
        // 0.04 is under the confidence threshold. The kept anchors' other classes survive, as in the
        // official code, with scores of nothing.
        let real = found.filter { $0.score > 1e-6 }
        #expect(real.map(\.classIndex) == [2, 4])
        #expect(real.map(\.anchor) == [300, 1000])
        #expect(abs(real[0].score - 0.9) < 1e-5)
        let prior = Priors(.shapes).boxes[300]
        #expect(abs(real[0].box.x1 - (prior.x - prior.z / 2)) < 1e-6)
        #expect(abs(real[0].box.y2 - (prior.y + prior.w / 2)) < 1e-6)
        #expect(found.count == 12)
    }

    /// A, B, C in a row on one line: A drops B; B overlaps C, A does not. Fast NMS lets the dropped B drop
    /// C; the greedy one does not.
    @Test func fastSuppressionLetsDroppedBoxesDropOthers() throws {
        let network = try network()
        // Square anchors of the first level lie 8 pixels apart at a size of 16: neighbours overlap by 1/3.
        let row = 16 * 32 * 3
        let entries = [(row, 0, Float(0.9)), (row + 3, 0, 0.8), (row + 6, 0, 0.7)]
        func survivors(_ suppression: NonMaximumSuppression) -> [Int] {
            Detector(
                .shapes,
                options: DetectionOptions(suppression: suppression, suppressionThreshold: 0.3)
            ).detect(outputs(network, entries)).filter { $0.score > 0.05 }.map(\.anchor)
        }
        #expect(survivors(.fast) == [row])
        #expect(survivors(.traditional) == [row, row + 6])
        #expect(survivors(.crossClass) == [row])
    }

    @Test func otherClassesAreSuppressedOnlyAcrossClasses() throws {
        let network = try network()
        let entries = [(600, 0, Float(0.9)), (601, 1, 0.8), (602, 1, 0.6)]
        func survivors(_ suppression: NonMaximumSuppression) -> [Int] {
            Detector(
                .shapes,
                options: DetectionOptions(suppression: suppression, suppressionThreshold: 0.3)
            ).detect(outputs(network, entries)).filter { $0.score > 0.05 }.map(\.anchor)
        }
        #expect(survivors(.fast) == [600, 601])
        #expect(survivors(.crossClass) == [600])
    }

    @Test func limitsAndTiesAreDeterministic() throws {
        let network = try network()
        let entries = (0..<40).map { (anchor: $0 * 48, classIndex: 3, score: Float(0.5)) }
        let detector = Detector(
            .shapes, options: DetectionOptions(candidateLimit: 30, detectionLimit: 10))
        let found = detector.detect(outputs(network, entries))
        #expect(found.map(\.anchor) == entries.prefix(10).map(\.anchor))
        #expect(detector.detect(outputs(network, entries)) == found)
    }

    @Test func selectionFiltersAfterSuppression() {
        let box = RelativeBox(x1: 0, y1: 0, x2: 1, y2: 1)
        let detections = [0.9, 0.5, 0.4, 0.1].enumerated().map {
            Detection(classIndex: $0.offset % 2, score: $0.element, box: box, anchor: $0.offset)
        }
        #expect(InstanceSelection().apply(detections).count == 3)
        #expect(InstanceSelection(limit: 2).apply(detections).map(\.anchor) == [0, 1])
        #expect(InstanceSelection(limit: 1, classes: [1]).apply(detections).map(\.anchor) == [1])
        #expect(InstanceSelection(scoreThreshold: 0.95).apply(detections).isEmpty)
    }

    @Test func boxesAreClampedAndTruncated() {
        let box = RelativeBox(x1: 0.7, y1: -0.2, x2: 0.3, y2: 1.5)
        #expect(
            box.pixels(width: 101, height: 50)
                == PixelRectangle(x: 30, y: 0, width: 40, height: 50))
        let broken = RelativeBox(x1: .nan, y1: .infinity, x2: 0.5, y2: -.infinity)
        let pixels = broken.pixels(width: 10, height: 10)
        #expect(pixels.width >= 0 && pixels.height >= 0)
    }
}

@Suite struct MaskAssemblerTests {
    /// The assembled masks against the definition, computed over the full frame in double precision.
    @Test(arguments: [(640, 360), (97, 211), (64, 64), (1, 1)], [true, false])
    func masksFollowTheDefinition(size: (Int, Int), crops: Bool) throws {
        let network = try Network(
            configuration: .shapes, parameters: ZeroParameters(), threadsPerWorker: 1)
        let outputs = network.makeOutputs()
        var noise = Noise(seed: 21)
        let side = outputs.prototypeSize
        // Smooth prototypes, so that masks are blobs.
        for index in outputs.prototypes.indices {
            let position = index / 16
            outputs.prototypes[index] =
                sinf(Float(position % side) * 0.11 * Float(index % 5 + 1))
                + cosf(Float(position / side) * 0.07 * Float(index % 7 + 1))
        }
        for level in 0..<5 {
            _ = outputs.head(level).update(from: noise.values(outputs.head(level).count))
        }
        let boxes = [
            RelativeBox(x1: 0.1, y1: 0.2, x2: 0.6, y2: 0.9),
            RelativeBox(x1: -0.3, y1: -0.3, x2: 0.2, y2: 0.3),
            RelativeBox(x1: 0.95, y1: 0.9, x2: 0.7, y2: 1.4),
            RelativeBox(x1: 0.5, y1: 0.5, x2: 0.5, y2: 0.5),
            RelativeBox(x1: 1.2, y1: 0.5, x2: 1.5, y2: 0.6),
        ]
        let detections = boxes.enumerated().map {
            Detection(classIndex: 0, score: 0.5, box: $0.element, anchor: 3000 + 57 * $0.offset)
        }
        let instances = try MaskAssembler(network, cropsToBox: crops).assemble(
            detections, outputs, width: size.0, height: size.1)
        for (detection, instance) in zip(detections, instances) {
            let soft = softMask(detection, outputs, crops: crops)
            var wrong = 0
            for y in 0..<size.1 {
                for x in 0..<size.0 {
                    let value = sample(soft, side, x, y, size)
                    if abs(value - 0.5) > 1e-4, instance.mask.contains(x, y) != (value > 0.5) {
                        wrong += 1
                    }
                }
            }
            #expect(wrong == 0)
            #expect(instance.mask.region.x >= 0)
            #expect(instance.mask.region.x + instance.mask.region.width <= size.0)
            #expect(instance.mask.region.y + instance.mask.region.height <= size.1)
        }
        #expect(instances[0].mask.area > 0 || size.0 == 1)
    }

    /// What a used mask held does not show in the next one, whether smaller or larger.
    @Test func usedMemoryGivesTheSameMasks() throws {
        let network = try Network(
            configuration: .shapes, parameters: ZeroParameters(), threadsPerWorker: 1)
        let outputs = network.makeOutputs()
        var noise = Noise(seed: 5)
        _ = outputs.prototypes.update(from: noise.values(outputs.prototypes.count))
        for level in 0..<5 {
            _ = outputs.head(level).update(from: noise.values(outputs.head(level).count))
        }
        let detections = (0..<12).map { index in
            let x = Float(index) * 0.07
            return Detection(
                classIndex: 0, score: 0.5,
                box: RelativeBox(x1: x, y1: 0.1, x2: x + 0.05 * Float(index % 4 + 1), y2: 0.8),
                anchor: 500 + index)
        }
        let fresh = try MaskAssembler(network).assemble(
            detections, outputs, width: 320, height: 200)
        var used = (0..<12).map { [UInt8](repeating: 1, count: 1000 * ($0 % 5)) }
        let again = try MaskAssembler(network, makePixels: { used.popLast() ?? [] }).assemble(
            detections, outputs, width: 320, height: 200)
        #expect(used.isEmpty)
        #expect(again == fresh)
        #expect(fresh.contains { $0.mask.area > 0 })
    }

    private func softMask(_ detection: Detection, _ outputs: RawOutputs, crops: Bool) -> [Double] {
        let side = outputs.prototypeSize
        let layout = outputs.layout
        // Anchors of the first two levels: 3 x 1,024, then 3 x 256.
        let level = detection.anchor < 3072 ? 0 : 1
        let local = detection.anchor - (level == 0 ? 0 : 3072)
        let start = local / 3 * layout.channels + layout.coefficients(local % 3)
        let coefficients = outputs.head(level)[start..<start + 16].map { tanh(Double($0)) }
        func bounds(_ a: Float, _ b: Float) -> (Double, Double) {
            (
                max(0, Double(min(a, b)) * Double(side) - 1),
                min(Double(side), Double(max(a, b)) * Double(side) + 1)
            )
        }
        let (left, right) = bounds(detection.box.x1, detection.box.x2)
        let (top, bottom) = bounds(detection.box.y1, detection.box.y2)
        return (0..<side * side).map { position in
            let x = Double(position % side)
            let y = Double(position / side)
            if crops, x < left || x >= right || y < top || y >= bottom { return 0 }
            let logit = (0..<16).reduce(0.0) {
                $0 + Double(outputs.prototypes[position * 16 + $1]) * coefficients[$1]
            }
            return 1 / (1 + exp(-logit))
        }
    }

    private func sample(
        _ soft: [Double], _ side: Int, _ x: Int, _ y: Int, _ size: (Int, Int)
    ) -> Double {
        func tap(_ position: Int, _ target: Int) -> (Int, Int, Double) {
            let exact = max(0, Double(side) / Double(target) * (Double(position) + 0.5) - 0.5)
            let first = min(Int(exact), side - 1)
            return (first, min(first + 1, side - 1), exact - Double(first))
        }
        let (left, right, h) = tap(x, size.0)
        let (top, bottom, v) = tap(y, size.1)
        let upper = (1 - h) * soft[top * side + left] + h * soft[top * side + right]
        let lower = (1 - h) * soft[bottom * side + left] + h * soft[bottom * side + right]
        return (1 - v) * upper + v * lower
    }
}

@Suite struct ComputeThreadTests {
    @Test func workRunsInOrderOnOneThread() throws {
        let thread = ComputeThread(name: "test", teamSize: 1)
        var threads: Set<UInt> = []
        var order: [Int] = []
        for index in 0..<50 {
            let (number, identity) = thread.run {
                (index, UInt(bitPattern: pthread_self().hashValue))
            }
            order.append(number)
            threads.insert(identity)
        }
        #expect(order == Array(0..<50))
        #expect(threads.count == 1)
    }

    @Test func errorsReachTheCaller() {
        let thread = ComputeThread(name: "test", teamSize: 1)
        #expect(throws: ComputeError.invalidGraph("x")) {
            try thread.run { () throws(ComputeError) -> Int in throw .invalidGraph("x") }
        }
    }
}
