import CFFmpeg

extension Muxer {
    /// Tags that describe the source's container or coding, not its content.
    private static let containerTags: Set<String> = [
        "major_brand", "minor_version", "compatible_brands", "encoder", "duration", "rotate",
        "number_of_frames", "number_of_bytes", "bps",
    ]

    /// Copies the tags of the whole file, and its chapters, moved and cut like the frames.
    func copyMetadata(of source: MediaInfo) throws {
        Self.setTags(source.metadata, in: &context.pointee.metadata)
        let chapters = Self.chapters(of: source)
        guard !chapters.isEmpty else { return }
        let size = MemoryLayout<UnsafeMutablePointer<AVChapter>?>.stride
        let array = try allocated(av_calloc(chapters.count, size), "chapters")
        // The container frees the array and as many chapters as it counts.
        context.pointee.chapters = array.assumingMemoryBound(
            to: UnsafeMutablePointer<AVChapter>?.self)
        for (index, chapter) in chapters.enumerated() {
            let made = try allocated(
                av_mallocz(MemoryLayout<AVChapter>.size), "a chapter"
            ).assumingMemoryBound(to: AVChapter.self)
            made.pointee.id = chapter.id
            made.pointee.time_base = chapter.timeBase.raw
            made.pointee.start = chapter.start
            made.pointee.end = chapter.end
            Self.setTags(chapter.metadata, in: &made.pointee.metadata)
            context.pointee.chapters[index] = made
            context.pointee.nb_chapters += 1
        }
    }

    /// Copies tags and purpose of a stream.
    static func copyDescription(
        of source: StreamInfo, to stream: UnsafeMutablePointer<AVStream>
    ) {
        setTags(source.metadata, in: &stream.pointee.metadata)
        stream.pointee.disposition = source.disposition.rawValue
    }

    /// Copies side data of a stream that stay true.
    static func copySideData(
        of source: StreamInfo, to stream: UnsafeMutablePointer<AVStream>,
        where isWanted: (AVPacketSideDataType) -> Bool
    ) throws {
        for entry in source.parameters.sideData where isWanted(entry.type) {
            let memory = try allocated(
                yv_stream_new_side_data(stream, entry.type, entry.bytes.count), "side data")
            entry.bytes.withUnsafeBufferPointer { bytes in
                if let start = bytes.baseAddress { memory.update(from: start, count: bytes.count) }
            }
        }
    }

    private static func setTags(_ tags: [String: String], in target: inout OpaquePointer?) {
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            let plain = key.lowercased()
            // Matroska adds its statistics as "BPS-eng" and "_STATISTICS_TAGS".
            let stem = plain.split(separator: "-").first.map(String.init) ?? plain
            if containerTags.contains(stem) || plain.hasPrefix("_statistics") { continue }
            av_dict_set(&target, key, value, 0)
        }
    }

    /// The chapters on the shifted line that overlap with what is read.
    private static func chapters(of source: MediaInfo) -> [MediaInfo.Chapter] {
        let origin = (source.startTime ?? 0) + source.timestampShift
        let first = source.selection.map { origin + $0.start }
        let last = source.selection?.end.map { origin + $0 }
        return source.chapters.compactMap { chapter in
            let unit = chapter.timeBase.doubleValue
            guard unit > 0 else { return nil }
            let shift = Int64((source.timestampShift / unit).rounded())
            var (start, end) = (chapter.start &+ shift, chapter.end &+ shift)
            if let first { start = max(start, Int64((first / unit).rounded())) }
            if let last { end = min(end, Int64((last / unit).rounded())) }
            guard start < end || source.selection == nil else { return nil }
            return MediaInfo.Chapter(
                id: chapter.id, start: start, end: end, timeBase: chapter.timeBase,
                metadata: chapter.metadata)
        }
    }
}
