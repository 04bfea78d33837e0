import CFFmpeg

/// Whether a frame was taken at once, or as two fields of alternate rows one after the other.
public enum FieldOrder: Sendable, Hashable {
    /// All rows are of one time.
    case progressive
    /// The rows 0, 2, 4 and so on are the earlier ones.
    case topFirst
    /// The rows 1, 3, 5 and so on are the earlier ones.
    case bottomFirst
}

extension FieldOrder {
    /// What a decoder says of a frame.
    init(_ frame: UnsafePointer<AVFrame>) {
        guard yv_frame_is_interlaced(frame) else {
            self = .progressive
            return
        }
        self = yv_frame_is_top_first(frame) ? .topFirst : .bottomFirst
    }

    /// What a container or codec says of a stream.
    init(_ order: AVFieldOrder) {
        switch order {
        case AV_FIELD_TT, AV_FIELD_TB: self = .topFirst
        case AV_FIELD_BB, AV_FIELD_BT: self = .bottomFirst
        default: self = .progressive
        }
    }

    /// The order for an encoder, which gets both fields in one frame.
    func raw(for codec: AVCodecID) -> AVFieldOrder {
        // Motion JPEG codes each field as a picture.
        let isSeparate = codec == AV_CODEC_ID_MJPEG
        return switch self {
        case .progressive: AV_FIELD_PROGRESSIVE
        case .topFirst: isSeparate ? AV_FIELD_TT : AV_FIELD_TB
        case .bottomFirst: isSeparate ? AV_FIELD_BB : AV_FIELD_BT
        }
    }

    /// The order of a picture that was turned: rows that became columns are no fields any more.
    func turned(_ orientation: Orientation, height: Int) -> FieldOrder {
        if orientation.swapsAxes { return .progressive }
        let swapsFields = orientation.reversesRows && height.isMultiple(of: 2)
        return switch self {
        case .progressive: .progressive
        case .topFirst: swapsFields ? .bottomFirst : .topFirst
        case .bottomFirst: swapsFields ? .topFirst : .bottomFirst
        }
    }

    /// Tags a frame.
    func apply(to frame: UnsafeMutablePointer<AVFrame>) {
        yv_frame_set_fields(frame, self != .progressive, self == .topFirst)
    }
}
