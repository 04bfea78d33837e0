import Foundation
import Synchronization

/// Keeps the detections of each image as soon as they are there, so that a run that ends before its time
/// can go on where it stopped.
///
/// A text file: a line that says what the run was made with, then a line of JSON for each image. A last
/// line that was cut off is dropped. The file is locked while it is open.
public final class EvaluationJournal: Sendable {
    /// What results depend on, by a name that people understand: "weights", "configuration".
    public typealias Origin = [String: String]

    /// The file.
    public let path: String
    /// Images that earlier runs have finished.
    public let finishedImageIDs: [Int]

    private let dataset: EvaluationDataset
    private let output: Mutex<Output>

    private struct Output {
        var descriptor: Int32
        var buffer: [UInt8] = []
    }

    /// Opens a journal, or begins one where there is none.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - origin: What results depend on.
    ///   - dataset: The data set that the detections belong to.
    ///   - restarts: Whether what is there is thrown away.
    /// - Throws: ``EvaluationError/otherOrigin(path:differences:)`` for a journal of another origin,
    ///   ``EvaluationError/busy(path:)``, and others for a file that is no journal or cannot be written.
    public init(
        path: String, origin: Origin, dataset: EvaluationDataset, restarts: Bool = false
    ) throws(EvaluationError) {
        self.path = path
        self.dataset = dataset
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw .system(path: path, operation: "writing", code: errno)
        }
        do throws(EvaluationError) {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .busy(path: path) }
            if restarts { try Self.cut(descriptor, at: 0, path) }
            var status = stat()
            guard fstat(descriptor, &status) == 0 else {
                throw .system(path: path, operation: "opening", code: errno)
            }
            if status.st_size == 0 {
                finishedImageIDs = []
                try Self.write(Self.header(origin), to: descriptor, path)
            } else {
                let contents = try JournalContents(path: path)
                let names = Set(contents.origin.keys).union(origin.keys)
                let differences = names.filter { contents.origin[$0] != origin[$0] }.sorted()
                guard differences.isEmpty else {
                    throw .otherOrigin(path: path, differences: differences)
                }
                finishedImageIDs = contents.places.map(\.imageID)
                try Self.cut(descriptor, at: contents.end, path)
            }
        } catch {
            close(descriptor)
            throw error
        }
        output = Mutex(Output(descriptor: descriptor))
    }

    deinit {
        let descriptor = output.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Adds the detections of an image. Any thread.
    ///
    /// - Throws: ``EvaluationError/system(path:operation:code:)``, such as for a full disk.
    public func append(
        _ detections: [EvaluationDetection], imageID: Int
    ) throws(EvaluationError) {
        try output.withLock { output throws(EvaluationError) in
            output.buffer.removeAll(keepingCapacity: true)
            output.buffer.append(contentsOf: "{\"image_id\":\(imageID),\"detections\":[".utf8)
            var isFirst = true
            for detection in detections {
                guard let box = detection.box ?? detection.mask.map({ MeasuredMask($0).box }) else {
                    continue
                }
                if !isFirst { output.buffer.append(UInt8(ascii: ",")) }
                isFirst = false
                detection.appendResult(
                    box, imageID: imageID, .both, boxDecimals: nil, to: &output.buffer)
            }
            output.buffer.append(contentsOf: "]}\n".utf8)
            try Self.write(output.buffer, to: output.descriptor, path)
        }
    }

    /// Calls `body` with the detections of images that are in the journal, one after the other.
    ///
    /// - Parameters:
    ///   - imageIDs: The images; others are passed over.
    ///   - body: Gets an image's id and detections.
    /// - Throws: ``EvaluationError`` and what `body` throws.
    public func forEachImage(
        in imageIDs: some Sequence<Int>,
        _ body: (_ imageID: Int, _ detections: [EvaluationDetection]) throws -> Void
    ) throws {
        let wanted = Set(imageIDs)
        let contents = try JournalContents(path: path)
        for place in contents.places where wanted.contains(place.imageID) {
            guard let index = dataset.imageIndex(id: place.imageID) else { continue }
            try body(
                place.imageID, contents.detections(at: place.offset, of: dataset.images[index]))
        }
    }

    /// Removes the file, when its contents are safe elsewhere.
    public func remove() { unlink(path) }

    private static func header(_ origin: Origin) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = (try? encoder.encode([JournalContents.mark: origin])) ?? Data()
        return [UInt8](text) + [UInt8(ascii: "\n")]
    }

    private static func cut(
        _ descriptor: Int32, at length: Int, _ path: String
    ) throws(EvaluationError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else {
            throw .system(path: path, operation: "writing", code: errno)
        }
    }

    private static func write(
        _ bytes: [UInt8], to descriptor: Int32, _ path: String
    ) throws(EvaluationError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(path: path, operation: "writing", code: errno) }
            rest = rest.dropFirst(count)
        }
    }
}
