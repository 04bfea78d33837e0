import Foundation
import Testing

@testable import Model

/// Files of the test bundle, and temporary ones.
enum WeightsTestFiles {
    /// A file or folder of Tests/ModelTests/Resources.
    static func resource(_ name: String) -> String {
        Bundle.module.bundleURL.appendingPathComponent("Resources/\(name)").path
    }

    /// The bytes of a file of Tests/ModelTests/Resources.
    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: resource(name))))
    }

    /// Calls `body` with a new directory, which is removed afterwards.
    static func withDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
        let directory = try makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try body(directory)
    }

    /// A new directory, which the caller removes.
    static func makeDirectory() throws -> String {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("yolact-weights-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Writes a file anew. `Data.write` waits for the disk, which thousands of files cannot afford.
    static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
        unlink(path)
        let file = try #require(fopen(path, "wb"))
        let bytes = Array(bytes)
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        #expect(fclose(file) == 0)
    }

    /// Writes a file of its own and tells how opening it as weights fails; nil if it does not.
    static func failure(of bytes: [UInt8], name: String = "file.pth") throws -> WeightsError? {
        try withDirectory { directory in
            let path = "\(directory)/\(name)"
            try write(bytes, to: path)
            return failure(ofFile: path)
        }
    }

    /// How opening a file as weights fails; nil if it does not.
    static func failure(ofFile path: String) -> WeightsError? {
        do {
            _ = try Checkpoint.open(path)
            return nil
        } catch let error as WeightsError {
            return error
        } catch {
            return WeightsError(.corrupted, path: path, "not a WeightsError: \(error)")
        }
    }
}
