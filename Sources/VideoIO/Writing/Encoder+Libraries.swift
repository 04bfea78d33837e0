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
    static func ownSettings(_ encoder: String, hasConstantRate: Bool) -> (String, String)? {
        switch encoder {
        case "libx264" where hasConstantRate:
            // Otherwise x264 declares the time base to be the frame rate (15,360 frames a second, say),
            // and players and parsers believe it. Timestamps stay as they are.
            ("x264-params", "force-cfr=1")
        case "libx265" where av_log_get_level() < LogLevel.info.rawValue:
            ("x265-params", "log-level=none")
        default: nil
        }
    }
}
