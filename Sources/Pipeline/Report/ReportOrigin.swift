/// What made a report, so that it can be made again.
public struct ReportOrigin: Sendable, Hashable {
    /// The program with its version.
    public var program: String
    /// The command line, without secrets.
    public var command: String

    /// Creates an origin.
    public init(program: String, command: String) {
        self.program = program
        self.command = command
    }

    /// The last lines of a page.
    var html: HTML {
        "<footer class=\"note\">Made by \(program) with<br><code>\(command)</code></footer>"
    }
}
