import CFFmpeg

// What x264 and x265 need told because they write to standard error themselves, past FFmpeg's log.

extension Encoder {
    /// The presets of x264 and x265, which share their names.
    private static let presets = [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
        "veryslow", "placebo",
    ]

    /// Says what is wrong with a preset before x264 says it in a line of its own.
    static func problem(withPreset preset: String, of encoder: String) -> String? {
        guard ["libx264", "libx264rgb", "libx265"].contains(encoder) else { return nil }
        // Both take the position in the list as well.
        if let number = Int(preset), presets.indices.contains(number) { return nil }
        if presets.contains(preset) { return nil }
        return "it has no preset '\(preset)'; there are: " + presets.joined(separator: ", ")
    }

    /// Settings in the words of the library itself, by the name of the option that takes them; what the
    /// user gives there follows, and so goes before.
    static func ownSettings(_ choice: EncoderChoice, _ settings: Settings) -> [String: String] {
        let colour = settings.colour
        // Neither writes a range that stands alone, unless it is full.
        let isRangeAlone =
            colour.range == .limited && colour.matrix == .unspecified
            && colour.primaries == .unspecified && colour.transfer == .unspecified
        var words: [String] = []
        switch choice.name {
        case "libx264":
            // Otherwise x264 declares the time base to be the frame rate (15,360 frames a second, say),
            // and players and parsers believe it. Timestamps stay as they are.
            if settings.hasConstantRate { words.append("force-cfr=1") }
            // FFmpeg tells x264 of the order only after the headers are written.
            if settings.fieldOrder == .bottomFirst, codesFields(settings, name: choice.name) {
                words.append("bff=1")
            }
            // "Component" says nothing about the samples, but x264 writes the range beside it.
            if isRangeAlone { words.append("videoformat=component") }
            return words.isEmpty ? [:] : ["x264-params": words.joined(separator: ":")]
        case "libx265":
            if av_log_get_level() < LogLevel.info.rawValue { words.append("log-level=none") }
            if isRangeAlone { words.append("range=limited") }
            words += settings.displayMetadata.x265Words
            return words.isEmpty ? [:] : ["x265-params": words.joined(separator: ":")]
        default: return [:]
        }
    }
}
