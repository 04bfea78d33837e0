import Foundation

/// The files in which Linux describes its processors and what a process may use of them.
///
/// Below a root of its own, so that tests can describe machines that they do not run on.
struct ProcessorFiles {
    var root = "/"

    /// A small file without the white space around its text; nil where it cannot be read.
    func text(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else { return nil }
        return String(decoding: data, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Numbers of the logical processors that the process may run on; nil where that is not told.
    var allowed: [Int]? {
        let name = "Cpus_allowed_list:"
        let line = text("proc/self/status")?.split(separator: "\n").first { $0.hasPrefix(name) }
        guard let line else { return nil }
        let numbers = Self.numbers(line.dropFirst(name.count))
        return numbers.isEmpty ? nil : numbers
    }

    /// What a list such as `0-3,8` stands for.
    static func numbers(_ list: some StringProtocol) -> [Int] {
        list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.trimmingCharacters(in: .whitespacesAndNewlines)
                .split(separator: "-").map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, (1...2) ~= ends.count,
                first >= 0, first <= last, last < 1 << 16
            else { return [] }
            return Array(first...last)
        }
    }

    /// The files that describe a logical processor.
    func processor(_ number: Int, _ path: String) -> String? {
        text("sys/devices/system/cpu/cpu\(number)/\(path)")
    }
}
