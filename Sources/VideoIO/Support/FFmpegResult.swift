import CFFmpeg
import Glibc

/// FFmpeg's text for a return code.
func ffmpegText(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(AV_ERROR_MAX_STRING_SIZE)) {
        buffer in
        guard let base = buffer.baseAddress, av_strerror(code, base, buffer.count) == 0 else {
            return "FFmpeg error \(code)"
        }
        return String(cString: base)
    }
}

/// Runs an FFmpeg call, hands back its result and turns a negative one into an error that also
/// carries what FFmpeg logged on this thread.
@discardableResult
func check(
    _ kind: VideoError.Kind, path: String, _ operation: String, _ call: () -> Int32
) throws -> Int32 {
    let (code, log) = FFmpegLog.collecting(call)
    guard code >= 0 else {
        throw VideoError(kind, path: path, operation: operation, code: code, log: log)
    }
    return code
}

/// Unwraps what an FFmpeg allocation returned.
func allocated<T>(_ pointer: T?, _ what: String) throws -> T {
    guard let pointer else {
        throw VideoError(
            .internal, path: "", operation: "allocate \(what)", reason: "out of memory")
    }
    return pointer
}

/// A C string of FFmpeg's, nil for NULL.
func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
