import CFFmpeg

/// An owned FFmpeg dictionary of options or tags.
struct FFmpegDictionary: ~Copyable {
    var raw: OpaquePointer?

    init(_ entries: [String: String] = [:]) {
        for (key, value) in entries { av_dict_set(&raw, key, value, 0) }
    }

    deinit {
        var raw = raw
        av_dict_free(&raw)
    }

    /// The keys; after a call that takes options, those that nobody used.
    var keys: [String] { dictionary(raw).keys.sorted() }
}
