import Foundation
import Model
import Pipeline
import Synchronization
import Testing

@testable import yolact_video

/// The parts of `bench --scaling` on machines that the tests do not run on.
@Suite struct ScalingTests {
    private func points(_ available: Int, _ physical: Int) -> [[Int]] {
        ScalingGrid(CPUCores(available: available, physical: physical)).plans.map {
            [$0.workers, $0.threadsPerWorker]
        }
    }

    @Test func fewCores() {
        #expect(points(1, 1) == [[1, 1]])
        #expect(points(2, 2) == [[1, 1], [2, 1], [1, 2]])
        #expect(points(3, 3) == [[1, 1], [2, 1], [3, 1], [1, 2], [1, 3]])
    }

    /// Six cores of two logical processors: 6 lies between the powers of two.
    @Test func physicalCoresAreTriedToo() {
        let points = points(12, 6)
        for point in [[1, 12], [1, 6], [2, 6], [6, 1], [12, 1], [3, 2], [6, 2], [3, 4]] {
            #expect(points.contains(point), "\(point)")
        }
    }

    @Test func noCoreIsSharedAndTheDefaultsAreAmongThem() {
        for cores in 1...96 {
            let points = points(cores, max(1, cores / 2))
            #expect(points.allSatisfy { $0[0] * $0[1] <= cores })
            #expect(Set(points).count == points.count)
            for mode in ComputeMode.allCases {
                let plan = ComputePlan(mode: mode, threads: cores)
                #expect(points.contains([plan.workers, plan.threadsPerWorker]), "\(cores)")
            }
        }
    }

    private func report(_ rows: [(networks: Int, threads: Int, rate: Double, frame: Double)])
        -> ScalingReport
    {
        ScalingReport(
            model: "some model", engine: "onednn", precision: "f32",
            cores: CPUCores(available: 1024, physical: 512),
            caches: CPUCaches(
                level1Data: 0, level2: 5 << 18, level3: 1152 << 20, level3Sharers: 256),
            rows: rows.map {
                .init(
                    ComputePlan(workers: $0.networks, threadsPerWorker: $0.threads),
                    .init(framesPerSecond: $0.rate, frames: [$0.frame]))
            })
    }

    @Test func rowsAreSortedAndCompared() {
        let report = report([
            (1, 1, 10, 100), (4, 1, 36, 111), (1, 2, 18, 55), (2, 2, 34, 54), (1, 4, 30, 33),
        ])
        #expect(report.rows.map(\.networks) == [1, 1, 1, 2, 4])
        #expect(report.rows.map(\.threads) == [1, 2, 4, 2, 1])
        #expect(report.rows.map(\.speed) == [1, 1.8, 3, 3.4, 3.6])
        #expect(report.rows.map(\.efficiency) == [1, 0.9, 0.75, 0.85, 0.9])
        #expect(report.throughput?.options == "--networks 4 --threads 4")
        #expect(report.latency?.options == "--networks 1 --threads 4")
    }

    /// That two networks side by side each took less time than one alone is chance.
    @Test func theFastestForLatencyIsOneNetwork() {
        let report = report([(1, 1, 10, 100), (1, 2, 20, 50), (2, 1, 21, 49)])
        #expect(report.latency?.threads == 2)
        #expect(report.latency?.networks == 1)
    }

    @Test func theTableFitsAnywhere() {
        let lines = report([
            (1, 1, 1234.5, 0.81), (1024, 1, 1_264_128, 0.81), (1, 1024, 0.01, 98765.43),
        ]).lines
        for line in lines { #expect(line.count <= 80, "\(line)") }
        #expect(lines.contains { $0.hasSuffix("100 %") })
        #expect(lines[2] == "cores      1024 (512 physical), L2 1.25 MiB, L3 1152 MiB for 256")
    }

    /// The last counted frame of the first ends when the second has worked far beyond its own.
    @Test func allWorkUntilTheLastIsCounted() throws {
        let beyond = DispatchSemaphore(value: 0)
        let hasBegun = Atomic(false)
        let later = Mutex(0)
        let first = Mutex(0)
        let timing = try SideBySide(count: 2, runs: 3, warmUp: 1).measure { number in
            if number == 0 {
                let count = first.withLock { count in
                    count += 1
                    return count
                }
                // Before that the second may still be warming up.
                guard count == 4 else { return }
                hasBegun.store(true, ordering: .sequentiallyConsistent)
                beyond.wait()
            } else if hasBegun.load(ordering: .sequentiallyConsistent) {
                let count = later.withLock { count in
                    count += 1
                    return count
                }
                if count == 10 { beyond.signal() }
            }
        }
        #expect(timing.frames.count == 6)
        #expect(timing.framesPerSecond > 0)
    }

    @Test func anErrorEndsAll() {
        struct Failure: Error {}
        #expect(throws: Failure.self) {
            try SideBySide(count: 3, runs: 2).measure { number in
                if number == 1 { throw Failure() }
            }
        }
    }
}
