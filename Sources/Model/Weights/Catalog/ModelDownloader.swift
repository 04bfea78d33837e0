import Foundation

/// Downloads official models into the cache directory.
///
/// A download goes to a `.part` file first. When it is interrupted, the next call goes on where it
/// stopped, provided the server still has the same file. The complete file is checked (size and SHA-256
/// where known, and always that it is a sound weights file) before it gets its name.
public struct ModelDownloader: Sendable {
    /// The address below which the files lie.
    public var baseURL: String
    /// The directory that the files go to; it is created if missing.
    public var directory: String
    /// Seconds without any data after which a connection counts as lost.
    public var timeout: Double
    /// How often an interrupted transfer is taken up again within one call. An attempt that brings
    /// nothing new ends the call.
    public var maximumAttempts: Int

    /// The largest file accepted where the catalog knows no size, in bytes.
    public static let maximumByteCount = 2 << 30

    /// Creates a downloader.
    public init(
        baseURL: String = ModelCatalog.baseURL, directory: String = ModelCatalog.cacheDirectory(),
        timeout: Double = 60, maximumAttempts: Int = 10
    ) {
        self.baseURL = baseURL
        self.directory = directory
        self.timeout = timeout
        self.maximumAttempts = maximumAttempts
    }

    /// Where the file of a model is, or will be.
    public func path(of entry: ModelCatalog.Entry) -> String { "\(directory)/\(entry.file)" }

    /// Whether the model is there.
    public func has(_ entry: ModelCatalog.Entry) -> Bool {
        FileManager.default.fileExists(atPath: path(of: entry))
    }

    /// Downloads a model unless it is there already and sound.
    ///
    /// - Parameters:
    ///   - entry: The model.
    ///   - progress: Called after each piece, on a queue of the transfer's own.
    /// - Returns: The path of the file.
    /// - Throws: ``DownloadError``.
    public func pull(
        _ entry: ModelCatalog.Entry,
        progress: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) async throws -> String {
        let destination = path(of: entry)
        if has(entry), problem(with: destination, entry) == nil { return destination }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw DownloadError(
                .cannotWrite, source: directory,
                "cannot create the directory: \(error.localizedDescription)")
        }
        let address = entry.url(baseURL: baseURL)
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme),
            url.host()?.isEmpty == false
        else { throw DownloadError(.connection, source: address, "not an http or https address") }
        let part = try PartialDownload(path: "\(destination).part")
        defer { part.release() }
        if let origin = part.origin, origin.url != address || !origin.isRecognisable {
            try part.reset()
        }
        do {
            try await transfer(url, entry, to: part, progress)
        } catch let error as DownloadError {
            // Nothing worth keeping, and no file of no bytes is to be left behind.
            if part.count == 0 || error.kind == .webPage || error.kind == .wrongFile {
                part.discard()
            }
            throw error
        }
        if let problem = problem(with: part.path, entry) {
            part.discard()
            throw DownloadError(.wrongFile, source: url.absoluteString, problem)
        }
        try part.finish(as: destination)
        return destination
    }

    private func transfer(
        _ url: URL, _ entry: ModelCatalog.Entry, to part: PartialDownload,
        _ progress: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws {
        var mayRestart = true
        for attempt in 1... {
            let before = part.count
            let outcome = await DownloadAttempt(
                url: url, part: part,
                sizes: entry.byteCount.map { $0...$0 }
                    ?? min(entry.minimumByteCount, Self.maximumByteCount)...Self.maximumByteCount,
                progress: progress
            ).run(timeout: timeout)
            switch outcome {
            case .finished: return
            case .failed(let error): throw error
            case .restart:
                guard mayRestart else {
                    throw DownloadError(
                        .interrupted, source: url.absoluteString,
                        "the server's answers about the file contradict each other")
                }
                mayRestart = false
                try part.reset()
            case .interrupted(let reason):
                if part.count > before, attempt < maximumAttempts { continue }
                let total = part.origin?.totalByteCount.map { " of \($0)" } ?? ""
                throw DownloadError(
                    .interrupted, source: url.absoluteString,
                    "interrupted after \(part.count)\(total) bytes (\(reason)); run again to go on")
            }
        }
    }

    /// What is wrong with a complete file, if anything.
    private func problem(with path: String, _ entry: ModelCatalog.Entry) -> String? {
        do {
            let file = try MappedFile(path: path)
            if let size = entry.byteCount, file.count != size {
                return "the file has \(file.count) bytes instead of \(size)"
            }
            if let expected = entry.sha256 {
                var digest = SHA256()
                file.withBytes(0..<file.count) { digest.update($0) }
                let found = digest.finish()
                if found != expected {
                    return "the file's SHA-256 is \(found) instead of \(expected)"
                }
            }
            if entry.byteCount == nil, file.count < entry.minimumByteCount {
                return "the file has only \(file.count) bytes, which is too small for the model"
            }
            _ = try Checkpoint.open(path)
            return nil
        } catch let error as WeightsError {
            return error.detail
        } catch {
            return "\(error)"
        }
    }
}
