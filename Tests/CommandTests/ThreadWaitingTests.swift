import Foundation
import Testing

/// The environment that networks run in: how long OpenMP's threads wait without letting go of their core.
extension ProgramTests {
    @Suite struct ThreadWaiting {
        private func settings(_ given: [String: String]) throws -> Set<String> {
            let scratch = try Scratch()
            let process = try ChildProcess(
                Repository.program(),
                [
                    "stream", Scratch.sample, "--realtime", "--loop", "--threads", "1", "--json",
                    "-",
                ],
                in: scratch.directory, environment: given)
            try process.waitForOutput(lines: 1)
            let settings = try process.environment.filter { $0.contains("OMP_") }
            process.send(SIGTERM)
            #expect(try process.finish().status == 143)
            return settings
        }

        @Test func threadsWaitBrieflyUnlessToldOtherwise() throws {
            #expect(try settings([:]).contains("GOMP_SPINCOUNT=1000"))
        }

        @Test func theUsersChoiceStands() throws {
            let settings = try settings(["OMP_WAIT_POLICY": "active"])
            #expect(settings.contains("OMP_WAIT_POLICY=active"))
            #expect(!settings.contains("GOMP_SPINCOUNT=1000"))
        }
    }
}
