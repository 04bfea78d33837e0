import Foundation
import Testing

@testable import Model

/// Downloads from a server with faults of every kind.
@Suite(
    .enabled(
        if: WeightsTestServer.isAvailable, "python3 is not installed; downloads are not tested"))
struct WeightsDownloadTests {
    static let source = WeightsTestFiles.resource("yolact_shapes_0_11700.pth")
    static let size = 5_485_516
    static let digest = "ce163e1025a7cf5512152839d00913ec5292bb6347dc7feebd11111e1e6a45a8"
    static let entry = ModelCatalog.Entry(
        name: "shapes", file: "yolact_shapes_0_11700.pth", summary: "", byteCount: size,
        sha256: digest)
    /// The same model where nothing is known beforehand.
    static let unknown = ModelCatalog.Entry(
        name: "shapes", file: "yolact_shapes_0_11700.pth", summary: "", minimumByteCount: 1_000_000)

    /// Calls `body` with a server, a downloader of that mode and its directory.
    func with(
        _ mode: String, _ body: (WeightsTestServer, ModelDownloader) async throws -> Void
    ) async throws {
        let directory = try WeightsTestFiles.makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = try WeightsTestServer(serving: Self.source)
        try await body(
            server,
            ModelDownloader(
                baseURL: "\(server.address)/\(mode)", directory: "\(directory)/cache", timeout: 20))
    }

