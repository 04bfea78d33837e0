import ArgumentParser

/// A time or a length of time on the command line: seconds such as `90` or `12.5`, or `1:30`, `00:01:30.5`.
struct Seconds: ExpressibleByArgument, Comparable {
    var value: Double

    init(_ value: Double) { self.value = value }

    /// Reads seconds, minutes and seconds, or hours, minutes and seconds; the last may have a fraction.
    init?(argument: String) {
        let isNegative = argument.hasPrefix("-")
        let parts = argument.drop { $0 == "-" }.split(
            separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let last = Double(parts[parts.count - 1]), last >= 0
        else { return nil }
        var whole = 0.0
        for part in parts.dropLast() {
            guard let number = Int(part), number >= 0 else { return nil }
            whole = whole * 60 + Double(number)
        }
        guard parts.count == 1 || last < 60 else { return nil }
        value = (whole * 60 + last) * (isNegative ? -1 : 1)
    }

    var defaultValueDescription: String {
        value.rounded() == value && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
    }

    static func < (first: Seconds, second: Seconds) -> Bool { first.value < second.value }
}

extension Seconds: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    init(floatLiteral value: Double) { self.init(value) }

    init(integerLiteral value: Int) { self.init(Double(value)) }
}
