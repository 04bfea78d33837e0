import Synchronization
public import VideoIO

/// Gives pictures of a ``PictureCollection`` one after the other, upright, in the order of their ids.
///
/// ``next()`` may be called from any thread, one at a time.
public final class PictureStream: Sendable {
    private let collection: PictureCollection
    private let interruption: Interruption
    private let state: Mutex<State>

    private struct State {
        /// What is still to come; the next one last.
        var pending: [Int]
        var video: VideoReader?
        var frame = 0
        var unavailable: [Int] = []
        var damaged: [String] = []
    }

    init(_ collection: PictureCollection, imageIDs: [Int], interruption: Interruption) {
        self.collection = collection
        self.interruption = interruption
        state = Mutex(State(pending: imageIDs.sorted(by: >)))
    }

    /// The next picture and its image id; nil after the last one, and after an interruption.
    ///
    /// - Throws: `VideoError` for a file that cannot be decoded.
    public func next() throws -> (imageID: Int, frame: VideoFrame)? {
        do {
            return try state.withLock { state in
                switch collection.source {
                case .files(let files): try nextFile(files, &state)
                case .video: try nextFrame(&state)
                }
            }
        } catch is VideoError where interruption.isRequested {
            // It came while a file was being opened.
            return nil
        }
    }

    /// Images that the video turned out to have no frame for.
    public var unavailableImageIDs: [Int] { state.withLock { $0.unavailable } }

    /// What was decoded with errors, so far: names of files, or the video with the reason.
    public var damage: [String] { state.withLock { $0.damaged } }

    private func nextFile(_ files: [Int: String], _ state: inout State) throws -> (Int, VideoFrame)?
    {
        guard !interruption.isRequested, let id = state.pending.popLast() else { return nil }
        guard let path = files[id] else { throw EvaluationError.unknownImage(id: id) }
        var options = readingOptions
        options.maximumFrames = 1
        // A picture is decoded before a second thread would have started.
        options.decoderThreads = 1
        let reader = try VideoReader(path, options: options)
        while let element = try reader.next() {
            guard case .frame(let frame) = element else { continue }
            if reader.statistics.hasDamage { state.damaged.append(path) }
            return (id, frame)
        }
        if interruption.isRequested { return nil }
        throw VideoError(
            .notDecodable, path: path, operation: "decode image \(id)",
            reason: reader.endedEarly ?? "there is no picture in it")
    }

    private func nextFrame(_ state: inout State) throws -> (Int, VideoFrame)? {
        guard let wanted = state.pending.last else { return nil }
        let reader = try state.video ?? VideoReader(collection.path, options: readingOptions)
        state.video = reader
        while let element = try reader.next() {
            guard case .frame(let frame) = element else { continue }
            state.frame += 1
            guard state.frame - 1 == wanted else { continue }
            state.pending.removeLast()
            if state.pending.isEmpty { note(reader, &state) }
            return (wanted, frame)
        }
        if !interruption.isRequested {
            state.unavailable = state.pending.reversed()
            note(reader, &state)
        }
        state.pending = []
        return nil
    }

    private func note(_ reader: VideoReader, _ state: inout State) {
        if let reason = reader.endedEarly {
            state.damaged.append("\(collection.path): \(reason)")
        } else if reader.statistics.hasDamage {
            state.damaged.append(collection.path)
        }
    }

    private var readingOptions: VideoReader.Options {
        var options = VideoReader.Options()
        options.carriesOtherStreams = false
        options.interruption = interruption
        return options
    }
}
