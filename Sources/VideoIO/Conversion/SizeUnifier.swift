import CFFmpeg
import Synchronization

/// Gives all frames of a video the size of the first one, so that everything behind the decoder, from masks
/// and identities to records and labels, has one system of coordinates: that of the picture that is written.
///
/// A frame of another size is scaled as far as it fits, in proportion, and framed in black. Safe to use from
/// any thread; frames have to come in order.
public final class SizeUnifier: Sendable {
    private struct State {
        var first: (fitter: FrameFitter, format: PixelFormat, colour: ColourDescription)?
        var resizedFrames = 0
    }

    private let state = Mutex(State())
    private let pool = FramePool()

    /// Creates a unifier that has seen no frame.
    public init() {}

    /// Frames that were scaled.
    public var resizedFrames: Int { state.withLock { $0.resizedFrames } }

    /// A frame in the size of the first one: itself where it has that size, else a copy in the pixel format
    /// and the colour equations of the first, with the frame's own times.
    ///
    /// - Throws: ``VideoError`` when memory runs out.
    public func unify(_ frame: VideoFrame) throws -> VideoFrame {
        try state.withLock { state in
            guard let (fitter, format, colour) = state.first else {
                let fitter = FrameFitter(
                    first: frame, format: EncoderChoice.SampleFormat(format: frame.format.raw),
                    acceptsOddSizes: true)
                state.first = (fitter, frame.format, frame.colour)
                return frame
            }
            guard frame.width != fitter.width || frame.height != fitter.height else { return frame }
            let fitted = try fitter.fit(frame).frame
            state.resizedFrames += 1
            // They speak of the picture as it was coded.
            av_frame_remove_side_data(fitted, AV_FRAME_DATA_MOTION_VECTORS)
            let made = VideoFrame(
                adopting: fitted, format: format, timeBase: frame.timeBase,
                codedHeight: colour.pictureHeight, orientation: frame.sourceOrientation, pool: pool)
            made.timing = frame.timing
            made.isSuspect = frame.isSuspect
            return made
        }
    }
}
