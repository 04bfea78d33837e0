import Foundation
import Testing

@testable import Model

/// The numbers of the official code, for a configuration of every kind, on both engines.
@Suite(.serialized) struct VerificationTests {
    static let names = [
        "yolact_base", "yolact_darknet53", "yolact_edge_mobilenetv2", "yolact_im400",
        "yolact_im700", "yolact_plus_resnet50", "yolact_resnet50", "yolact_resnet50_pascal",
    ]
    /// The slower engine sees one configuration of each kind.
    static let kinds = ["yolact_darknet53", "yolact_plus_resnet50", "yolact_resnet50"]

    @Test func allGoldenFilesAreFound() throws {
        #expect(try GoldenFile.shipped().map(\.name) == Self.names)
    }

    @Test(
        arguments: names.map { (EngineKind.oneDNN, $0) } + kinds.map { (EngineKind.openBLAS, $0) })
    func numbersEqualTheOfficialCode(engine: EngineKind, name: String) throws {
        let golden = try #require(try GoldenFile.shipped().first { $0.name == name })
        let rows = try Verification(engine: engine, threads: 2).run(golden)
        #expect(rows.count >= 23)
        for row in rows {
            #expect(row.passes, "\(row.name): \(row.difference), allowed \(row.tolerance)")
        }
    }

    /// Small networks with a switch of the official code each.
    static let variants = Result {
        try GoldenFile.files(in: WeightsTestFiles.resource("variants"))
    }

    @Test func allVariantsAreFound() throws { #expect(try Self.variants.get().count == 19) }

    @Test(arguments: EngineKind.allCases)
    func variantsEqualTheirDefinition(engine: EngineKind) throws {
        for golden in try Self.variants.get() {
            let rows = try Verification(engine: engine, threads: 2).run(golden)
            #expect(rows.count >= 23)
            for row in rows {
                #expect(
                    row.passes,
                    "\(golden.name): \(row.name): \(row.difference), allowed \(row.tolerance)")
            }
        }
    }

    /// A switch left out must show.
    @Test(arguments: [
        "extra", "gate", "constant", "module", "feed", "split", "unshared", "sigmoid",
        "mask_score", "objectness", "gated_softmax", "hidden", "bare",
    ])
    func switchesMatter(name: String) throws {
        let golden = try #require(try Self.variants.get().first { $0.name == name })
        var plain = golden.configuration
        plain.head = .init()
        plain.scoring = .softmax
        plain.prototypes = .init(channels: 32, count: 10)
        let tensors = TensorComparison(golden: golden, tolerance: 1e-4)
        let network = try Network(
            configuration: plain, parameters: SeededParameters(salt: golden.salt),
            threadsPerWorker: 1)
        let outputs = network.makeOutputs()
        let worker = try NetworkWorker(network)
        let input = network.makeInput()
        let frame = try golden.frame()
        try frame.bytes.withUnsafeBytes { bytes in
            try Preprocessor(plain).process(
                ImageView(
                    width: frame.width, height: frame.height, layout: .rgb24,
                    planes: [.init(bytes: bytes, bytesPerRow: 3 * frame.width)]), into: input)
        }
        let features = network.makeFeatures()
        try worker.runBackbone(input, into: features)
        try worker.runHeads(features, into: outputs)
        let rows = [
            try? tensors.compare("conf", outputs.allScores(plain.scoring)),
            try? tensors.compare("coef", outputs.allCoefficients(plain.prototypes)),
        ]
        #expect(rows.contains { $0?.passes != true })
    }

    /// The check itself must be able to fail: other weights, or a file with a wrong number.
    @Test func aWrongNumberIsFound() throws {
        let golden = try #require(try GoldenFile.shipped().first { $0.name == "yolact_im400" })
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("verify-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let source = URL(fileURLWithPath: golden.path).deletingLastPathComponent()
        try FileManager.default.copyItem(
            at: source.appendingPathComponent("frame.safetensors"),
            to: directory.appendingPathComponent("frame.safetensors"))
        // Another salt: everything that depends on weights must differ.
        var data = try Data(contentsOf: URL(fileURLWithPath: golden.path))
        let salt = try #require(
            data.range(of: Data(#""salt":"0""#.utf8)))
        data[salt.upperBound - 2] = UInt8(ascii: "5")
        try data.write(to: directory.appendingPathComponent("yolact_im400-other.safetensors"))
        let other = try #require(try GoldenFile.files(in: directory.path).first)
        #expect(other.salt == 5)
        let rows = try Verification(engine: .oneDNN, threads: 2).run(other)
        let failed = Set(rows.filter { !$0.passes }.map(\.name))
        let unaffected: Set = ["input", "priors"]
        let tensors = [
            "c3", "c4", "c5", "p3", "p4", "p5", "p6", "p7", "loc", "conf", "coef", "proto",
        ]
        #expect(failed.isSuperset(of: tensors + ["fast: missing or surplus"]))
        #expect(failed.isDisjoint(with: unaffected))
    }
}
