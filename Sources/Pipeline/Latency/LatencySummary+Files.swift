public import Foundation

/// A saved summary, or a log of histograms, that cannot be read.
public struct LatencyFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Kind: Sendable, Hashable {
        /// The file does not exist or cannot be read.
        case unreadable
        /// The file is something else.
        case malformed
    }

    /// What a file was to be.
    public enum Content: String, Sendable, Hashable {
        /// What ``LatencySummary/json()`` writes.
        case summary = "latency summary"
        /// A ``HistogramLog``.
        case log = "histogram log"
    }

    /// What is wrong.
    public let kind: Kind
    /// What the file was to be.
    public private(set) var content = Content.summary
    /// The file.
    public let path: String
    /// The system's or the parser's words.
    public let reason: String

    /// One line: path, operation, reason.
    public var description: String { "\(path): cannot read a \(content.rawValue): \(reason)" }
}

extension LatencySummary {
    /// The summary as JSON in one line, names in alphabetical order.
    ///
    /// - Throws: `EncodingError` should a number not be finite.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// Reads a saved summary.
    ///
    /// - Throws: ``LatencyFileError``.
    public static func load(_ path: String) throws(LatencyFileError) -> LatencySummary {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw LatencyFileError(
                kind: .unreadable, path: path,
                reason: cause?.localizedDescription ?? "\(error.localizedDescription)")
        }
        struct Head: Decodable { var schema: String }
        do {
            let head = try JSONDecoder().decode(Head.self, from: data)
            guard head.schema == schemaName else {
                throw LatencyFileError(
                    kind: .malformed, path: path,
                    reason: "its schema is '\(head.schema)', not '\(schemaName)'")
            }
            return try JSONDecoder().decode(LatencySummary.self, from: data)
        } catch let error as LatencyFileError {
            throw error
        } catch {
            throw LatencyFileError(kind: .malformed, path: path, reason: Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case .keyNotFound(let key, let context):
            "no '\((context.codingPath + [key]).map(\.stringValue).joined(separator: "."))'"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "'\(place(context))' has the wrong type"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "it is no JSON" : "'\(place(context))' is damaged"
        @unknown default: "\(error)"
        }
    }
}
