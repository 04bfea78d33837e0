import Glibc
import Synchronization
import Testing

@testable import Pipeline

/// Each test runs in a process of its own: signals are a matter of the whole process.
@Suite struct RuntimeInterruptTests {
    @Test func theFirstSignalCallsTheHandler() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let called = Latch()
            let monitor = InterruptMonitor { signal in
                if signal == SIGTERM { called.open() }
            }
            guard monitor.signal == nil else { exit(1) }
            kill(getpid(), SIGTERM)
            called.wait()
            exit(monitor.signal == SIGTERM ? 7 : 1)
        }
    }

    @Test(arguments: [false, true])
    func theSecondSignalEndsTheProcess(usingTerminate: Bool) async {
        let result = await #expect(
            processExitsWith: .exitCode(usingTerminate ? 143 : 130),
            observing: [\.standardOutputContent]
        ) { [usingTerminate] in
            let called = Latch()
            let monitor = InterruptMonitor(
                repeatInterval: .zero, lastWords: { _ = write(STDOUT_FILENO, "last words", 10) }
            ) { _ in
                called.open()
                // A handler that hangs must not keep the second signal from being seen.
                Latch().wait()
            }
            kill(getpid(), SIGINT)
            called.wait()
            kill(getpid(), usingTerminate ? SIGTERM : SIGINT)
            Latch().wait()
            withExtendedLifetime(monitor) {}
        }
        let output = result.map { String(decoding: $0.standardOutputContent, as: UTF8.self) }
        #expect(output?.hasSuffix("last words") == true)
    }

    @Test func lastWordsThatHangAreCutShort() async {
        await #expect(processExitsWith: .exitCode(130)) {
            let called = Latch()
            let monitor = InterruptMonitor(
                repeatInterval: .zero, lastWords: { Latch().wait() }
            ) { _ in called.open() }
            kill(getpid(), SIGINT)
            called.wait()
            kill(getpid(), SIGINT)
            Latch().wait()
            withExtendedLifetime(monitor) {}
        }
    }

    @Test func aSignalRightAfterTheFirstIsTheSameWish() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let fake = FakeClock()
            let reads = Gauge()
            let clock = PipelineClock {
                reads.add(1)
                return fake.clock.now()
            }
            let handled = Latch()
            let monitor = InterruptMonitor(clock: clock) { _ in handled.open() }
            kill(getpid(), SIGINT)
            handled.wait()
            fake.advance(by: 49_000_000)
            // Signals are dealt with one after the other: when the third is looked at, the second
            // has had its effect.
            for (signal, readsThen) in [(SIGTERM, 2), (SIGINT, 3)] {
                kill(getpid(), signal)
                yieldUntil { reads.now == readsThen }
            }
            exit(monitor.signal == SIGINT ? 7 : 1)
        }
    }

    @Test func aBrokenPipeIsAnErrorNotADeath() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let monitor = InterruptMonitor { _ in }
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { exit(1) }
            close(ends[0])
            let count = write(ends[1], "x", 1)
            let isError = count == -1 && errno == EPIPE
            withExtendedLifetime(monitor) {}
            exit(isError ? 7 : 1)
        }
    }

    @Test func afterItsEndSignalsDoWhatTheyDidBefore() async {
        await #expect(processExitsWith: .signal(SIGINT)) {
            let called = Latch()
            let monitor = InterruptMonitor { _ in called.open() }
            kill(getpid(), SIGINT)
            called.wait()
            guard monitor.signal == SIGINT else { exit(1) }
            monitor.stop()
            kill(getpid(), SIGINT)
            Latch().wait()
        }
    }

    @Test func theExitStatusIsWhatShellsReport() {
        #expect(InterruptMonitor.exitStatus(for: SIGINT) == 130)
        #expect(InterruptMonitor.exitStatus(for: SIGTERM) == 143)
    }
}
