import Foundation

/// What was printed did not reach its reader.
struct StandardOutputError: Error, CustomStringConvertible {
    /// The errno.
    var code: Int32

    var description: String {
        "standard output: writing failed: \(String(cString: strerror(code)))"
    }

    /// Hands out what is still buffered. Without this a full disk would go unnoticed: what is printed is
    /// written at the very end, when nobody looks at errors any more.
    static func checkAllWritten() throws(StandardOutputError) {
        if fflush(nil) != 0 { throw StandardOutputError(code: errno) }
    }
}
