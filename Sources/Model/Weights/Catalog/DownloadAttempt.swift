import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One HTTP request that fills a ``PartialDownload``.
///
/// `@unchecked Sendable` is safe because after `run` has started the task, all state is touched by the
/// session's serial delegate queue only, until the last callback resumes the caller.
final class DownloadAttempt: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    enum Outcome {
        case finished
        /// The server's file is another one than the part that is there.
        case restart
        /// The connection ended early.
        case interrupted(String)
        case failed(DownloadError)
    }

    private let url: URL
    private let part: PartialDownload
    private let sizes: ClosedRange<Int>
    private let progress: @Sendable (DownloadProgress) -> Void
    private let offset: Int
    private var total: Int?
    private var outcome: Outcome?
    /// What is wrong with the size the server announced. Said with the first bytes and not after 100 MB,
    /// and not before them: they tell whether it is a web page, which says more.
    private var announced: DownloadError?
    private var hasResponse = false
    private var continuation: CheckedContinuation<Outcome, Never>?

    init(
        url: URL, part: PartialDownload, sizes: ClosedRange<Int>,
        progress: @escaping @Sendable (DownloadProgress) -> Void
    ) {
        self.url = url
        self.part = part
        self.sizes = sizes
        self.progress = progress
        offset = part.count
    }

    /// Runs the request to its end, or until the calling task is cancelled.
    func run(timeout: TimeInterval) async -> Outcome {
        var request = URLRequest(url: url, timeoutInterval: timeout)
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if offset > 0 {
            request.setValue("bytes=\(offset)-", forHTTPHeaderField: "Range")
            if let tag = part.origin?.entityTag {
                request.setValue(tag, forHTTPHeaderField: "If-Range")
            }
        }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = timeout
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
        // The session keeps its delegate until it is told that no more is to come.
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: request)
        return await withTaskCancellationHandler {
            await withCheckedContinuation {
                continuation = $0
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }

    // MARK: Delegate

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        hasResponse = true
        do throws(DownloadError) {
            outcome = try begin(response)
        } catch {
            outcome = .failed(error)
        }
        completionHandler(outcome == nil ? .allow : .cancel)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard outcome == nil else { return }
        do throws(DownloadError) {
            if part.count == 0,
                FileSignature([UInt8](data.prefix(FileSignature.length))) == .webPage
            {
                throw webPage
            }
            if let announced { throw announced }
            guard data.count <= (total ?? sizes.upperBound) - part.count else {
                throw failure(
                    .wrongFile,
                    total == nil
                        ? "the server sends more than the \(sizes.upperBound) bytes expected"
                        : "the server sends more than it announced")
            }
            try part.append(data)
            progress(DownloadProgress(receivedByteCount: part.count, totalByteCount: total))
        } catch {
            outcome = .failed(error)
            dataTask.cancel()
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        let result = outcome ?? completion(error)
        continuation?.resume(returning: result)
        continuation = nil
    }

    // MARK: Decisions

    /// What a response means: nil to go on with its body.
    private func begin(_ response: URLResponse) throws(DownloadError) -> Outcome? {
        guard let http = response as? HTTPURLResponse else {
            throw failure(.connection, "the answer is not HTTP")
        }
        let range = http.value(forHTTPHeaderField: "Content-Range").flatMap(ContentRange.init)
        switch http.statusCode {
        case 200:
            if http.mimeType == "text/html" { throw webPage }
            total = http.expectedContentLength >= 0 ? Int(http.expectedContentLength) : nil
            let tag = http.value(forHTTPHeaderField: "ETag")
            try part.begin(
                .init(
                    url: url.absoluteString,
                    // A weak tag promises no equal bytes and must not be used to resume.
                    entityTag: tag?.hasPrefix("W/") == true ? nil : tag, totalByteCount: total))
        case 206:
            let tag = http.value(forHTTPHeaderField: "ETag")
            guard let range, range.start == offset, offset > 0,
                let origin = part.origin, range.total == origin.totalByteCount,
                tag == nil || origin.entityTag == nil || tag == origin.entityTag
            else { return .restart }
            total = range.total
        case 416:
            guard let size = range?.total, size == offset, size == part.origin?.totalByteCount
            else {
                return .restart
            }
            return .finished
        default:
            let text = HTTPURLResponse.localizedString(forStatusCode: http.statusCode)
            throw failure(
                .status(http.statusCode), "the server answered \(http.statusCode) (\(text))")
        }
        announced = total.flatMap(sizeError)
        return nil
    }

    /// What is wrong with a size that the server announces, if anything.
    private func sizeError(_ total: Int) -> DownloadError? {
        guard !sizes.contains(total) else { return nil }
        let expected =
            sizes.count == 1
            ? "instead of \(sizes.lowerBound)"
            : "which is too \(total > sizes.upperBound ? "large" : "small") for the model"
        return failure(.wrongFile, "the server's file has \(total) bytes \(expected)")
    }

    private func completion(_ error: (any Error)?) -> Outcome {
        if let error {
            if (error as? URLError)?.code == .cancelled {
                return .failed(failure(.cancelled, "cancelled; run again to go on"))
            }
            let text = error.localizedDescription
            guard !hasResponse else { return .interrupted(text) }
            let isUnknown = (error as? URLError)?.code == .cannotFindHost
            let reason =
                isUnknown ? "cannot resolve host \(url.host() ?? ""): " : "cannot connect: "
            return .failed(failure(.connection, reason + text))
        }
        if let announced { return .failed(announced) }
        if let total, part.count < total { return .interrupted("the connection was closed") }
        return .finished
    }

    private func failure(_ kind: DownloadError.Kind, _ detail: String) -> DownloadError {
        DownloadError(kind, source: url.absoluteString, detail)
    }

    private var webPage: DownloadError {
        failure(
            .webPage,
            "the server sent an HTML page instead of the file; it may want a login, or the file moved"
        )
    }
}

/// The header `Content-Range: bytes 5-9/10`, or `bytes */10`.
struct ContentRange: Equatable {
    var start: Int?
    var total: Int?

    init?(_ header: String) {
        guard let match = header.wholeMatch(of: /\s*bytes\s+(?:(\d+)-\d+|\*)\/(?:(\d+)|\*)\s*/)
        else {
            return nil
        }
        start = match.1.flatMap { Int($0) }
        total = match.2.flatMap { Int($0) }
    }
}
