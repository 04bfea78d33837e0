import ArgumentParser
import Pipeline

/// Where the time of a run went, for those who ask.
struct StageTimes: ParsableArguments {
    @Flag(help: "At the end, tell how long each stage worked, waited for frames and was held up.")
    var stageTimes = false

    /// Prints the table, which has no room for the program's name before it in 80 columns.
    func report(_ metrics: PipelineMetrics) {
        if stageTimes { Console.standardError.write(metrics.table) }
    }
}
