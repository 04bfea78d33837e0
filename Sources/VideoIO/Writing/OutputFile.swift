import CFFmpeg
import Foundation
import Glibc

/// A file that appears under its name only when it is complete. Until then it lies beside that name as
/// `.NAME.partial-PID.EXT`.
final class OutputFile {
    /// Where the finished file will be, symbolic links followed.
    let path: String
    /// Where it is written.
    let temporaryPath: String
    private let replaces: Bool
    private var isOpen = true

    /// Checks that the file can be made and creates the temporary one.
    ///
    /// - Parameter input: A file that must not be the output.
    /// - Throws: ``VideoError`` `.cannotWrite`.
    init(path: String, replaces: Bool, input: String?) throws {
        func fail(_ reason: String) -> VideoError {
            VideoError(.cannotWrite, path: path, operation: "create the file", reason: reason)
        }
        guard !path.isEmpty else { throw fail("the name is empty") }
        var final = path
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw fail("it is a directory") }
            var source = stat()
            if let input, stat(input, &source) == 0, source.st_dev == status.st_dev,
                source.st_ino == status.st_ino
            {
                throw fail("it is the input file")
            }
            if status.st_mode & S_IFMT != S_IFREG { throw fail("it is not a regular file") }
            guard replaces else { throw fail("the file exists") }
            final = Self.resolved(path)
        } else if lstat(path, &status) == 0 {
            throw fail("it is a symbolic link to nothing")
        }
        let url = URL(fileURLWithPath: final)
        let directory = url.deletingLastPathComponent().path
        var directoryStatus = stat()
        guard stat(directory, &directoryStatus) == 0 else {
            throw fail("\(directory): \(systemText(errno))")
        }
        guard directoryStatus.st_mode & S_IFMT == S_IFDIR else {
            throw fail("\(directory): \(systemText(ENOTDIR))")
        }
        guard access(directory, W_OK | X_OK) == 0 else {
            throw fail("\(directory): \(systemText(errno))")
        }
        self.path = final
        self.replaces = replaces
        temporaryPath = try Self.claim(
            directory: directory, name: url.deletingPathExtension().lastPathComponent,
            suffix: url.pathExtension, path: path)
    }

    deinit {
        if isOpen { unlink(temporaryPath) }
    }

    /// Makes the file durable and gives it its name. Returns its size in bytes.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`; the temporary file is removed with this object then.
    func publish() throws -> Int64 {
        let bytes = try synchronise(temporaryPath)
        if replaces {
            guard rename(temporaryPath, path) == 0 else { throw failure("rename the file", errno) }
        } else {
            try renameWithoutReplacing()
        }
        isOpen = false
        // The name is durable once the directory is; not all file systems can do that.
        let directory = open(
            URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
        return bytes
    }

    private func renameWithoutReplacing() throws {
        if yv_rename_noreplace(temporaryPath, path) == 0 { return }
        guard errno == EINVAL || errno == ENOSYS else { throw failure("name the file", errno) }
        // A file system that cannot do so: a second name, then away with the first.
        guard link(temporaryPath, path) == 0 else { throw failure("name the file", errno) }
        unlink(temporaryPath)
    }

    private func synchronise(_ file: String) throws -> Int64 {
        let descriptor = open(file, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("complete the file", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("complete the file", errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("complete the file", errno) }
        return Int64(status.st_size)
    }

    private func failure(_ operation: String, _ code: Int32) -> VideoError {
        VideoError(.cannotWrite, path: path, operation: operation, errno: code)
    }

    /// Creates a file of a name that nobody has.
    private static func claim(
        directory: String, name: String, suffix: String, path: String
    ) throws -> String {
        // File names end at 255 bytes; the additions need some of them.
        let ending = suffix.isEmpty ? "" : ".\(suffix)"
        let room = max(1, 255 - ending.utf8.count - 30)
        let stem = String(decoding: name.utf8.prefix(room), as: UTF8.self)
        for attempt in 0..<100 {
            let number = attempt == 0 ? "" : "-\(attempt)"
            let file = "\(directory)/.\(stem).partial-\(getpid())\(number)\(ending)"
            let descriptor = open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                close(descriptor)
                return file
            }
            guard errno == EEXIST else {
                throw VideoError(
                    .cannotWrite, path: path, operation: "create the file", errno: errno)
            }
        }
        throw VideoError(.cannotWrite, path: path, operation: "create the file", errno: EEXIST)
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
