import Foundation

/// Numbers as charts and tables write them.
enum ChartNumber {
    /// That many digits after the point.
    static func fixed(_ number: Double, digits: Int) -> String {
        guard number.isFinite else { return "-" }
        return String(format: "%.\(digits)f", number)
    }

    /// At most one digit after the point, none where it would be 0; coordinates need no more.
    static func short(_ number: Double) -> String {
        guard number.isFinite else { return "0" }
        let tenths = (number * 10).rounded()
        guard abs(tenths) < 1e15 else { return "0" }
        let value = Int(tenths)
        if value % 10 == 0 { return "\(value / 10)" }
        return "\(value < 0 ? "-" : "")\(abs(value) / 10).\(abs(value) % 10)"
    }
}
