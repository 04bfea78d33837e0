import Foundation
import Testing

@testable import Model

/// What ``Detector`` leaves out changes nothing: its detections are those of the steps written out, to the
/// last bit.
@Suite struct DetectorShortcutTests {
    /// What the made-up heads look like.
    enum Scene: CaseIterable {
        /// Nearly all anchors pass the threshold, as with seeded weights.
        case allPass
        /// Some hundred anchors on a few objects, as with trained weights.
        case sparse
        /// No score stands out: all equal.
        case equal
        /// Logits that are infinite or not numbers, and ones far beyond the exponential.
        case damaged
    }

    private func configuration(_ name: String) throws -> YolactConfiguration {
        name == "shapes" ? .shapes : try #require(YolactConfiguration.preset(named: name))
    }

    private func outputs(
        _ configuration: YolactConfiguration, _ scene: Scene, seed: UInt64
    ) -> RawOutputs {
        let layout = HeadLayout(configuration)
        let counts =
            configuration.pyramidSizes.map { $0 * $0 * layout.channels }
            + [configuration.prototypeSize * configuration.prototypeSize]
        let outputs = RawOutputs(
            configuration: configuration, buffers: counts.map(AlignedBuffer.init(floatCount:)))
        var noise = Noise(seed: seed)
        for level in configuration.pyramidSizes.indices {
            let head = outputs.head(level)
            let side = configuration.pyramidSizes[level]
            if scene != .equal { _ = head.update(from: noise.values(head.count)) }
            for position in 0..<side * side {
                let isObject = (position / side) % 16 < 4 && (position % side) % 16 < 4
                for anchor in 0..<layout.anchors {
                    let first = position * layout.channels + layout.scores(anchor)
                    let classes = head[first..<first + layout.classes]
                    switch scene {
                    case .equal: break
                    case .allPass:
                        for index in classes.indices { head[index] *= 3 }
                        head[first] -= 1
                    case .sparse:
                        head[first] += isObject ? 3 : 12
                        head[first + 1 + (position / 16) % (layout.classes - 1)] += 5
                    case .damaged:
                        for index in classes.indices { head[index] *= 4 }
                        let broken = first + Int(noise.next() % UInt64(layout.classes))
                        switch noise.next() % 12 {
                        case 0: head[broken] = .nan
                        case 1: head[broken] = .infinity
                        case 2: head[broken] = -.infinity
                        case 3: head[broken] = 1e5
                        case 4: head[broken] = -3e38
                        case 5: head[position * layout.channels + anchor * 4 + 2] = .nan
                        default: break
                        }
                    }
                }
            }
        }
        return outputs
    }

    private func compare(
        _ configuration: YolactConfiguration, _ options: DetectionOptions, _ outputs: RawOutputs,
        _ detector: Detector? = nil
    ) -> Int {
        let expected = PlainDetector(configuration: configuration, options: options).detect(outputs)
        let found = (detector ?? Detector(configuration, options: options)).detect(outputs)
        #expect(found.count == expected.count)
        for (one, other) in zip(found, expected) where !isSame(one, other) {
            Issue.record("\(one) instead of \(other)")
            break
        }
        return found.count
    }

    /// Equal bits; a box may hold numbers that equal nothing.
    private func isSame(_ a: Detection, _ b: Detection) -> Bool {
        func edges(_ box: RelativeBox) -> [UInt32] {
            [box.x1, box.y1, box.x2, box.y2].map { $0.isNaN ? 0 : $0.bitPattern }
        }
        return a.anchor == b.anchor && a.classIndex == b.classIndex
            && a.score.bitPattern == b.score.bitPattern && edges(a.box) == edges(b.box)
    }

    @Test(arguments: NonMaximumSuppression.allCases, Scene.allCases)
    func detectionsAreThoseWithoutShortcuts(
        _ suppression: NonMaximumSuppression, _ scene: Scene
    ) throws {
        let configuration = try configuration("shapes")
        var options = DetectionOptions(suppression: suppression)
        // Greedy suppression of thousands of boxes is slow as written out.
        if suppression == .traditional { options.confidenceThreshold = 0.5 }
        let detector = Detector(configuration, options: options)
        var total = 0
        for seed in 1...3 {
            total += compare(
                configuration, options, outputs(configuration, scene, seed: UInt64(seed)),
                detector)
        }
        #expect(total > 0 || suppression == .traditional && scene == .equal)
    }

    /// As many detections as there may be, so that the first look at the best pairs is not enough.
    @Test func allAreFoundWhereTheLimitIsHigh() throws {
        let configuration = try configuration("shapes")
        let outputs = outputs(configuration, .allPass, seed: 5)
        let many = compare(
            configuration, DetectionOptions(detectionLimit: .max), outputs)
        #expect(many > 200)
        _ = compare(
            configuration, DetectionOptions(candidateLimit: 3, detectionLimit: 15), outputs)
        _ = compare(
            configuration,
            DetectionOptions(suppression: .crossClass, candidateLimit: 3000), outputs)
    }

    @Test(arguments: [Scene.allPass, .sparse])
    func eightyClassesAreTheSame(_ scene: Scene) throws {
        let configuration = try configuration("yolact_resnet50")
        let count = compare(
            configuration, DetectionOptions(), outputs(configuration, scene, seed: 9))
        #expect(count == 100)
    }

    @Test(arguments: YolactConfiguration.ClassScoring.allCases)
    func everyKindOfScoring(_ scoring: YolactConfiguration.ClassScoring) throws {
        var configuration = try configuration("shapes")
        configuration.scoring = scoring
        let count = compare(
            configuration, DetectionOptions(), outputs(configuration, .sparse, seed: 2))
        #expect(count > 0)
    }

    /// Never below the score, and close enough to rule out what is clearly worse.
    @Test func theBoundHolds() {
        var noise = Noise(seed: 77)
        let bound = SoftmaxBound(threshold: 1e-30)
        for count in [2, 7, 8, 9, 17, 81] {
            for scale: Float in [0.01, 1, 5, 40, 100] {
                let logits = noise.values(count).map { $0 * scale }
                var scores: [Float] = []
                let (limit, best) = logits.withUnsafeBufferPointer {
                    (
                        bound.bestScore($0),
                        YolactConfiguration.ClassScoring.softmax.appendForeground(
                            of: $0, maskScore: nil, to: &scores)
                    )
                }
                if best > 1e-30 {
                    #expect(limit >= best)
                    #expect(limit <= best * 1.07)
                }
            }
        }
    }

    @Test func floorsLieBelowTheWantedScores() {
        var noise = Noise(seed: 4)
        let values = noise.values(5000).map { abs($0) }
        var histogram = ScoreHistogram()
        for round in 0..<2 {
            histogram.clear()
            for value in values { histogram.add(value) }
            for wanted in [1, 10, 700, 5000] {
                let floor = histogram.floor(of: wanted)
                let above = values.count { $0 > floor }
                #expect(above >= wanted, "round \(round)")
                // A bin is 3 % wide, so few more than wanted.
                #expect(above <= wanted + 400)
            }
            #expect(histogram.floor(of: 5001) == -1)
        }
    }
}
