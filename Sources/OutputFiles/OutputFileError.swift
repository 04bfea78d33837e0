/// Why a file could not be written. The libraries turn it into errors of their own.
package struct OutputFileError: Error {
    /// What was being done.
    package enum Operation: String, Sendable {
        case create = "create the file"
        case write = "write the file"
        case complete = "complete the file"
        case name = "name the file"
    }

    /// The file, as it was named.
    package let path: String
    /// What was being done.
    package let operation: Operation
    /// The `errno` of the failure, or the one that is closest to it.
    package let code: Int32
    /// What is wrong, in words.
    package let reason: String

    init(path: String, operation: Operation, code: Int32, reason: String? = nil) {
        self.path = path
        self.operation = operation
        self.code = code
        self.reason = reason ?? systemText(code)
    }
}
