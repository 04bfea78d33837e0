public import Foundation

/// A directory that a report of several files is written to.
public struct ReportDirectory: Sendable {
    /// The directory.
    public let path: String
    private let overwrite: Bool
    /// Whether it was made for this report.
    private let isNew: Bool

    /// Makes the directory where there is none, those above it too, and checks that files can be made in it.
    ///
    /// - Parameters:
    ///   - path: The directory.
    ///   - names: Files that the report will have; if one exists, there is a report already.
    ///   - overwrite: Whether files of an earlier report may be replaced.
    /// - Throws: ``FrameRecordError``.
    public init(_ path: String, names: [String], overwrite: Bool) throws(FrameRecordError) {
        self.path = path
        self.overwrite = overwrite
        isNew = Self.make(path)
        if !isNew && errno != EEXIST {
            throw .system(path: path, operation: "making the directory", code: errno)
        }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            throw .system(path: path, operation: "making the directory", code: ENOTDIR)
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw .system(path: path, operation: "writing to the directory", code: errno)
        }
        guard !overwrite else { return }
        for name in names where access(file(name), F_OK) == 0 {
            throw .exists(path: file(name))
        }
    }

    /// Makes a directory, those above it first; false with `errno` set where it is there or cannot be.
    private static func make(_ path: String) -> Bool {
        if mkdir(path, 0o777) == 0 { return true }
        guard errno == ENOENT else { return false }
        let above = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard above != path, make(above) || errno == EEXIST else { return false }
        return mkdir(path, 0o777) == 0
    }

    /// The path of a file in it.
    public func file(_ name: String) -> String {
        path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    }

    /// Writes a file, which appears when it is complete.
    ///
    /// - Throws: ``FrameRecordError``.
    public func write(_ data: Data, to name: String) throws(FrameRecordError) {
        try OutputText.write(data, to: file(name), overwrite: overwrite)
    }

    /// Removes files.
    func remove(_ names: some Sequence<String>) {
        for name in names { unlink(file(name)) }
    }

    /// Removes files of the report, and the directory if it was made for it and nothing else is in it.
    public func discard(_ names: some Sequence<String> = [] as [String]) {
        remove(names)
        if isNew { rmdir(path) }
    }
}
