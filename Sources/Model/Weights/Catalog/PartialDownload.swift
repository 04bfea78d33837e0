import Foundation
import OutputFiles

/// The `.part` file of a download and, beside it, what the server said about the file, so that a later
/// run can go on and tell whether the server's file is still the same.
///
/// It is locked while in use: a second process that wants the same file gets an error.
final class PartialDownload {
    /// What the server said about the file.
    struct Origin: Codable, Equatable {
        var url: String
        var entityTag: String?
        var totalByteCount: Int?

        /// Whether a later answer can be told to be about the same file.
        var isRecognisable: Bool { entityTag != nil || totalByteCount != nil }
    }

    let path: String
    /// Bytes that are there.
    private(set) var count: Int
    /// Set once a response began; nil means that nothing is known and the download starts anew.
    private(set) var origin: Origin?
    private let descriptor: Int32
    private var isReleased = false

    private var originPath: String { "\(path).json" }

    init(path: String) throws(DownloadError) {
        self.path = path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.systemError(path, "cannot create") }
        self.descriptor = descriptor
        count = 0
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw DownloadError(.busy, source: path, "another process is downloading this file")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.systemError(path, "cannot stat") }
        // Whoever held the lock before may have renamed the file since it was opened here; then this is
        // the finished file and must not be touched.
        var named = stat()
        guard stat(path, &named) == 0, named.st_ino == status.st_ino else {
            throw DownloadError(
                .busy, source: path, "another process has just downloaded this file")
        }
        count = Int(status.st_size)
        if let data = try? Data(contentsOf: URL(fileURLWithPath: originPath)) {
            origin = try? JSONDecoder().decode(Origin.self, from: data)
        }
        if origin == nil { try reset() }
    }

    deinit { release() }

    /// Unlocks and closes the file. Said aloud, because a session may hold on to its delegate, and that
    /// to this, for a while after the transfer; and because a child process that is just being started
    /// has copies of all descriptors.
    func release() {
        guard !isReleased else { return }
        isReleased = true
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Forgets all that came so far.
    func reset() throws(DownloadError) {
        guard ftruncate(descriptor, 0) == 0 else { throw Self.systemError(path, "cannot truncate") }
        count = 0
        origin = nil
        unlink(originPath)
    }

    /// Begins a file of that origin.
    func begin(_ origin: Origin) throws(DownloadError) {
        try reset()
        do {
            try JSONEncoder().encode(origin).write(to: URL(fileURLWithPath: originPath))
        } catch {
            throw DownloadError(.cannotWrite, source: originPath, error.localizedDescription)
        }
        self.origin = origin
    }

    /// Appends bytes.
    func append(_ data: Data) throws(DownloadError) {
        for region in data.regions {
            var rest = region.startIndex..<region.endIndex
            while !rest.isEmpty {
                let written = region[rest].withUnsafeBytes {
                    pwrite(descriptor, $0.baseAddress, $0.count, off_t(count))
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw Self.systemError(path, "cannot write") }
                count += written
                rest = rest.lowerBound + written..<rest.upperBound
            }
        }
    }

    /// Gives the complete file its own name.
    func finish(as destination: String) throws(DownloadError) {
        guard fsync(descriptor) == 0 else { throw Self.systemError(path, "cannot write") }
        guard rename(path, destination) == 0 else {
            throw Self.systemError(destination, "cannot rename")
        }
        unlink(originPath)
    }

    /// Removes the file.
    func discard() {
        unlink(originPath)
        unlink(path)
    }

    private static func systemError(_ path: String, _ operation: String) -> DownloadError {
        DownloadError(
            .cannotWrite, source: path, "\(operation): \(systemText(errno))")
    }
}
