import Glibc
import Testing

@testable import Pipeline

@Suite struct RuntimeProgressTests {
    @Test func aLineSaysWhatIsKnown() {
        let all = Progress(done: 123, total: 300, rate: 12.34, elapsed: 10)
        #expect(ProgressFormat.line(all) == "123/300 frames    41%   12.3 fps   ETA 0:15")
        let noTotal = Progress(done: 123, rate: 0.5, elapsed: 246)
        #expect(ProgressFormat.line(noTotal) == "123 frames   0.50 fps   4:06")
        #expect(ProgressFormat.line(Progress(done: 0, elapsed: 0)) == "0 frames   0:00")
        let finished = Progress(done: 300, total: 300, rate: 30, elapsed: 9.7)
        #expect(ProgressFormat.line(finished) == "300/300 frames   100%   30.0 fps   0:10")
        let images = Progress(done: 1, total: 4, rate: 2, elapsed: 1, unit: .images)
        #expect(ProgressFormat.line(images) == "1/4 images    25%   2.0 images/s   ETA 0:02")
        let steps = Progress(done: 1, total: 4, rate: 2, elapsed: 1, unit: .steps)
        #expect(ProgressFormat.line(steps) == "1/4 steps    25%   ETA 0:02")
    }

    @Test func aTotalThatWasTooSmallIsNoNonsense() {
        let beyond = Progress(done: 310, total: 300, rate: 10, elapsed: 31)
        #expect(ProgressFormat.line(beyond) == "310/310 frames   10.0 fps   0:31")
        #expect(beyond.fraction == nil && beyond.remaining == nil)
        #expect(Progress(done: 0, total: 0, rate: nil, elapsed: 0).fraction == nil)
    }

    @Test func aHundredPercentMeansFinished() {
        let almost = Progress(done: 9999, total: 10_000, rate: 1, elapsed: 1)
        #expect(ProgressFormat.line(almost).contains(" 99%"))
    }

    @Test func partsAreLeftOutUntilTheLineFits() {
        let progress = Progress(done: 123, total: 300, rate: 12.34, elapsed: 10)
        let full = ProgressFormat.line(progress)
        for width in 0...full.count + 2 {
            #expect(ProgressFormat.line(progress, width: width).count <= width)
        }
        #expect(ProgressFormat.line(progress, width: full.count) == full)
        #expect(
            ProgressFormat.line(progress, width: full.count - 1)
                == "123/300 frames    41%   12.3 fps")
        #expect(ProgressFormat.line(progress, width: 10) == "123/300 fr")
        #expect(ProgressFormat.line(progress, width: -1) == "")
    }

    @Test(arguments: [
        (0, "0:00"), (0.2, "0:01"), (7, "0:07"), (59.5, "1:00"), (754, "12:34"), (3723, "1:02:03"),
        (360_000, "100:00:00"), (-1, "0:00"), (.infinity, "-:--"), (.nan, "-:--"),
    ])
    func secondsAreWrittenAsClockTime(seconds: Double, text: String) {
        #expect(ProgressFormat.time(seconds) == text)
    }

    @Test(arguments: [
        (0, "0.00"), (0.049, "0.05"), (0.994, "0.99"), (0.996, "1.0"), (9.96, "10.0"),
        (123.44, "123.4"), (-3, "0.00"), (.infinity, "-"),
    ])
    func numbersHaveOneDigitAfterThePoint(value: Double, text: String) {
        #expect(ProgressFormat.decimal(value) == text)
    }

    @Test func theRateFollowsTheLastSeconds() {
        var estimator = RateEstimator(window: 10)
        #expect(estimator.update(done: 0, at: 0) == nil)
        #expect(estimator.update(done: 0, at: 1) == nil)
        #expect(estimator.update(done: 10, at: 2) == 5)
        for second in 3...30 {
            _ = estimator.update(done: 10 + 20 * (second - 2), at: Double(second))
        }
        // The slow start is long out of the window.
        #expect(estimator.update(done: 10 + 20 * 29, at: 31) == 20)
        #expect(estimator.update(done: 10 + 20 * 29, at: 50) == nil)
    }

    @Test func aTerminalGetsOneLineThatIsClearedAtTheEnd() throws {
        let pipe = try Pipe()
        let fake = FakeClock()
        let done = Gauge()
        let console = Console(descriptor: pipe.input, isTerminal: true, width: 30)
        let line = ProgressLine(
            console: console, total: 10, interval: .seconds(3600), clock: fake.clock
        ) { done.now }
        done.add(5)
        fake.advance(by: 2_000_000_000)
        line.update()
        console.write("a message")
        line.finish()
        line.finish()
        line.update()
        console.write("the end")
        #expect(
            pipe.finish()
                == "\r\u{1B}[K5/10 frames    50%   2.5 fps"
                + "\r\u{1B}[Ka message\n5/10 frames    50%   2.5 fps"
                + "\r\u{1B}[Kthe end\n")
    }

    @Test func elsewhereThereArePlainLines() throws {
        let pipe = try Pipe()
        let fake = FakeClock()
        let done = Gauge()
        let console = Console(descriptor: pipe.input)
        #expect(!console.isTerminal)
        #expect(console.width == nil)
        let line = ProgressLine(
            console: console, interval: .seconds(3600), clock: fake.clock
        ) { done.now }
        done.add(4)
        fake.advance(by: 1_000_000_000)
        line.update()
        console.setStatus("never seen")
        fake.advance(by: 1_000_000_000)
        line.finish()
        #expect(pipe.finish() == "4 frames   4.0 fps   0:01\n4 frames   2.0 fps   0:02\n")
    }

    @Test func theTimerDrivesTheLine() throws {
        let pipe = try Pipe()
        let looked = Latch()
        let console = Console(descriptor: pipe.input)
        let line = ProgressLine(console: console, interval: .milliseconds(1)) {
            looked.open()
            return 1
        }
        looked.wait()
        line.finish()
        #expect(pipe.finish().hasPrefix("1 frames"))
    }

    @Test func aPseudoTerminalIsKnownForOne() throws {
        // Linux's way: the calls of POSIX are not in Swift's Glibc module.
        let (unlock, getNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(terminal >= 0)
        defer { close(terminal) }
        var (locked, number) = (Int32(0), UInt32(0))
        try #require(ioctl(terminal, unlock, &locked) == 0)
        try #require(ioctl(terminal, getNumber, &number) == 0)
        let name = "/dev/pts/\(number)"
        let other = open(name, O_RDWR | O_NOCTTY)
        try #require(other >= 0)
        defer { close(other) }
        var size = winsize(ws_row: 24, ws_col: 77, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0)
        #expect(Console(descriptor: other).width == 77)
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
        #expect(Console(descriptor: other).isTerminal == !isDumb)
    }
}

/// A pipe whose writing end stands for standard error. What is written must fit into its buffer.
private final class Pipe {
    let input: Int32
    private let output: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        (output, input) = (ends[0], ends[1])
    }

    /// Closes the writing end and gives all that was written.
    func finish() -> String {
        close(input)
        defer { close(output) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