    func expectComplete(_ path: String, _ downloader: ModelDownloader) throws {
        #expect(
            FileManager.default.contentsEqual(atPath: path, andPath: Self.source), "\(path) differs"
        )
        #expect(try contents(downloader) == ["yolact_shapes_0_11700.pth"])
    }

    func contents(_ downloader: ModelDownloader) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: downloader.directory).sorted()
    }

    /// How a download fails.
    func failure(
        _ downloader: ModelDownloader, _ entry: ModelCatalog.Entry = entry
    ) async throws -> DownloadError {
        try #require(
            await #expect(throws: DownloadError.self) { try await downloader.pull(entry) })
    }

    // MARK: What works

    @Test func downloadsOnce() async throws {
        try await with("plain") { server, downloader in
            let last = LastProgress()
            #expect(!downloader.has(Self.entry))
            let path = try await downloader.pull(Self.entry) { last.set($0) }
            try expectComplete(path, downloader)
            #expect(last.value?.receivedByteCount == Self.size)
            #expect(last.value?.totalByteCount == Self.size)
            #expect(downloader.has(Self.entry))
            #expect(try await downloader.pull(Self.entry) == path)
            let requests = try await server.requests("plain")
            #expect(
                requests == [
                    .init(
                        mode: "plain", range: nil, condition: nil,
                        path: "/plain/shapes/resolve/main/yolact_shapes_0_11700.pth")
                ])
            #expect(try Checkpoint.open(path).configuration == .shapes)
        }
    }

    @Test(arguments: ["chunked", "untagged"]) func manages(_ mode: String) async throws {
        try await with(mode) { _, downloader in
            try expectComplete(try await downloader.pull(Self.unknown), downloader)
        }
    }

    @Test(arguments: ["cut3", "redirect"]) func goesOnWhereItStopped(_ mode: String) async throws {
        try await with(mode) { server, downloader in
            try expectComplete(try await downloader.pull(Self.entry), downloader)
            let requests = try await server.requests("cut3")
            let quarter = Self.size / 4
            #expect(
                requests.map(\.range) == [
                    nil, "bytes=\(quarter)-", "bytes=\(2 * quarter)-", "bytes=\(3 * quarter)-",
                ])
            #expect(requests.dropFirst().allSatisfy { $0.condition == "\"one\"" })
        }
    }

    /// Servers that ignore ranges, or have another file by now, make the download start anew.
    @Test(arguments: ["ranges-ignored", "careless"]) func startsAnew(_ mode: String) async throws {
        try await with(mode) { server, downloader in
            try expectComplete(try await downloader.pull(Self.entry), downloader)
            let requests = try await server.requests(mode)
            #expect(requests.count == (mode == "careless" ? 3 : 2))
            #expect(requests[1].range == "bytes=\(Self.size / 4)-")
        }
    }

    @Test func goesOnInALaterRun() async throws {
        try await with("always-cut") { server, downloader in
            let error = try await failure(downloader)
            #expect(error.kind == .interrupted)
            #expect(error.description.contains("after \(Self.size / 4) of \(Self.size) bytes"))
            #expect(
                try contents(downloader) == [
                    "yolact_shapes_0_11700.pth.part", "yolact_shapes_0_11700.pth.part.json",
                ])
            // Another address is another file, so this one does not go on.
            var other = downloader
            other.baseURL = "\(server.address)/plain"
            try expectComplete(try await other.pull(Self.entry), other)
            #expect(try await server.requests("plain").map(\.range) == [nil])
        }
        try await with("cut3") { server, downloader in
            var impatient = downloader
            impatient.maximumAttempts = 1
            #expect(try await failure(impatient).kind == .interrupted)
            #expect(try await failure(impatient).kind == .interrupted)
            try expectComplete(try await downloader.pull(Self.entry), downloader)
            #expect(try await server.requests("cut3").count == 4)
        }
    }

    @Test func acceptsACompletePart() async throws {
        try await with("plain") { server, downloader in
            let path = try await downloader.pull(Self.entry)
            let part = try PartialDownload(path: "\(path).part")
            let url = Self.entry.url(baseURL: downloader.baseURL)
            try part.begin(.init(url: url, entityTag: "\"one\"", totalByteCount: Self.size))
            try part.append(try Data(contentsOf: URL(fileURLWithPath: path)))
            try FileManager.default.removeItem(atPath: path)
            // While it is in use, nobody else may have it.
            #expect(try await failure(downloader).kind == .busy)
            part.release()
            try expectComplete(try await downloader.pull(Self.entry), downloader)
            // The last request is answered by 416, as the part is complete.
            #expect(try await server.requests("plain").last?.range == "bytes=\(Self.size)-")
        }
    }

    @Test func replacesADamagedFile() async throws {
        try await with("plain") { _, downloader in
            let path = downloader.path(of: Self.entry)
            try FileManager.default.createDirectory(
                atPath: downloader.directory, withIntermediateDirectories: true)
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
            try expectComplete(try await downloader.pull(Self.entry), downloader)
        }
    }

    // MARK: What does not

    static let failures: [(String, ModelCatalog.Entry, DownloadError.Kind, String)] = [
        ("missing", entry, .status(404), "404"), ("broken", entry, .status(503), "503"),
        ("page", entry, .webPage, "HTML page"), ("untyped-page", entry, .webPage, "HTML page"),
        ("small", entry, .wrongFile, "1000 bytes instead of \(size)"),
        ("small", unknown, .wrongFile, "too small"),
        ("garbage", entry, .wrongFile, "SHA-256"), ("garbage", unknown, .wrongFile, "neither"),
        // The file changed on the server while it was downloaded.
        ("changed", entry, .wrongFile, "SHA-256"),
        ("replaced", entry, .wrongFile, "instead of \(size)"),
    ]

    @Test(arguments: failures.indices) func saysWhatIsWrong(_ index: Int) async throws {
        let (mode, entry, kind, text) = Self.failures[index]
        try await with(mode) { _, downloader in
            let error = try await failure(downloader, entry)
            #expect(error.kind == kind, "\(mode): \(error)")
            #expect(error.description.contains(text), "\(mode): \(error)")
            #expect(error.description.hasPrefix(downloader.baseURL))
            #expect(try contents(downloader).isEmpty)
        }
    }

    @Test func cancellationKeepsWhatCame() async throws {
        try await with("stall") { server, downloader in
            let (received, continuation) = AsyncStream.makeStream(of: Int.self)
            let task = Task {
                try await downloader.pull(Self.entry) { continuation.yield($0.receivedByteCount) }
            }
            for await count in received where count >= Self.size / 2 { break }
            task.cancel()
            let result = await task.result
            let error = #expect(throws: DownloadError.self) { try result.get() }
            #expect(error?.kind == .cancelled)
            var other = downloader
            other.baseURL = "\(server.address)/plain"
            let part = try PartialDownload(path: downloader.path(of: Self.entry) + ".part")
            #expect(part.count == Self.size / 2)
        }
    }

    @Test func connectionFailuresAreTold() async throws {
        try await with("plain") { _, downloader in
            var unreachable = downloader
            // Port 1 of this machine: nothing listens there.
            unreachable.baseURL = "http://127.0.0.1:1/x"
            let refused = try await failure(unreachable)
            #expect(refused.kind == .connection)
            #expect(refused.description.contains("cannot connect"))
            // A name that is reserved for never existing.
            unreachable.baseURL = "http://models.invalid"
            let unknown = try await failure(unreachable)
            #expect(unknown.kind == .connection)
            #expect(unknown.description.contains("cannot resolve host models.invalid"))
            unreachable.baseURL = "ftp://127.0.0.1"
            #expect(try await failure(unreachable).description.contains("not an http"))
            unreachable.baseURL = downloader.baseURL
            unreachable.directory = "/dev/null/cache"
            #expect(try await failure(unreachable).kind == .cannotWrite)
        }
    }

    /// The latest progress, from whichever thread it came.
    @Test func aWrongSizeIsNoticedBeforeAnythingIsSent() async throws {
        try await with("plain") { _, downloader in
            let first = LastProgress()
            var other = Self.entry
            other.byteCount = Self.size + 1
            var large = Self.unknown
            large.minimumByteCount = Self.size + 1
            for (entry, text) in [(other, "instead of \(Self.size + 1)"), (large, "too small")] {
                let error = await #expect(throws: DownloadError.self) {
                    try await downloader.pull(entry) { first.set($0) }
                }
                #expect(error?.kind == .wrongFile)
                #expect(error?.detail.contains(text) == true, "\(String(describing: error))")
            }
            #expect(first.value == nil, "nothing was received")
            let left = try contents(downloader)
            #expect(left.isEmpty)
        }
    }

    final class LastProgress: @unchecked Sendable {
        // Safe: guarded by the lock.
        private let lock = NSLock()
        private var latest: DownloadProgress?
        func set(_ value: DownloadProgress) { lock.withLock { latest = value } }
        var value: DownloadProgress? { lock.withLock { latest } }
    }
}
