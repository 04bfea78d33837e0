import Foundation
import Testing

@testable import Model

/// The numbers of the official code, for a configuration of every kind, on both engines.
@Suite(.serialized) struct VerificationTests {
    static let names = [
        "yolact_base", "yolact_darknet53", "yolact_im400", "yolact_im700", "yolact_plus_resnet50",
        "yolact_resnet50", "yolact_resnet50_pascal",
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
