import CFFmpeg

extension EncoderChoice {
    /// Whether the encoder has an option of its own of that name.
    func hasOption(_ name: String) -> Bool {
        guard var options = codec.pointee.priv_class else { return false }
        return withUnsafeMutablePointer(to: &options) { pointer in
            av_opt_find(
                UnsafeMutableRawPointer(pointer), name, nil, 0, AV_OPT_SEARCH_FAKE_OBJ) != nil
        }
    }

    /// What is wrong with the value of an option, and what the encoder has instead; nil where it takes the
    /// value. FFmpeg is asked, with an encoder that is never opened.
    func problem(with value: String, for name: String) throws -> String? {
        let context = try allocated(avcodec_alloc_context3(codec), "an encoder")
        var freed: UnsafeMutablePointer<AVCodecContext>? = context
        defer { avcodec_free_context(&freed) }
        guard let option = av_opt_find(context, name, nil, 0, AV_OPT_SEARCH_CHILDREN)?.pointee
        else { return "it has no option named \(name)" }
        let (code, _) = FFmpegLog.collecting {
            av_opt_set(context, name, value, AV_OPT_SEARCH_CHILDREN)
        }
        let range = range(of: option, named: name)
        if code >= 0, let number = Double(value), let range, !range.contains(number) {
            return Self.outside(range, name, value)
        }
        guard code < 0 else { return nil }
        let names = Self.values(of: option, in: context)
        if !names.isEmpty {
            return "it has no \(name) '\(value)'; there are: " + names.joined(separator: ", ")
        }
        return range.map { Self.outside($0, name, value) } ?? "\(name) cannot be '\(value)'"
    }

    /// The numbers that an option may be; nil where it is no number.
    private func range(of option: AVOption, named name: String) -> ClosedRange<Double>? {
        let numbers = [
            AV_OPT_TYPE_INT, AV_OPT_TYPE_INT64, AV_OPT_TYPE_UINT64, AV_OPT_TYPE_FLOAT,
            AV_OPT_TYPE_DOUBLE, AV_OPT_TYPE_BOOL,
        ]
        guard numbers.contains(option.type), option.min <= option.max else { return nil }
        guard name == "crf" else { return option.min...option.max }
        // Below 0 stands for "not set". Where FFmpeg knows no end, as for x264 and x265, which clip or
        // refuse in their own words, it is that of the quantiser of the codec.
        let hasQuantiserTo51 = [AV_CODEC_ID_H264, AV_CODEC_ID_HEVC].contains(id)
        return max(0, option.min)...(hasQuantiserTo51 ? min(51, option.max) : option.max)
    }

    private static func outside(
        _ range: ClosedRange<Double>, _ name: String, _ value: String
    ) -> String {
        func plain(_ number: Double) -> String {
            Int(exactly: number).map { "\($0)" } ?? "\(number)"
        }
        let given = Double(value).map(plain) ?? value
        return
            "\(name) must lie between \(plain(range.lowerBound)) and \(plain(range.upperBound)), "
            + "not be \(given)"
    }

    /// The words that an option takes.
    private static func values(
        of option: AVOption, in context: UnsafeMutablePointer<AVCodecContext>
    ) -> [String] {
        guard let unit = text(option.unit) else { return [] }
        var names: [String] = []
        for object in [UnsafeMutableRawPointer(context), context.pointee.priv_data] {
            guard let object else { continue }
            var next = av_opt_next(object, nil)
            while let entry = next {
                let isValue = entry.pointee.type == AV_OPT_TYPE_CONST
                if isValue, text(entry.pointee.unit) == unit, let name = text(entry.pointee.name) {
                    names.append(name)
                }
                next = av_opt_next(object, entry)
            }
        }
        return names
    }
}
