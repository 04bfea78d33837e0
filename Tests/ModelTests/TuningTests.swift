import Foundation
import Testing

@testable import Model

/// What --tune measures and keeps.
@Suite(.serialized) struct TuningTests {
    private let directory: URL
    private var path: String { directory.appendingPathComponent("cache/tuning.json").path }

    init() throws {
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("tuning-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func problem(
        channels: Int = 64, side: Int = 40, kernel: Int = 3,
        format: NetworkGraph.Format = .float32, isExact: Bool = false, isLate: Bool = false
    ) -> ConvolutionProblem {
        let shape = NetworkGraph.Shape(channels: channels, height: side, width: side)
        return ConvolutionProblem(
            source: shape, target: shape, kernel: kernel, stride: 1, padding: kernel / 2, groups: 1,
            activation: .relu, format: format, isExact: isExact, isLate: isLate)
    }

    @Test func measuresOnceAndKeepsWhatItFound() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let tuning = ConvolutionTuning(path: path)
        var measured = 0
        func ask(_ tuning: ConvolutionTuning, threads: Int = 2) throws -> OneDNNAlgorithm {
            try tuning.algorithm(for: problem(), threads: threads) { _ in
                measured += 1
                return .winograd(.two, .float32)
            }
        }
        #expect(try ask(tuning) == .winograd(.two, .float32))
        #expect(try ask(tuning) == .winograd(.two, .float32))
        #expect(measured == 1)
        // Another number of threads is another question.
        #expect(try ask(tuning, threads: 1) == .winograd(.two, .float32))
        #expect(measured == 2)
        #expect(tuning.measuredCount == 2)
        // Another process keeps something meanwhile.
        let other = ConvolutionTuning(path: path)
        _ = try other.algorithm(for: problem(side: 50), threads: 2) { _ in .direct(.float32) }
        try other.save()
        try tuning.save()
        #expect(tuning.measuredCount == 0)
        let read = ConvolutionTuning(path: path)
        #expect(try ask(read) == .winograd(.two, .float32))
        #expect(
            try read.algorithm(for: problem(side: 50), threads: 2) { _ in .libraryWinograd }
                == .direct(.float32))
        #expect(measured == 2)
        #expect(read.measuredCount == 0)
    }

    /// A file that cannot be read, of another version, or with names of algorithms that are not allowed is no
    /// obstacle.
    @Test(arguments: [
        "", "{", #"{"version": 1, "machines": {}}"#, #"{"version": 2, "machines": 3}"#,
    ])
    func doesWithoutAGoodFile(_ text: String) throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(
            atPath: directory.appendingPathComponent("cache").path,
            withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        let tuning = ConvolutionTuning(path: path)
        #expect(
            try tuning.algorithm(for: problem(), threads: 2) { _ in .libraryWinograd }
                == .libraryWinograd)
        try tuning.save()
        #expect(ConvolutionTuning(path: path).measuredCount == 0)
        // An algorithm that is not precise enough for this convolution is not taken from a file.
        let kept = try String(contentsOfFile: path, encoding: .utf8)
        for name in ["winograd 4x3 bf16", "direct bf16", "magic"] {
            try kept.replacing("oneDNN winograd f32", with: name)
                .write(toFile: path, atomically: true, encoding: .utf8)
            let changed = ConvolutionTuning(path: path)
            #expect(
                try changed.algorithm(for: problem(), threads: 2) { _ in .direct(.float32) }
                    == .direct(.float32), "\(name)")
            #expect(changed.measuredCount == 1)
        }
    }

    @Test func tellsWhereItCannotBeKept() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try "".write(
            toFile: directory.appendingPathComponent("cache").path, atomically: false,
            encoding: .utf8)
        let tuning = ConvolutionTuning(path: path)
        try tuning.save()
        _ = try tuning.algorithm(for: problem(), threads: 2) { _ in .libraryWinograd }
        let error = #expect(throws: TuningError.self) { try tuning.save() }
        #expect(error?.description.contains(path) == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func candidatesAreAsPreciseAsNeeded() {
        func narrow(_ problem: ConvolutionProblem) -> Set<OneDNNAlgorithm> {
            Set(problem.candidates.filter { $0.format != .float32 })
        }
        #expect(narrow(problem()).isEmpty)
        #expect(narrow(problem(format: .bfloat16, isExact: true, isLate: true)).isEmpty)
        let early: Set<OneDNNAlgorithm> = [.direct(.bfloat16), .winograd(.two, .bfloat16)]
        #expect(narrow(problem(format: .bfloat16)) == early)
        #expect(
            narrow(problem(format: .bfloat16, isLate: true))
                == early.union([.winograd(.four, .bfloat16)]))
        #expect(problem(kernel: 1).candidates == [.direct(.float32)])
        var bytes = problem(format: .uint8)
        #expect(bytes.candidates == [.direct(.uint8)])
        bytes.allowsIntegerWinograd = true
        #expect(bytes.candidates == [.direct(.uint8), .quantisedWinograd])
        #expect(problem(kernel: 1, format: .uint8).candidates == [.direct(.uint8)])
        #expect(problem(format: .int8).candidates == [.direct(.int8)])
        // Without VNNI sums of signed numbers are not exact, and Winograd in float32 may be faster.
        var saturating = problem(format: .uint8)
        saturating.integers = .saturating
        #expect(saturating.candidates.contains(.direct(.uint8)))
        #expect(saturating.candidates.contains(.winograd(.six, .float32)))
        saturating.format = .int8
        #expect(!saturating.candidates.contains { $0.format.isQuantised })
        saturating.kernel = 1
        #expect(saturating.candidates == [.direct(.float32)])
        for channels in [3, 32, 64, 256] {
            for side in [5, 18, 40, 138] {
                for format in [NetworkGraph.Format.float32, .bfloat16, .uint8, .int8] {
                    for (exact, late) in [(false, false), (true, true), (false, true)] {
                        for integers in [
                            OneDNNCapabilities.IntegerProducts.none, .saturating, .exact,
                        ] {
                            var problem = problem(
                                channels: channels, side: side, format: format, isExact: exact,
                                isLate: late)
                            problem.integers = integers
                            let chosen = OneDNNAlgorithmRule.choose(problem)
                            #expect(
                                problem.candidates.contains(chosen), "\(problem.description)")
                            #expect(OneDNNAlgorithm(name: chosen.name) == chosen)
                        }
                    }
                }
            }
        }
    }

    @Test func timesConvolutionsOfBytes() throws {
        var problem = problem(format: .uint8)
        problem.integers = OneDNNCapabilities.current.integers
        problem.allowsIntegerWinograd = OneDNNCapabilities.current.hasIntegerWinograd
        let timer = AlgorithmTimer(engine: try DNNLEngine(), layouts: OneDNNLayouts())
        let fastest = try ComputeThread(name: "test", teamSize: 2).run { () throws in
            try timer.fastest(for: problem)
        }
        #expect(problem.candidates.contains(fastest))
        // Not something else in their place.
        for algorithm in problem.candidates {
            #expect(Array(timer.plan(algorithm, problem).algorithms.values) == [algorithm])
        }
    }

    /// Really timed, and with the same results whichever was the fastest.
    @Test func tunedNetworksComputeTheSame() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let demo = try Checkpoint.builtInDemo()
        let configuration = try demo.configuration(with: .init()).configuration
        let tuning = ConvolutionTuning(path: path)
        let networks = try [nil, tuning].map {
            try Network(
                configuration: configuration, parameters: demo, threadsPerWorker: 2, tuning: $0)
        }
        #expect(tuning.measuredCount > 5)
        let outputs = try networks.map { network in
            let worker = try NetworkWorker(network)
            let input = network.makeInput()
            var noise = Noise(seed: 5)
            for index in input.values.indices { input.values[index] = noise.value() }
            let features = network.makeFeatures()
            let outputs = network.makeOutputs()
            try worker.runBackbone(input, into: features)
            try worker.runHeads(features, into: outputs)
            return outputs.buffers.map { Array($0.floats) }
        }
        for (plain, tuned) in zip(outputs[0], outputs[1]) {
            let scale = plain.map(abs).max() ?? 1
            #expect(largestDifference(plain, tuned) < 1e-4 * max(scale, 1))
        }
        // A second network asks nothing.
        let again = ConvolutionTuning(path: path)
        try tuning.save()
        let read = ConvolutionTuning(path: path)
        _ = try Network(
            configuration: configuration, parameters: demo, threadsPerWorker: 2, tuning: read)
        #expect(read.measuredCount == 0)
        #expect(again.measuredCount == 0)
    }
}
