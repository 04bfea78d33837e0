import CFFmpeg
import Synchronization

/// Hears the errors that a decoder logs, whichever of its threads says them.
///
/// A decoder that works on several frames at a time has a context for each, copied from the one that was opened,
/// and logs under that. What the copies share is the user's own pointer, which leads here.
final class DecoderLog: Sendable {
    private let state = Mutex<(count: Int, latest: String?)>((0, nil))

    /// Errors so far.
    var count: Int { state.withLock { $0.count } }
    /// The words of the latest one.
    var latest: String? { state.withLock { $0.latest } }

    /// Hears a decoder that has not been opened yet, and must not outlive this object.
    func listen(to context: UnsafeMutablePointer<AVCodecContext>) {
        context.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
    }

    /// Who hears what is logged under a context of any kind.
    static func listener(to context: UnsafeMutableRawPointer?) -> DecoderLog? {
        // Everything that logs begins with a pointer to its class.
        guard let context,
            context.load(as: UnsafePointer<AVClass>?.self) == avcodec_get_class()
        else { return nil }
        let codec = context.assumingMemoryBound(to: AVCodecContext.self)
        return codec.pointee.opaque.map {
            Unmanaged<DecoderLog>.fromOpaque($0).takeUnretainedValue()
        }
    }

    func note(_ text: String) {
        state.withLock { state in
            state.count += 1
            state.latest = text
        }
    }
}
