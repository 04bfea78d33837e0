import Foundation

/// What could not be run on this CPU, where a test has checked the fallback instead.
///
/// `make test` names a file in `YOLACT_NOT_RUN` and prints it at the end.
public enum NotRun {
    /// - Parameters:
    ///   - what: What was not run.
    ///   - needs: The instructions that it needs.
    public static func note(_ what: String, needs: String) {
        let line = Data("\(what) (needs \(needs))\n".utf8)
        guard let path = ProcessInfo.processInfo.environment["YOLACT_NOT_RUN"] else {
            return FileHandle.standardError.write(Data("not run on this CPU: ".utf8) + line)
        }
        // One write of less than a page to a file that is appended to is never torn.
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { return }
        defer { close(file) }
        line.withUnsafeBytes { _ = write(file, $0.baseAddress, $0.count) }
    }
}
