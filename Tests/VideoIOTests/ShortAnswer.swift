import Foundation
import Glibc

/// An HTTP server that promises a file to whoever comes first, and closes the connection before its end.
final class ShortAnswer: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init(_ file: String, promises: Int) throws {
        let body = try Data(contentsOf: URL(fileURLWithPath: file))
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(promises)\r\n\r\n"
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | listen(descriptor, 1)
                    | getsockname(descriptor, $0, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        if status != 0 { throw Workspace.Failure(text: "cannot listen") }
        Thread.detachNewThread {
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { return }
            let handle = FileHandle(fileDescriptor: connection, closeOnDealloc: true)
            // Closing with the request unread would be a reset, which is another fault.
            _ = handle.availableData
            try? handle.write(contentsOf: Data(head.utf8) + body)
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
