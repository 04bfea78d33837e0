// Evaluates a results file and prints the seconds it took and the figures as JSON, for
// scripts/benchmark-evaluation.py.

import Foundation
import Pipeline

guard CommandLine.arguments.count == 3 else {
    print("usage: evaluation-benchmark INSTANCES RESULTS")
    exit(2)
}
let clock = ContinuousClock()
let start = clock.now
func seconds() -> Double {
    let elapsed = (clock.now - start).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
}

let dataset = try EvaluationDataset(instancesFile: CommandLine.arguments[1])
let datasetRead = seconds()
let results = try ResultsFile(path: CommandLine.arguments[2], dataset: dataset)
let resultsRead = seconds()
let evaluator = Evaluator(dataset: dataset)
try evaluator.add(results)
let matched = seconds()
let box = evaluator.metrics(.box).summary.values
let mask = evaluator.metrics(.mask).summary.values
let accumulated = seconds()
let table = evaluator.yolactTable()
let peak = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    .split(separator: "\n").first { $0.hasPrefix("RssAnon") } ?? ""
FileHandle.standardError.write(
    Data(
        """
        data set \(datasetRead) s, results \(resultsRead - datasetRead) s, \
        matching \(matched - resultsRead) s, accumulation \(accumulated - matched) s; \
        \(evaluator.imageCount) images, \(evaluator.detectionCount) detections; \(peak)
        \(table.text)

        """.utf8))
print("{\"seconds\":\(seconds()),\"box\":\(box),\"mask\":\(mask)}")
