import Pipeline

// The files of options that several commands have.

extension CommandFiles {
    /// What makes up the model.
    mutating func read(_ model: ModelOptions) {
        // A name may be that of a downloaded model; that there is none is told when it is opened.
        read(
            model.weights.map { (try? ModelOptions.path(ofWeights: $0)) ?? $0 }, as: "--weights")
        read(model.details)
    }

    /// What tells about the model beside its weights.
    mutating func read(_ details: ConfigurationOptions) {
        read(details.config, as: "--config")
        read(details.classNames, as: "--class-names")
    }

    /// The directory of a latency report, or one in it for each of several cameras.
    mutating func write(_ latency: LatencyArguments, cameras: [String] = [], _ existing: Existing) {
        let files =
            cameras.count > 1
            ? cameras.flatMap { camera in LatencyReportFiles.names.map { "\(camera)/\($0)" } }
            : LatencyReportFiles.names
        write(into: latency.latencyReport, as: "--latency-report", files: files, existing)
        guard let directory = latency.latencyReport, cameras.count > 1 else { return }
        for camera in cameras {
            write(into: "\(directory)/\(camera)", as: "--latency-report", files: [], existing)
        }
    }
}
