extension PipelineMetrics {
    /// The stages as a table for people, one row a stage: items, milliseconds an item, share of the wall
    /// time that its workers were busy, and why they were not.
    public var table: String {
        let head = ["stage", "items", "mean ms", "max ms", "busy", "starved", "blocked", "wait ms"]
        let rows = stages.map { stage in
            let workerTime = wall.seconds * Double(max(stage.workers, 1))
            func share(_ time: Duration) -> String {
                workerTime > 0 ? "\(Int((time.seconds / workerTime * 100).rounded()))%" : "-"
            }
            return [
                stage.workers > 1 ? "\(stage.name) x\(stage.workers)" : stage.name,
                "\(stage.items)",
                ProgressFormat.decimal(stage.meanService.milliseconds),
                ProgressFormat.decimal(stage.longestService.milliseconds),
                share(stage.service), share(stage.starved), share(stage.blocked),
                ProgressFormat.decimal(stage.meanWait.milliseconds),
            ]
        }
        return TextTable.lines([head] + rows).joined(separator: "\n")
    }
}
