public import Model
public import VideoIO

extension VideoFrame {
    /// Lends the frame's planes as what the network reads, without copying them: the way from a decoded
    /// frame to `Segmenter`.
    ///
    /// - Parameter body: Gets a view of the picture, `width` by `height` pixels, with the equations
    ///   that turn its samples into RGB. The view is valid only inside `body`.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    public func withImage<R>(_ body: (ImageView) throws -> R) rethrows -> R {
        let layout = YUVLayout(
            chromaShiftX: format.chromaShiftX, chromaShiftY: format.chromaShiftY,
            bitDepth: format.bitDepth, lowPadding: format.lowPadding,
            isSemiPlanar: format.isSemiPlanar, redWeight: colour.redWeight,
            blueWeight: colour.blueWeight, isFullRange: colour.isFullRange)
        return try withPlanes { planes in
            try body(
                ImageView(
                    width: width, height: height, layout: .yuv(layout),
                    planes: planes.lazy.map {
                        ImageView.Plane(bytes: $0.bytes, bytesPerRow: $0.bytesPerRow)
                    }))
        }
    }

    /// The equations between the frame's samples and RGB, for painting.
    var overlayColourSpace: OverlayColourSpace {
        OverlayColourSpace(
            redWeight: colour.redWeight, blueWeight: colour.blueWeight,
            isFullRange: colour.isFullRange)
    }
}
