import CFFmpeg

extension Orientation {
    /// What a decoded frame says about itself, as photographs and some streams do; nil where it says nothing.
    init?(of frame: UnsafePointer<AVFrame>) {
        guard let data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX),
            data.pointee.size >= 36, let bytes = data.pointee.data
        else { return nil }
        self = UnsafeRawPointer(bytes).withMemoryRebound(to: Int32.self, capacity: 9) {
            Orientation(displayMatrix: $0)
        }
    }
}
