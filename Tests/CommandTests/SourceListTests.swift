import Foundation
import Pipeline
import Testing
import VideoIO

@testable import yolact_video

/// Files of cameras.
@Suite struct SourceListTests {
    private func sources(_ text: String, _ arguments: [String] = []) throws -> [StreamSource] {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("sources-\(UUID().uuidString).txt").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try SourceList.sources(arguments, file: path)
    }

    private static let text = """
        # Cameras
        door rtsp://127.0.0.1/1?a=b#part   # by the door
          yard=rtsp://127.0.0.1/2 #

        rtsp://127.0.0.1/3
        \tgate\thttp://127.0.0.1/4 # key=value
        """

    @Test(arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"])
    func everyFormAndLineEnd(end: String, mark: String) throws {
        let text = mark + Self.text.replacingOccurrences(of: "\n", with: end)
        let expected = [
            StreamSource(name: "hall", address: "rtsp://127.0.0.1/0"),
            StreamSource(name: "door", address: "rtsp://127.0.0.1/1?a=b#part"),
            StreamSource(name: "yard", address: "rtsp://127.0.0.1/2"),
            StreamSource(name: "camera4", address: "rtsp://127.0.0.1/3"),
            StreamSource(name: "gate", address: "http://127.0.0.1/4"),
        ]
        #expect(try sources(text, ["hall=rtsp://127.0.0.1/0"]) == expected)
        #expect(try sources(text + end, ["hall=rtsp://127.0.0.1/0"]) == expected)
    }

    @Test func faultyLinesAreNamed() throws {
        for end in ["\n", "\r\n", "\r"] {
            let error = #expect(throws: VideoError.self) {
                try sources(["# one", "a rtsp://h/x", "b c d"].joined(separator: end))
            }
            #expect(error?.kind == .notDecodable)
            #expect(error?.reason.contains("line 3") == true)
        }
    }
}
