import CFFmpeg

extension Encoder {
    /// The options of the one encoder chosen: rate factor, preset and what the user adds, each checked.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite` with what the encoder has instead.
    static func options(
        of choice: EncoderChoice, _ options: VideoWriter.Options, path: String
    ) throws -> [String: String] {
        func refuse(_ reason: String) -> VideoError {
            VideoError(
                .cannotWrite, path: path, operation: "open the encoder \(choice.name)",
                reason: reason)
        }
        var result: [String: String] = [:]
        if choice.hasOption("crf") {
            if let crf = options.crf ?? (choice.name == "libx264" ? 20 : nil) {
                result["crf"] = "\(crf)"
            }
        } else if options.crf != nil {
            throw refuse("it has no rate factor (crf)")
        }
        if choice.hasOption("preset") {
            if let preset = options.preset ?? (choice.name == "libx264" ? "veryfast" : nil) {
                if let problem = problem(withPreset: preset, of: choice.name) {
                    throw refuse(problem)
                }
                result["preset"] = preset
            }
        } else if options.preset != nil {
            throw refuse("it has no preset")
        }
        if choice.name == "libvpx-vp9" || choice.name == "libvpx" {
            // Their own defaults are a bit rate for tiny pictures and a speed for overnight jobs.
            result["b"] = choice.name == "libvpx" ? "4M" : "0"
            result["crf"] = result["crf"] ?? "31"
            result["deadline"] = "good"
            result["cpu-used"] = "4"
        }
        result.merge(options.encoderOptions) { $1 }
        for (name, value) in result.sorted(by: { $0.key < $1.key }) {
            if let problem = try choice.problem(with: value, for: name) { throw refuse(problem) }
        }
        return result
    }

    /// The same with what the library itself has to be told.
    static func privateOptions(
        _ choice: EncoderChoice, settings: Settings, path: String
    ) throws -> [String: String] {
        var result = try options(of: choice, settings.options, path: path)
        for (option, own) in ownSettings(choice, settings) {
            result[option] = result[option].map { "\(own):\($0)" } ?? own
        }
        return result
    }
}
