import CFFmpeg

/// Where a decoder took the pixels of a block from.
public struct MotionVector: Sendable, Hashable {
    /// Column of the block's centre.
    public var x: Int
    /// Row of the block's centre.
    public var y: Int
    /// Columns of the block.
    public var width: Int
    /// Rows of the block.
    public var height: Int
    /// From the block to where its pixels come from, in columns.
    public var dx: Float
    /// From the block to where its pixels come from, in rows.
    public var dy: Float
    /// Whether they come from a frame that is shown later. Which of the frames before or after it is, the
    /// decoder does not tell.
    public var isFromLater: Bool

    /// Creates a vector.
    public init(
        x: Int, y: Int, width: Int, height: Int, dx: Float, dy: Float, isFromLater: Bool
    ) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.dx = dx
        self.dy = dy
        self.isFromLater = isFromLater
    }
}

extension VideoFrame {
    /// The decoder's motion vectors, in its order. Empty unless ``VideoReader/Options/exportsMotion`` was
    /// set, for frames without prediction, for turned frames, and for codecs whose decoder has none to
    /// give: H.264 and MPEG-4 have them, HEVC, VP9 and AV1 do not.
    public var motionVectors: [MotionVector] {
        withExtendedLifetime(self) {
            guard let data = av_frame_get_side_data(raw, AV_FRAME_DATA_MOTION_VECTORS),
                let bytes = data.pointee.data
            else { return [] }
            let count = Int(data.pointee.size) / MemoryLayout<AVMotionVector>.stride
            return UnsafeRawPointer(bytes).withMemoryRebound(
                to: AVMotionVector.self, capacity: count
            ) { vectors in
                UnsafeBufferPointer(start: vectors, count: count).map { vector in
                    let scale = Float(max(1, vector.motion_scale))
                    return MotionVector(
                        x: Int(vector.dst_x), y: Int(vector.dst_y), width: Int(vector.w),
                        height: Int(vector.h), dx: Float(vector.motion_x) / scale,
                        dy: Float(vector.motion_y) / scale, isFromLater: vector.source > 0)
                }
            }
        }
    }
}
