import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The file server of Resources/weights/server.py as a child process.
final class WeightsTestServer {
    struct Request: Decodable, Equatable {
        var mode: String
        var range: String?
        var condition: String?
        var path: String
    }

    /// Whether there is a python3 to run it.
    static let isAvailable: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", ""]
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private let process = Process()
    private let input = Pipe()
    let address: String

    /// Starts a server of that file.
    init(serving file: String) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", WeightsTestFiles.resource("weights/server.py"), file]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        address = "http://127.0.0.1:\(port)"
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// What was asked for in that mode, in order.
    func requests(_ mode: String) async throws -> [Request] {
        let url = try #require(URL(string: "\(address)/log"))
        let (data, _) = try await URLSession.shared.data(from: url)
        return try JSONDecoder().decode([Request].self, from: data).filter { $0.mode == mode }
    }
}
