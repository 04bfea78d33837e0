import Synchronization

/// Writes detections in the results format of COCO, as its evaluation server takes them.
///
/// Detections go to the file as they come; nothing but a buffer is kept. The file is written under a
/// temporary name and renamed by ``finish()``; without that call nothing is left behind. Detections from
/// several threads come out whole.
///
/// ```json
/// [{"image_id":139,"category_id":1,"segmentation":{"size":[426,640],"counts":"..."},"score":0.93}]
/// ```
public final class ResultsWriter: Sendable {
    /// What is written of a detection.
    public enum Contents: String, Sendable, Hashable, CaseIterable {
        /// The box, for the server's `bbox` challenge.
        case boxes
        /// The mask, for the `segm` challenge.
        case masks
        /// Both. COCO's tools then take sizes from the boxes for both comparisons, which shifts AP and
        /// AR of small, medium and large masks.
        case both
    }

    /// What is written of each detection.
    public let contents: Contents
    /// Decimals that boxes are rounded to; nil for as many as it takes to read the same number back.
    public let boxDecimals: Int?
    private let output: FrameRecordWriter
    /// Whether nothing but the opening bracket has been written.
    private let isEmpty = Mutex(true)

    /// Opens a file for writing.
    ///
    /// - Parameters:
    ///   - path: The file; "-" means standard output.
    ///   - contents: What is written of each detection.
    ///   - boxDecimals: Decimals that boxes are rounded to, 0...15; nil for as many as it takes to read
    ///     the same number back. The official YOLACT program writes 1.
    ///   - overwrite: Whether an existing file may be replaced.
    /// - Throws: ``FrameRecordError``.
    public init(
        path: String, contents: Contents, boxDecimals: Int? = 2, overwrite: Bool
    ) throws(FrameRecordError) {
        precondition(boxDecimals.map { (0...15).contains($0) } ?? true)
        self.contents = contents
        self.boxDecimals = boxDecimals
        output = try FrameRecordWriter(path: path, overwrite: overwrite)
        try output.write { $0.append(UInt8(ascii: "[")) }
    }

    /// Writes the detections of an image. A box that is missing is that of the mask; a detection without
    /// a mask is left out where masks are written.
    ///
    /// - Throws: ``FrameRecordError``.
    public func write(
        _ detections: [EvaluationDetection], imageID: Int
    ) throws(FrameRecordError) {
        try isEmpty.withLock { isEmpty throws(FrameRecordError) in
            for detection in detections where contents == .boxes || detection.mask != nil {
                guard let box = detection.box ?? detection.mask.map({ MeasuredMask($0).box }) else {
                    continue
                }
                let isFirst = isEmpty
                try output.write { bytes in
                    bytes.append(contentsOf: (isFirst ? "\n" : ",\n").utf8)
                    detection.appendResult(
                        box, imageID: imageID, contents, boxDecimals: boxDecimals, to: &bytes)
                }
                isEmpty = false
            }
        }
    }

    /// Completes the file and gives it its name.
    ///
    /// - Throws: ``FrameRecordError``. The file does not appear then.
    public func finish() throws(FrameRecordError) {
        try output.write { $0.append(contentsOf: "\n]\n".utf8) }
        try output.finish()
    }

    /// Gives up: nothing is left behind. Does nothing once finished.
    public func discard() { output.discard() }
}

extension EvaluationDetection {
    /// Appends the detection as an object of COCO's results format.
    func appendResult(
        _ box: EvaluationBox, imageID: Int, _ contents: ResultsWriter.Contents, boxDecimals: Int?,
        to bytes: inout [UInt8]
    ) {
        bytes.append(
            contentsOf: "{\"image_id\":\(imageID),\"category_id\":\(categoryID)".utf8)
        if contents != .masks {
            let sides = [box.x, box.y, box.width, box.height].map {
                "\(Self.rounded($0, boxDecimals))"
            }
            bytes.append(contentsOf: ",\"bbox\":[\(sides.joined(separator: ","))]".utf8)
        }
        if contents != .boxes, let mask {
            bytes.append(
                contentsOf: ",\"segmentation\":{\"size\":[\(mask.height),\(mask.width)]".utf8)
            bytes.append(contentsOf: ",\"counts\":\"".utf8)
            mask.appendCompressedCounts(to: &bytes, doublesBackslashes: true)
            bytes.append(contentsOf: "\"}".utf8)
        }
        bytes.append(contentsOf: ",\"score\":\(score)}".utf8)
    }

    private static func rounded(_ value: Double, _ decimals: Int?) -> Double {
        guard let decimals else { return value }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        return (value * scale).rounded() / scale
    }
}
