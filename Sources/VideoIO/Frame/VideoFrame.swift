import CFFmpeg

/// A decoded picture with its timing and colour.
///
/// Everything but the samples is fixed. The samples are shared with the decoder until
/// ``withMutablePlanes(_:)`` is called, which gives the frame memory of its own first.
///
/// `@unchecked Sendable`: all stored properties are constants but ``timing``, ``sourceTime`` and
/// ``isSuspect``, which the reader sets before it gives the frame out, and the memory behind `raw` is changed by
/// ``withMutablePlanes(_:)`` alone. Any number of threads may read a frame; a thread that paints
/// has to be its only user at that time, as the stages of a pipeline are that hand frames on.
public final class VideoFrame: @unchecked Sendable {
    /// Picture width in pixels.
    public let width: Int
    /// Picture height in pixels.
    public let height: Int
    /// How the samples lie.
    public let format: PixelFormat
    /// What the samples mean.
    public let colour: ColourDescription
    /// When the frame is shown, in ``timeBase`` units; nil only for frames that were given none.
    public let presentationTimestamp: Int64?
    /// Seconds per unit of ``presentationTimestamp`` and ``duration``.
    public let timeBase: Rational
    /// How long the frame is shown, in ``timeBase`` units; 0 where unknown.
    public let duration: Int64
    /// Width of a pixel over its height; 0/1 where unknown.
    public let sampleAspectRatio: Rational
    /// How the source asked to be turned; informative, the samples are upright already.
    public let sourceOrientation: Orientation
    /// Whether the frame holds two fields of different times, and which is the earlier one.
    public let fieldOrder: FieldOrder
    /// Whether the frame holds two fields of different times.
    public var isInterlaced: Bool { fieldOrder != .progressive }
    /// When the frame came in; nil for one that no reader gave out.
    public internal(set) var timing: FrameTiming?
    /// Where the frame lies in its source: seconds from the source's first timestamp. Given to
    /// ``VideoReader/Options/start``, it is where reading begins with this frame. It does not depend on where
    /// reading began, as ``presentationTime`` does, which is a place in what is read. Nil for one that no
    /// ``VideoReader`` gave out.
    public internal(set) var sourceTime: Double?
    /// Whether data before the frame were lost or damaged, and no keyframe has come since: the picture may
    /// look wrong. Set by the reader, like ``timing``.
    public internal(set) var isSuspect = false
    /// Whether it was decoded from a keyframe.
    public var isKeyframe: Bool { yv_frame_is_key(raw) }

    let raw: UnsafeMutablePointer<AVFrame>
    let pool: FramePool

    /// Takes over a frame, whose format has to be one of ``PixelFormat``'s.
    init(
        adopting raw: UnsafeMutablePointer<AVFrame>, format: PixelFormat, timeBase: Rational,
        codedHeight: Int, orientation: Orientation, pool: FramePool
    ) {
        self.raw = raw
        self.pool = pool
        self.format = format
        self.timeBase = timeBase
        width = Int(raw.pointee.width)
        height = Int(raw.pointee.height)
        colour = ColourDescription(raw.pointee, pictureHeight: codedHeight)
        presentationTimestamp = timestamp(raw.pointee.pts)
        duration = max(0, yv_frame_duration(raw))
        sampleAspectRatio = Rational(raw.pointee.sample_aspect_ratio)
        sourceOrientation = orientation
        fieldOrder = FieldOrder(raw)
    }

    /// Creates a black frame.
    ///
    /// - Throws: ``VideoError`` when there is no memory for these sizes.
    public convenience init(
        width: Int, height: Int, format: PixelFormat, colour: ColourDescription? = nil,
        presentationTimestamp: Int64? = nil, timeBase: Rational = Rational(1, 1000),
        duration: Int64 = 0, sampleAspectRatio: Rational = Rational(0, 1)
    ) throws {
        let pool = FramePool()
        let raw = try pool.makeFrame(
            width: Int32(clamping: width), height: Int32(clamping: height), format: format.raw)
        let colour = colour ?? ColourDescription(pictureHeight: height)
        colour.apply(to: raw)
        raw.pointee.pts = presentationTimestamp ?? YV_NOPTS_VALUE
        yv_frame_set_duration(raw, duration)
        raw.pointee.sample_aspect_ratio = sampleAspectRatio.raw
        fillBlack(raw)
        self.init(
            adopting: raw, format: format, timeBase: timeBase, codedHeight: colour.pictureHeight,
            orientation: .upright, pool: pool)
    }

    /// The same samples, not copied, with another time.
    ///
    /// - Parameters:
    ///   - timestamp: When the new frame is shown.
    ///   - timeBase: Seconds per unit of it.
    ///   - duration: How long it is shown.
    /// - Throws: ``VideoError`` when memory runs out.
    public func retimed(
        to timestamp: Int64, timeBase: Rational, duration: Int64
    ) throws -> VideoFrame {
        let copy = try allocated(av_frame_alloc(), "a frame")
        let code = av_frame_ref(copy, raw)
        guard code >= 0 else {
            free(copy)
            throw VideoError(.internal, path: "", operation: "refer to a frame", code: code)
        }
        copy.pointee.pts = timestamp
        yv_frame_set_duration(copy, duration)
        let made = VideoFrame(
            adopting: copy, format: format, timeBase: timeBase, codedHeight: colour.pictureHeight,
            orientation: sourceOrientation, pool: pool)
        made.timing = timing
        made.isSuspect = isSuspect
        return made
    }

    deinit { free(raw) }

    /// When the frame is shown, in seconds; nil where it carries no timestamp.
    public var presentationTime: Double? {
        presentationTimestamp.map { Double($0) * timeBase.doubleValue }
    }

    /// Degrees clockwise by which the source asked to be turned: 0, 90, 180 or 270; informative.
    public var sourceRotation: Int { sourceOrientation.rotation }
}

/// Paints a whole frame black, in its own range.
func fillBlack(_ frame: UnsafeMutablePointer<AVFrame>) {
    frame.withPlanePointers { data, strides in
        var widened = (0..<4).map { Int(strides[$0]) }
        _ = av_image_fill_black(
            data, &widened, frame.pixelFormat, frame.pointee.color_range,
            frame.pointee.width, frame.pointee.height)
    }
}
