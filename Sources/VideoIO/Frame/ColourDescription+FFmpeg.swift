import CFFmpeg

extension ColourDescription {
    /// The tags of a decoded frame.
    init(_ frame: borrowing AVFrame, pictureHeight: Int) {
        self.init(
            matrix: ColourMatrix(rawValue: Int32(frame.colorspace.rawValue)),
            primaries: ColourPrimaries(rawValue: Int32(frame.color_primaries.rawValue)),
            transfer: ColourTransfer(rawValue: Int32(frame.color_trc.rawValue)),
            range: ColourRange(rawValue: Int32(frame.color_range.rawValue)) ?? .unspecified,
            chromaLocation: ChromaLocation(rawValue: Int32(frame.chroma_location.rawValue))
                ?? .unspecified,
            pictureHeight: pictureHeight)
    }

    /// The tags of a stream.
    init(_ parameters: borrowing AVCodecParameters) {
        self.init(
            matrix: ColourMatrix(rawValue: Int32(parameters.color_space.rawValue)),
            primaries: ColourPrimaries(rawValue: Int32(parameters.color_primaries.rawValue)),
            transfer: ColourTransfer(rawValue: Int32(parameters.color_trc.rawValue)),
            range: ColourRange(rawValue: Int32(parameters.color_range.rawValue)) ?? .unspecified,
            chromaLocation: ChromaLocation(rawValue: Int32(parameters.chroma_location.rawValue))
                ?? .unspecified,
            pictureHeight: Int(parameters.height))
    }

    /// Tags a frame with these values.
    func apply(to frame: UnsafeMutablePointer<AVFrame>) {
        frame.pointee.colorspace = matrix.raw
        frame.pointee.color_primaries = primaries.raw
        frame.pointee.color_trc = transfer.raw
        frame.pointee.color_range = range.raw
        frame.pointee.chroma_location = chromaLocation.raw
    }
}

extension ColourMatrix {
    var raw: AVColorSpace { AVColorSpace(rawValue: AVColorSpace.RawValue(rawValue)) }
    /// FFmpeg's short name, "bt709"; nil where untagged or unknown.
    public var name: String? {
        self == .unspecified ? nil : text(av_color_space_name(raw))
    }
}

extension ColourPrimaries {
    var raw: AVColorPrimaries { AVColorPrimaries(rawValue: AVColorPrimaries.RawValue(rawValue)) }
    /// FFmpeg's short name, "bt709"; nil where untagged or unknown.
    public var name: String? {
        self == .unspecified ? nil : text(av_color_primaries_name(raw))
    }
}

extension ColourTransfer {
    var raw: AVColorTransferCharacteristic {
        AVColorTransferCharacteristic(
            rawValue: AVColorTransferCharacteristic.RawValue(rawValue))
    }
    /// FFmpeg's short name, "smpte2084"; nil where untagged or unknown.
    public var name: String? {
        self == .unspecified ? nil : text(av_color_transfer_name(raw))
    }
}

extension ColourRange {
    var raw: AVColorRange { AVColorRange(rawValue: AVColorRange.RawValue(rawValue)) }
}

extension ChromaLocation {
    var raw: AVChromaLocation { AVChromaLocation(rawValue: AVChromaLocation.RawValue(rawValue)) }
}
