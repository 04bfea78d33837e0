import Foundation
import Testing

/// A line of the JSON output, read without the program's own types: what a user's script sees.
struct FrameLine: Decodable {
    struct Instance: Decodable, Equatable {
        struct Mask: Decodable, Equatable {
            var size: [Int]
            var counts: String
        }
        var category: String
        var score: Double
        var bbox: [Int]
        var segmentation: Mask
    }
    var frame: Int
    var time: Double
    var instances: [Instance]

    /// All lines of a text, each of which has to be one JSON object.
    static func parse(_ text: String) throws -> [FrameLine] {
        try text.split(separator: "\n").map {
            try JSONDecoder().decode(FrameLine.self, from: Data($0.utf8))
        }
    }
}

/// The names of all values of a JSON object.
func keys(of object: Any?) -> Set<String> {
    Set((object as? [String: Any])?.keys.map { $0 } ?? [])
}
