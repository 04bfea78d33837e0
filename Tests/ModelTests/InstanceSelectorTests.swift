import Testing

@testable import Model

/// Mask re-scoring and what is selected by it.
@Suite struct InstanceSelectorTests {
    /// All zeros but the last bias of the re-scoring branch, which so is the quality of every mask of a class.
    private struct FixedQualities: ParameterSource {
        var qualities: [Float]
        var shapes: [String: [Int]]? { nil }

        func values(of name: String, shape: [Int]) -> [Float] {
            name == "maskiou_net.maskiou_net.10.bias"
                ? qualities : [Float](repeating: 0, count: shape.reduce(1, *))
        }
    }

    private static let box = RelativeBox(x1: 0.2, y1: 0.2, x2: 0.7, y2: 0.6)

    private func network(rescores: Bool = true) throws -> Network {
        var configuration = YolactConfiguration.shapes
        configuration.rescoresMasks = rescores
        return try Network(
            configuration: configuration,
            parameters: FixedQualities(qualities: [1, 0.5, 3, -1, 0.25, 0]), threadsPerWorker: 1)
    }

    private func detections(_ list: [(classIndex: Int, score: Float)]) -> [Detection] {
        list.enumerated().map { index, entry in
            Detection(
                classIndex: entry.classIndex, score: entry.score, box: Self.box, anchor: 100 + index
            )
        }
    }

    @Test func detectionsMustPassBeforeAndAfterTheCorrection() throws {
        let network = try network()
        let outputs = network.makeOutputs()
        let found = detections([(1, 0.8), (0, 0.5), (1, 0.4), (3, 0.35), (2, 0.2)])
        let selector = try InstanceSelector(network, InstanceSelection(scoreThreshold: 0.3))
        let selected = try selector.select(found, outputs)
        // 0.4 falls to 0.2 and 0.35 to 0; 0.2 would rise to 0.6, but does not get that far.
        #expect(selected.map(\.score) == [0.5, 0.4])
        #expect(selected.map(\.boxScore) == [0.5, 0.8])
        #expect(selected.map(\.classIndex) == [0, 1])
        #expect(selected.map(\.anchor) == [101, 100])
    }

    @Test func theLimitComesAfterTheCorrection() throws {
        let network = try network()
        let selector = try InstanceSelector(
            network, InstanceSelection(scoreThreshold: 0.1, limit: 1))
        let selected = try selector.select(
            detections([(1, 0.8), (0, 0.5)]), network.makeOutputs())
        #expect(selected.map(\.classIndex) == [0])
    }

    @Test func classesAreSelectedAsWithoutCorrection() throws {
        let network = try network()
        let selector = try InstanceSelector(
            network, InstanceSelection(scoreThreshold: 0.1, classes: [1, 4]))
        let selected = try selector.select(
            detections([(0, 0.9), (1, 0.8), (4, 0.7)]), network.makeOutputs())
        #expect(selected.map(\.score) == [0.4, 0.175])
    }

    @Test func otherNetworksKeepTheirScores() throws {
        let network = try network(rescores: false)
        let selector = try InstanceSelector(network, InstanceSelection(scoreThreshold: 0.3))
        let found = detections([(1, 0.8), (0, 0.5), (1, 0.2)])
        #expect(try selector.select(found, network.makeOutputs()) == Array(found.prefix(2)))
    }

    @Test(arguments: EngineKind.allCases)
    func theCorrectionDependsOnTheMask(engine: EngineKind) throws {
        var configuration = YolactConfiguration.shapes
        configuration.rescoresMasks = true
        let network = try Network(
            configuration: configuration, parameters: SeededParameters(salt: 4), engine: engine,
            threadsPerWorker: 1)
        let outputs = network.makeOutputs()
        var noise = Noise(seed: 31)
        _ = outputs.prototypes.update(from: noise.values(outputs.prototypes.count))
        for level in 0..<5 {
            _ = outputs.head(level).update(from: noise.values(outputs.head(level).count))
        }
        let rescorer = try #require(try MaskRescorer(network, cropsToBox: true))
        var found = (0..<6).map {
            Detection(classIndex: $0, score: 1, box: Self.box, anchor: 40)
        }
        found[5].classIndex = found[4].classIndex
        found[5].anchor = 900
        let scores = try rescorer.rescore(found, outputs).map(\.score)
        // Class and mask both matter, and a second frame finds nothing left of the first.
        #expect(Set(scores).count >= 4)
        #expect(scores[4] != scores[5])
        #expect(try rescorer.rescore(found, outputs).map(\.score) == scores)
        let uncropped = try #require(try MaskRescorer(network, cropsToBox: false))
        #expect(try uncropped.rescore(found, outputs).map(\.score) != scores)
    }
}
