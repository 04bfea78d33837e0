import Model
import VideoIO

// What travels from stage to stage. Each type holds what the next stages need and nothing else.

/// decode -> preprocess: a frame as it was decoded, and its number from 0.
struct DecodedFrame: Sendable {
    var number: Int
    /// Number among those that entered the pipeline, from 0.
    var sequence: Int
    var frame: VideoFrame

    init(number: Int, sequence: Int? = nil, frame: VideoFrame) {
        self.number = number
        self.sequence = sequence ?? number
        self.frame = frame
    }
}

/// preprocess -> backbone.
struct PreparedFrame: Sendable {
    var source: DecodedFrame
    var input: InputTensor
}

/// backbone -> heads.
struct FeatureFrame: Sendable {
    var source: DecodedFrame
    var features: BackboneFeatures
}

/// heads -> NMS.
struct PredictedFrame: Sendable {
    var source: DecodedFrame
    var outputs: RawOutputs
}

/// NMS -> assembly.
struct DetectedFrame: Sendable {
    var source: DecodedFrame
    var outputs: RawOutputs
    var detections: [Detection]
}

/// assembly -> track -> overlay, and overlay -> encode once painted.
struct SegmentedFrame: Sendable {
    var source: DecodedFrame
    var instances: [Instance]
}
