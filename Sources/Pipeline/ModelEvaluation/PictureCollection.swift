import Foundation
public import VideoIO

/// The pictures of a data set: files in a directory, or the frames of a video.
public struct PictureCollection: Sendable {
    /// The directory or the video.
    public let path: String
    /// Files that are the pictures of several images, by path: names that differ in their directories
    /// only, in a directory without those.
    public let sharedFiles: [SharedFile]
    let source: Source

    /// A file that is the picture of several images.
    public struct SharedFile: Sendable, Hashable {
        /// The file.
        public var path: String
        /// The images, in the order in which they are wanted.
        public var imageIDs: [Int]
    }

    enum Source: Sendable {
        /// Files by image id.
        case files([Int: String])
        /// Frames, whose numbers from 0 are the image ids.
        case video
    }

    /// Whether the pictures are frames of a video.
    public var isVideo: Bool {
        if case .video = source { true } else { false }
    }

    /// Finds the pictures of a data set. Files are looked for, but not opened.
    ///
    /// - Parameters:
    ///   - path: A directory with the files that the data set names, or a video. A name's own
    ///     directories may be missing: `val2017/1.jpg` is also found as `1.jpg`.
    ///   - dataset: The data set.
    ///   - imageIDs: The images that will be wanted.
    /// - Throws: ``EvaluationError``; a file that is missing is named.
    public init(
        path: String, dataset: EvaluationDataset, imageIDs: [Int]
    ) throws(EvaluationError) {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .system(path: path, operation: "opening", code: errno)
        }
        let hasNames = dataset.images.contains { $0.fileName != nil }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            guard !hasNames else {
                throw .inconsistent(
                    path: path,
                    reason: "\(dataset.path) names image files; give the directory they are in")
            }
            source = .video
            sharedFiles = []
            return
        }
        guard hasNames || dataset.images.isEmpty else {
            throw .inconsistent(
                path: path,
                reason: "\(dataset.path) names no image files; give the video it belongs to")
        }
        let files = try Self.files(in: path, dataset, imageIDs)
        source = .files(files)
        let images = Dictionary(grouping: imageIDs.filter { files[$0] != nil }) { files[$0] ?? "" }
        sharedFiles = images.filter { $0.value.count > 1 }
            .map { SharedFile(path: $0.key, imageIDs: $0.value) }.sorted { $0.path < $1.path }
    }

    private static func files(
        in directory: String, _ dataset: EvaluationDataset, _ imageIDs: [Int]
    ) throws(EvaluationError) -> [Int: String] {
        var files = [Int: String](minimumCapacity: imageIDs.count)
        var missing: [(path: String, image: Int)] = []
        for id in imageIDs {
            guard let index = dataset.imageIndex(id: id) else { throw .unknownImage(id: id) }
            guard let name = dataset.images[index].fileName else {
                throw .inconsistent(path: dataset.path, reason: "image \(id) has no \"file_name\"")
            }
            let expected = "\(directory)/\(name)"
            let candidates = [expected, "\(directory)/\((name as NSString).lastPathComponent)"]
            if let found = candidates.first(where: { access($0, R_OK) == 0 }) {
                files[id] = found
            } else {
                missing.append((expected, id))
            }
        }
        if let first = missing.first {
            throw .missingPicture(
                path: first.path, image: first.image, others: missing.count - 1)
        }
        return files
    }

    /// Reads pictures one after the other.
    ///
    /// - Parameters:
    ///   - imageIDs: The images; of a video in ascending order.
    ///   - interruption: A request to stop.
    public func stream(
        imageIDs: [Int], interruption: Interruption = Interruption()
    ) -> PictureStream {
        PictureStream(self, imageIDs: imageIDs, interruption: interruption)
    }
}
