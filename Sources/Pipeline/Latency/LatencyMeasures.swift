/// The histograms of a run: what is told of every frame, and of every frame at every stage.
public struct LatencyMeasures: Sendable, Hashable {
    /// From the picture's being taken to the end of the last stage, of frames where that is known.
    public var captureToWrite = LatencyHistogram()
    /// From arrival to the end of the last stage.
    public var arrivalToWrite = LatencyHistogram()
    /// From arrival until the frame had left the encoder.
    public var arrivalToOutput = LatencyHistogram()
    /// Between one frame's end at the last stage and the next one's.
    public var writeInterval = LatencyHistogram()
    /// Work on a frame, by stage.
    public var service: [LatencyHistogram]
    /// Time before a stage that nobody worked on the frame, by stage.
    public var wait: [LatencyHistogram]

    /// Creates empty histograms.
    public init(stages: Int) {
        service = Array(repeating: LatencyHistogram(), count: stages)
        wait = service
    }

    /// Adds what another run measured with the same stages.
    public mutating func merge(_ other: LatencyMeasures) {
        captureToWrite.merge(other.captureToWrite)
        arrivalToWrite.merge(other.arrivalToWrite)
        arrivalToOutput.merge(other.arrivalToOutput)
        writeInterval.merge(other.writeInterval)
        for stage in service.indices {
            service[stage].merge(other.service[stage])
            wait[stage].merge(other.wait[stage])
        }
    }

    /// The histograms with stable names, such as `arrivalToWrite` and `service.backbone`.
    ///
    /// - Parameter stages: Names of the stages.
    public func named(_ stages: [String]) -> [(name: String, histogram: LatencyHistogram)] {
        [
            ("captureToWrite", captureToWrite), ("arrivalToWrite", arrivalToWrite),
            ("arrivalToOutput", arrivalToOutput), ("writeInterval", writeInterval),
        ] + zip(stages, service).map { ("service.\($0)", $1) }
            + zip(stages, wait).map { ("wait.\($0)", $1) }
    }
}
