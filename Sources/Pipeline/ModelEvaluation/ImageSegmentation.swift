public import Model
import Synchronization
import VideoIO

/// Segments the pictures of a data set, through the stages that video goes through: decode, preprocess,
/// backbone, heads, NMS, assembly, each on its own threads, joined by bounded queues. Pictures may differ
/// in size.
public final class ImageSegmentation: Sendable {
    /// How to detect and what to keep.
    public struct Options: Sendable {
        /// Thresholds and limits of the detection step.
        public var detection = DetectionOptions()
        /// Which detections become instances.
        public var selection = InstanceSelection.all
        /// How the network shares the cores.
        public var compute: ComputePlan

        /// Creates the options of the official program's evaluation: everything that suppression leaves.
        public init(compute: ComputePlan) { self.compute = compute }
    }

    /// A picture and what was found in it.
    public struct Picture: Sendable {
        /// Its id in the data set.
        public var imageID: Int
        /// Width in pixels.
        public var width: Int
        /// Height in pixels.
        public var height: Int
        /// What was found, best first.
        public var instances: [Instance]
    }

    private let stream: PictureStream
    private let interruption = Interruption()
    private let pipeline: Pipeline

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - pictures: Where pictures come from.
    ///   - imageIDs: The images to segment.
    ///   - network: Compiled for as many threads a worker as `options.compute` says.
    ///   - options: See ``Options``.
    ///   - consume: Gets each picture's instances, in ascending order of image ids, on one thread.
    /// - Throws: `ComputeError`.
    public init(
        pictures: PictureCollection, imageIDs: [Int], network: Network, options: Options,
        consume: @escaping @Sendable (Picture) throws -> Void
    ) throws {
        let stream = pictures.stream(imageIDs: imageIDs, interruption: interruption)
        self.stream = stream
        let stages = try SegmentationStages(
            network: network, detection: options.detection, selection: options.selection,
            compute: options.compute)
        pipeline = stages.append(
            to: Pipeline.source("decode") {
                try stream.next().map { DecodedFrame(number: $0.imageID, frame: $0.frame) }
            }
        ).sink("evaluate") { segmented in
            try consume(
                Picture(
                    imageID: segmented.source.number, width: segmented.source.frame.width,
                    height: segmented.source.frame.height, instances: segmented.instances))
        }
    }

    /// Runs until the last image, or until ``stop()``. Blocks.
    ///
    /// - Parameter mode: Stages side by side, or one after the other for comparison.
    /// - Returns: Where the time went.
    /// - Throws: ``PipelineError`` with the first error of any stage.
    @discardableResult
    public func run(_ mode: Pipeline.Mode = .pipelined) throws -> PipelineMetrics {
        try pipeline.run(mode)
    }

    /// Ends the input: images under way are finished. Any thread.
    public func stop() {
        interruption.interrupt()
        pipeline.endInput()
    }

    /// Images that have been consumed. Any thread.
    public var imagesFinished: Int { pipeline.snapshot().finished }
    /// Images that have been decoded and not been consumed. Any thread.
    public var imagesUnderWay: Int { pipeline.snapshot().underWay }

    /// Images that the video turned out to have no frame for.
    public var unavailableImageIDs: [Int] { stream.unavailableImageIDs }

    /// What was decoded with errors: names of files, or the video with the reason.
    public var damage: [String] { stream.damage }
}

extension InstanceSelection {
    /// Keeps everything, as the official program does when it evaluates. Masks of YOLACT++ may be
    /// corrected to a score of 0, and their boxes count by another score.
    public static var all: InstanceSelection { InstanceSelection(scoreThreshold: -1, limit: .max) }
}
