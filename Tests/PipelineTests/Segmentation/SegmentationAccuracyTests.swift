import Foundation
import Model
import Testing
import VideoIO

@testable import Pipeline

/// How good the demo model is on the sample, whose every instance is known exactly.
extension SegmentationTests {
    @Suite struct Accuracy {
        /// Measures a checkpoint on every third frame of the sample.
        private func measure(_ checkpoint: Checkpoint) throws -> InstanceAgreement {
            let configuration = try #require(checkpoint.configuration)
            let segmenter = try Segmenter(
                Network(
                    configuration: configuration, parameters: checkpoint, threadsPerWorker: 1),
                selection: InstanceSelection(scoreThreshold: 0.3, limit: 100))
            let truth = try FrameRecordReader.records(of: SegmentationTests.truth)
            #expect(truth.map(\.frame) == Array(0..<300))
            var agreement = InstanceAgreement()
            for (number, frame) in try SegmentationTests.frames(SegmentationTests.sample)
                .enumerated() where number % 3 == 0
            {
                let found = try FrameRecord(
                    frame: number, time: nil,
                    instances: frame.withImage { try segmenter.segment($0) },
                    classNames: configuration.classNames, width: frame.width,
                    height: frame.height)
                try agreement.add(found.instances, truth: truth[number].instances)
            }
            return agreement
        }

        @Test func theBuiltInModelIsAsGoodAsTheOriginal() throws {
            let agreement = try measure(Checkpoint.builtInDemo())
            // Measured: 560 of 693 and 0.88107. A few instances lie so close to a limit that the
            // rounding of another CPU may move them across.
            #expect(agreement.foundShare >= 0.803, "\(agreement)")
            #expect(agreement.meanOverlap >= 0.880, "\(agreement)")
        }

        @Test func theOriginalWeightsGiveTheirPublishedFigures() throws {
            let agreement = try measure(
                Checkpoint.open(
                    SegmentationTests.repository(
                        "Tests/ModelTests/Resources/yolact_shapes_0_11700.pth")))
            // Published: 0.812 and 0.881, from pictures that another program turned into RGB. Which
            // chroma filter does that moves about four of the 693 instances across a limit.
            #expect(abs(agreement.foundShare - 0.812) < 0.009, "\(agreement)")
            #expect(abs(agreement.meanOverlap - 0.881) < 0.001, "\(agreement)")
        }

        /// The measure itself, on cases that are known.
        @Test func agreementCountsWhatItShould() throws {
            func instance(
                _ category: String, _ x: Int, score: Float? = nil
            ) throws -> InstanceRecord {
                let box = PixelRectangle(x: x, y: 10, width: 20, height: 20)
                let mask = InstanceMask(
                    region: box, pixels: [UInt8](repeating: 1, count: 400))
                return InstanceRecord(
                    category: category, score: score, box: box,
                    segmentation: try RunLengthEncoding(mask, width: 100, height: 50))
            }
            var agreement = InstanceAgreement()
            let truth = [try instance("ring", 10), try instance("ring", 60)]
            // Right; the same object again; a wrong class; too far away.
            try agreement.add(
                [
                    instance("ring", 10, score: 0.9), instance("ring", 11, score: 0.8),
                    instance("star", 60, score: 0.9), instance("ring", 70, score: 0.9),
                ], truth: truth)
            #expect(agreement.truthCount == 2)
            #expect(agreement.foundCount == 1)
            #expect(agreement.meanOverlap == 1)
            // Shifted by two columns of twenty: 360 of 440 pixels are shared. Too unsure.
            try agreement.add(
                [instance("ring", 62, score: 0.31), instance("ring", 10, score: 0.3)],
                truth: truth)
            #expect(agreement.foundShare == 0.5)
            #expect(abs(agreement.meanOverlap - (1 + 360.0 / 440) / 2) < 1e-12)
        }
    }

    @Test(arguments: [
        (ComputeMode.latency, 1, 1, 1), (.latency, 2, 1, 2), (.latency, 64, 1, 64),
        (.latency, 0, 1, 1), (.throughput, 0, 1, 1), (.throughput, 1, 1, 1),
        (.throughput, 2, 2, 1), (.throughput, 7, 7, 1), (.throughput, 8, 8, 1),
        (.throughput, 12, 6, 2), (.throughput, 16, 8, 2), (.throughput, 32, 8, 4),
        (.throughput, 64, 8, 8),
    ]) func computePlan(_ mode: ComputeMode, _ threads: Int, _ workers: Int, _ each: Int) {
        #expect(
            ComputePlan(mode: mode, threads: threads)
                == ComputePlan(workers: workers, threadsPerWorker: each))
    }

    @Test func computePlansUseNoMoreThreadsThanThereAreAndWasteFew() {
        for threads in 1...256 {
            let plan = ComputePlan(mode: .throughput, threads: threads)
            let used = plan.workers * plan.threadsPerWorker
            #expect(used <= threads)
            #expect(used * 4 >= threads * 3, "\(threads) threads, \(used) used")
            #expect(plan.workers <= 8)
        }
    }
}

/// How well found instances agree with the true ones.
///
/// A true instance counts as found if a detection with a score above 0.3 has its class and a mask that
/// overlaps its own by more than half (intersection over union). A detection finds one instance only, and
/// detections choose in the order of their scores, as in COCO's evaluation.
struct InstanceAgreement: CustomStringConvertible {
    private(set) var truthCount = 0
    private(set) var foundCount = 0
    private var overlapSum = 0.0

    /// Found instances among the true ones, 0...1.
    var foundShare: Double { truthCount > 0 ? Double(foundCount) / Double(truthCount) : 0 }
    /// Mean overlap of the masks of found instances with the true ones, 0...1.
    var meanOverlap: Double { foundCount > 0 ? overlapSum / Double(foundCount) : 0 }

    /// Adds a frame.
    mutating func add(_ found: [InstanceRecord], truth: [InstanceRecord]) throws {
        truthCount += truth.count
        var free = Set(truth.indices)
        let sure = found.filter { $0.score ?? 0 > 0.3 }
        for instance in sure.sorted(by: { $0.score ?? 0 > $1.score ?? 0 }) {
            var best: (index: Int, overlap: Double)?
            for index in free.sorted() where truth[index].category == instance.category {
                let overlap = try truth[index].segmentation
                    .intersectionOverUnion(with: instance.segmentation)
                if overlap > max(0.5, best?.overlap ?? 0) { best = (index, overlap) }
            }
            guard let best else { continue }
            free.remove(best.index)
            foundCount += 1
            overlapSum += best.overlap
        }
    }

    var description: String {
        "\(foundCount) of \(truthCount) found (\(foundShare)), mean overlap \(meanOverlap)"
    }
}
