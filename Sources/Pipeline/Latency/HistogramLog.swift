public import Foundation
import Model

/// A log of histograms in HdrHistogram's format 1.3, which its tools read: a line for each histogram with a
/// tag, begin and length in seconds, the maximum, and the histogram itself.
public struct HistogramLog: Sendable, Hashable {
    /// A histogram and the time that it covers.
    public struct Entry: Sendable, Hashable {
        /// What was measured; no spaces or commas.
        public var tag: String
        /// Seconds after the log's start.
        public var start: Double
        /// Seconds.
        public var length: Double
        /// Durations in nanoseconds.
        public var histogram: LatencyHistogram

        /// Creates an entry.
        public init(tag: String, start: Double, length: Double, histogram: LatencyHistogram) {
            self.tag = tag
            self.start = start
            self.length = length
            self.histogram = histogram
        }
    }

    /// When the first entry begins.
    public var started: Date
    /// The histograms.
    public var entries: [Entry]

    /// Creates a log.
    public init(started: Date, entries: [Entry]) {
        self.started = started
        self.entries = entries
    }

    /// The log as text.
    ///
    /// - Throws: ``HistogramCodingError``.
    public func text() throws(HistogramCodingError) -> String {
        let epoch = String(format: "%.3f", started.timeIntervalSince1970)
        var text = """
            #[Histogram log format version 1.3]
            #[Logged by yolact-video; durations in nanoseconds]
            #[StartTime: \(epoch) (seconds since epoch), \(started.ISO8601Format())]
            "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"

            """
        for entry in entries {
            // The maximum is in milliseconds, as HdrHistogram's own logs have it.
            let numbers = String(
                format: "%.3f,%.3f,%.3f", entry.start, entry.length,
                Double(entry.histogram.maximum) / 1e6)
            text += "Tag=\(entry.tag),\(numbers),\(try entry.histogram.encoded())\n"
        }
        return text
    }

    /// Reads a log, also one that another tool has written.
    ///
    /// - Throws: ``LatencyFileError``, also where there is no histogram in it.
    public static func load(_ path: String) throws(LatencyFileError) -> HistogramLog {
        let text: Data
        do {
            text = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw LatencyFileError(
                kind: .unreadable, content: .log, path: path, reason: error.localizedDescription)
        }
        var log = HistogramLog(started: Date(timeIntervalSince1970: 0), entries: [])
        for (number, line) in LineReader.lines(text) {
            if line.hasPrefix("#[StartTime:") {
                let number = line.dropFirst(12).trimmingCharacters(in: .whitespaces)
                    .prefix { "0123456789.".contains($0) }
                log.started = Date(timeIntervalSince1970: Double(number) ?? 0)
            }
            if line.hasPrefix("#") || line.hasPrefix("\"") { continue }
            do throws(HistogramCodingError) {
                log.entries.append(try entry(line))
            } catch {
                throw LatencyFileError(
                    kind: .malformed, content: .log, path: path, reason: "line \(number): \(error)")
            }
        }
        guard !log.entries.isEmpty else {
            throw LatencyFileError(
                kind: .malformed, content: .log, path: path, reason: "it holds no histogram")
        }
        return log
    }

    private static func entry(_ line: String) throws(HistogramCodingError) -> Entry {
        var fields = line.split(separator: ",", omittingEmptySubsequences: false)
        var tag = ""
        if let first = fields.first, first.hasPrefix("Tag=") {
            tag = String(first.dropFirst(4))
            fields.removeFirst()
        }
        guard fields.count == 4, let start = Double(fields[0]), let length = Double(fields[1])
        else { throw .unsupported("no line of four fields") }
        return Entry(
            tag: tag, start: start, length: length,
            histogram: try LatencyHistogram(encoded: String(fields[3])))
    }

    /// One histogram a tag, in the order in which tags first appear.
    public var merged: [(tag: String, histogram: LatencyHistogram)] {
        var result: [(tag: String, histogram: LatencyHistogram)] = []
        for entry in entries {
            if let index = result.firstIndex(where: { $0.tag == entry.tag }) {
                result[index].histogram.merge(entry.histogram)
            } else {
                result.append((entry.tag, entry.histogram))
            }
        }
        return result
    }
}
