import Foundation

/// A file that appears under its name only when it is complete. Until then it lies beside that name as
/// `NAME.partial-PID.EXT`, locked; without ``publish()`` it goes away with this object. One that nobody has
/// locked was left by a process that was killed: see ``leftovers(of:)``.
package final class OutputFile {
    /// Where the finished file will be, symbolic links followed.
    package let path: String
    /// Where it is written.
    package let temporaryPath: String
    /// Open for writing, for those who do not open ``temporaryPath`` themselves; negative once the file
    /// is published or discarded.
    package private(set) var descriptor: Int32
    /// The name as it was given, for errors.
    private let givenPath: String
    private let replaces: Bool
    /// Whether ``temporaryPath`` still names this file: once it does not, another may have that name.
    private var isTemporary = true

    /// Checks that the file can be made and creates the temporary one.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - replaces: Whether an existing file is replaced; otherwise it is an error, now or at the end.
    ///   - input: A file that must not be the output.
    package init(
        path: String, replaces: Bool, input: String? = nil
    ) throws(OutputFileError) {
        func failure(_ code: Int32, _ reason: String? = nil) -> OutputFileError {
            OutputFileError(path: path, operation: .create, code: code, reason: reason)
        }
        guard !path.isEmpty else { throw failure(ENOENT, "the name is empty") }
        var final = path
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw failure(EISDIR, "it is a directory") }
            var source = stat()
            if let input, stat(input, &source) == 0, source.st_dev == status.st_dev,
                source.st_ino == status.st_ino
            {
                throw failure(EINVAL, "it is the input file")
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw failure(EINVAL, "it is not a regular file")
            }
            guard replaces else { throw failure(EEXIST, "the file exists") }
            final = Self.resolved(path)
        } else if lstat(path, &status) == 0 {
            throw failure(ENOENT, "it is a symbolic link to nothing")
        }
        let url = URL(fileURLWithPath: final)
        let directory = url.deletingLastPathComponent().path
        func refused(_ code: Int32) -> OutputFileError {
            failure(code, "\(directory): \(systemText(code))")
        }
        guard stat(directory, &status) == 0 else { throw refused(errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw refused(ENOTDIR) }
        guard access(directory, W_OK | X_OK) == 0 else { throw refused(errno) }
        givenPath = path
        self.path = final
        self.replaces = replaces
        guard
            let (temporary, descriptor) = Self.claim(
                directory: directory, name: url.deletingPathExtension().lastPathComponent,
                suffix: url.pathExtension)
        else { throw failure(errno) }
        temporaryPath = temporary
        self.descriptor = descriptor
    }

    deinit { discard() }

    /// Removes the file unless it is published.
    package func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        if isTemporary { unlink(temporaryPath) }
    }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(OutputFileError) {
        let code = writeAll(bytes, to: descriptor)
        guard code == 0 else { throw failure(.write, code) }
    }

    /// Makes the file durable and gives it its name. Returns its size in bytes. On failure the temporary
    /// file stays until ``keepPart()`` or ``discard()``.
    package func publish() throws(OutputFileError) -> Int64 {
        guard fsync(descriptor) == 0 else { throw failure(.complete, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(.complete, errno) }
        if replaces {
            try renameIt()
        } else {
            try nameWithoutReplacing()
        }
        // The name is durable once the directory is; not all file systems can do that.
        let directory = open(
            URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
        discard()
        return Int64(status.st_size)
    }

    /// Gives what has been written so far a name that says that it is a part, `NAME.partial.EXT` beside the
    /// file's own; nothing is replaced. For after a failure.
    ///
    /// - Returns: That name; nil where there is nothing to keep, or no way.
    package func keepPart() -> String? {
        guard descriptor >= 0 else { return nil }
        defer { discard() }
        var status = stat()
        guard isTemporary, fstat(descriptor, &status) == 0, status.st_size > 0 else { return nil }
        fsync(descriptor)
        let url = URL(fileURLWithPath: path)
        let (stem, ending) = Self.nameParts(
            url.deletingPathExtension().lastPathComponent, suffix: url.pathExtension)
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        for attempt in 0..<100 {
            let number = attempt == 0 ? "" : "-\(attempt)"
            let part = "\(directory)\(stem).partial\(number)\(ending)"
            if link(temporaryPath, part) == 0 { return part }
            if errno == EEXIST { continue }
            // A file system that has no second names.
            if lstat(part, &status) != 0, rename(temporaryPath, part) == 0 {
                isTemporary = false
                return part
            }
        }
        return nil
    }

    /// A second name fails if it is taken, where renaming would replace the file. The first one goes with
    /// ``discard()``.
    private func nameWithoutReplacing() throws(OutputFileError) {
        if link(temporaryPath, path) == 0 { return }
        guard errno != EEXIST else { throw failure(.name, EEXIST) }
        // A file system that has no second names.
        var status = stat()
        guard lstat(path, &status) != 0 else { throw failure(.name, EEXIST) }
        try renameIt()
    }

    private func renameIt() throws(OutputFileError) {
        guard rename(temporaryPath, path) == 0 else { throw failure(.name, errno) }
        isTemporary = false
    }

    private func failure(_ operation: OutputFileError.Operation, _ code: Int32) -> OutputFileError {
        OutputFileError(path: givenPath, operation: operation, code: code)
    }

    /// Creates a file of a name that nobody has; nil with `errno` set where that is impossible.
    private static func claim(
        directory: String, name: String, suffix: String
    ) -> (path: String, descriptor: Int32)? {
        let (stem, ending) = nameParts(name, suffix: suffix)
        for attempt in 0..<100 {
            let number = attempt == 0 ? "" : "-\(attempt)"
            let file = "\(directory)/\(stem).partial-\(getpid())\(number)\(ending)"
            let descriptor = open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                // Where the file system knows no locks, no file will ever be taken for a leftover.
                flock(descriptor, LOCK_EX | LOCK_NB)
                return (file, descriptor)
            }
            guard errno == EEXIST else { return nil }
        }
        return nil
    }

    /// What additions go between. File names end at 255 bytes, of which the additions need some.
    private static func nameParts(
        _ name: String, suffix: String
    ) -> (stem: String, ending: String) {
        let ending = suffix.isEmpty ? "" : ".\(suffix)"
        let room = max(1, 255 - ending.utf8.count - 30)
        return (String(decoding: name.utf8.prefix(room), as: UTF8.self), ending)
    }

    /// Temporary files of an output that no process works on any more.
    package static func leftovers(of path: String) -> [String] {
        let url = URL(fileURLWithPath: resolved(path))
        let directory = url.deletingLastPathComponent().path
        let (stem, ending) = nameParts(
            url.deletingPathExtension().lastPathComponent, suffix: url.pathExtension)
        let start = "\(stem).partial-"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.sorted().filter { name in
            guard name.hasPrefix(start), name.hasSuffix(ending),
                name.count > start.count + ending.count
            else { return false }
            let number = name.dropFirst(start.count).dropLast(ending.count)
            return number.allSatisfy { $0.isNumber || $0 == "-" }
        }.map { "\(directory)/\($0)" }.filter(isAbandoned)
    }

    private static func isAbandoned(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
