/// Which way a figure gets better.
enum FigureDirection: Sendable {
    case higher
    case lower

    /// How to read the arrows.
    static let explanation: HTML =
        "↑ higher is better, ↓ lower is better; figures without an arrow are neither."

    /// A figure's name with the arrow of its direction, if it has one.
    static func mark(_ name: String, _ direction: FigureDirection?) -> String {
        switch direction {
        case .higher: "\(name)\u{A0}↑"
        case .lower: "\(name)\u{A0}↓"
        case nil: name
        }
    }
}
