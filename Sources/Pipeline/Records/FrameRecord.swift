public import Model

/// What was found in one frame: one line of a record file.
///
/// A record file is NDJSON (a JSON object a line, UTF-8). Its field names are those of COCO and of this
/// project's ground truth:
///
/// ```json
/// {"frame":0,"time":0.0,"instances":[{"category":"cat","score":0.92,"bbox":[10,20,30,40],
///   "segmentation":{"size":[360,640],"counts":"..."}}]}
/// ```
public struct FrameRecord: Sendable, Hashable {
    /// Number of the frame, from 0.
    public var frame: Int
    /// Where the frame lies in the video, in seconds from the video's beginning: `VideoFrame.sourceTime`. Nil
    /// where it is unknown; truth files leave it out.
    public var time: Double?
    /// The instances, in no particular order.
    public var instances: [InstanceRecord]

    /// Creates a record.
    public init(frame: Int, time: Double?, instances: [InstanceRecord]) {
        self.frame = frame
        self.time = time
        self.instances = instances
    }

    /// Creates a record from what the network found.
    ///
    /// - Parameters:
    ///   - frame: Number of the frame, from 0.
    ///   - time: Where the frame lies in the video, in seconds; nil where it is unknown.
    ///   - instances: The instances of the frame.
    ///   - classNames: Names by `Instance.classIndex`. An index without one is written as a number.
    ///   - width: Picture width in pixels.
    ///   - height: Picture height in pixels.
    /// - Throws: ``RunLengthError`` if a mask cannot be encoded.
    public init(
        frame: Int, time: Double?, instances: [Instance], classNames: [String], width: Int,
        height: Int
    ) throws(RunLengthError) {
        var memory = Memory()
        try self.init(
            frame: frame, time: time, instances: instances, classNames: classNames, width: width,
            height: height, memory: &memory)
    }

    /// Memory of records that have been written, for those to come.
    struct Memory {
        fileprivate var instances: [InstanceRecord] = []
        fileprivate var runs = ColumnRuns.Scratch()
    }

    /// The same, for one frame after the other.
    init(
        frame: Int, time: Double?, instances: [Instance], classNames: [String], width: Int,
        height: Int, memory: inout Memory
    ) throws(RunLengthError) {
        self.init(frame: frame, time: time, instances: [])
        swap(&self.instances, &memory.instances)
        for instance in instances {
            self.instances.append(
                InstanceRecord(
                    id: instance.id,
                    category: classNames.name(ofClass: instance.classIndex),
                    score: instance.score, box: instance.box,
                    segmentation: try RunLengthEncoding(
                        instance.mask, width: width, height: height, scratch: &memory.runs)))
        }
    }

    /// Leaves its memory to the next record, and nothing to itself.
    mutating func giveBack(to memory: inout Memory) {
        for instance in instances { memory.runs.spare.append(instance.segmentation.counts) }
        instances.removeAll(keepingCapacity: true)
        swap(&instances, &memory.instances)
    }
}

/// An instance as it is recorded.
public struct InstanceRecord: Sendable, Hashable {
    /// Identity of the object through the video; nil where objects are not tracked.
    public var id: Int?
    /// Class name.
    public var category: String
    /// Confidence, 0...1; nil in truth files.
    public var score: Float?
    /// The box in pixels.
    public var box: PixelRectangle
    /// The visible pixels.
    public var segmentation: RunLengthEncoding

    /// Creates a record of an instance.
    public init(
        id: Int? = nil, category: String, score: Float?, box: PixelRectangle,
        segmentation: RunLengthEncoding
    ) {
        self.id = id
        self.category = category
        self.score = score
        self.box = box
        self.segmentation = segmentation
    }
}

extension [String] {
    /// The name of a class, or a stand-in for an index that has none.
    func name(ofClass index: Int) -> String {
        indices.contains(index) ? self[index] : "class \(index)"
    }
}
