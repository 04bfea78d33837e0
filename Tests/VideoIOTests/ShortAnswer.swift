import Foundation
import Glibc

/// An HTTP server that promises a file to whoever comes first, and closes the connection before its end.
final class ShortAnswer: Sendable {
    var port: UInt16 { socket.port }
    private let socket: LoopbackSocket

    init(_ file: String, promises: Int) throws {
        let body = try Data(contentsOf: URL(fileURLWithPath: file))
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(promises)\r\n\r\n"
        socket = try LoopbackSocket(backlog: 1)
        let descriptor = socket.descriptor
        Thread.detachNewThread {
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { return }
            let handle = FileHandle(fileDescriptor: connection, closeOnDealloc: true)
            // Closing with the request unread would be a reset, which is another fault.
            _ = handle.availableData
            try? handle.write(contentsOf: Data(head.utf8) + body)
        }
    }
}
