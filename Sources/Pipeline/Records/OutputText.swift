public import Foundation

/// Writes a whole file at once, or to standard output.
public enum OutputText {
    /// Writes bytes to a file, which appears under its name when it is complete.
    ///
    /// - Parameters:
    ///   - data: The bytes.
    ///   - path: The file; "-" means standard output.
    ///   - overwrite: Whether an existing file may be replaced.
    /// - Throws: ``FrameRecordError``.
    public static func write(
        _ data: Data, to path: String, overwrite: Bool
    ) throws(FrameRecordError) {
        let writer = try FrameRecordWriter(path: path, overwrite: overwrite)
        try writer.write { $0.append(contentsOf: data) }
        try writer.finish()
    }
}
