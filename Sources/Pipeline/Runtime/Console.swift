import Glibc
import Synchronization

/// A stream for messages, usually standard error, that can hold one status line at its end.
///
/// Messages go above the status line, which is taken away for them and written again. Where the stream is
/// no terminal, or the terminal cannot move its cursor, there is no status line.
public final class Console: Sendable {
    /// Whether the stream is a terminal that can rewrite a line.
    public let isTerminal: Bool

    private let descriptor: Int32
    private let fixedWidth: Int?
    private let status = Mutex<String?>(nil)

    /// Standard error.
    public static let standardError = Console(descriptor: STDERR_FILENO)

    /// Writes to an open file descriptor, which must stay open.
    ///
    /// - Parameters:
    ///   - descriptor: The file descriptor.
    ///   - isTerminal: Whether to use a status line; nil to find out.
    ///   - width: Columns; nil to ask the terminal each time.
    public init(descriptor: Int32, isTerminal: Bool? = nil, width: Int? = nil) {
        self.descriptor = descriptor
        self.isTerminal = isTerminal ?? Self.canRewriteLines(descriptor)
        fixedWidth = width
    }

    /// Columns of the terminal now; nil where that is not known.
    public var width: Int? {
        if let fixedWidth { return fixedWidth }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes lines above the status line. A final line break is added where it is missing.
    public func write(_ text: String) {
        let text = text.hasSuffix("\n") ? text : text + "\n"
        status.withLock { status in
            if let status {
                put(Self.eraseLine + text + status)
            } else {
                put(text)
            }
        }
    }

    /// Replaces the status line; nil takes it away. Does nothing unless ``isTerminal``.
    ///
    /// The text must be one line and narrower than the terminal.
    public func setStatus(_ text: String?) {
        guard isTerminal else { return }
        status.withLock { status in
            guard status != text else { return }
            status = text
            put(Self.eraseLine + (text ?? ""))
        }
    }

    /// Carriage return, then ECMA-48 "erase in line" to the end.
    private static let eraseLine = "\r\u{1B}[K"

    private static func canRewriteLines(_ descriptor: Int32) -> Bool {
        guard isatty(descriptor) == 1 else { return false }
        guard let name = getenv("TERM") else { return false }
        return String(cString: name) != "dumb"
    }

    /// A message that cannot be written has nobody to be reported to, so errors end the attempt.
    private func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
        }
    }
}
