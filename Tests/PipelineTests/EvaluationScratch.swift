import Foundation
import Testing

@testable import Pipeline

/// A directory of a test's own, with the files of evaluation cases.
final class EvaluationScratch {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(
            path: "evaluation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    static func resource(_ name: String) throws -> String {
        let url = try #require(
            Bundle.module.url(forResource: "Resources/evaluation/\(name)", withExtension: nil))
        return try String(contentsOf: url, encoding: .utf8)
    }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    /// Writes a file and returns its path.
    func write(_ text: String, _ name: String = "file.json") throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    /// An evaluator to which all images of a line of the cases have been added.
    func evaluator(ofCase line: Data, _ usesCategories: Bool) throws -> Evaluator {
        let object = try #require(
            try JSONSerialization.jsonObject(with: line) as? [String: Any])
        for part in ["dataset", "results"] {
            try JSONSerialization.data(withJSONObject: try #require(object[part]))
                .write(to: URL(fileURLWithPath: path("\(part).json")))
        }
        let dataset = try EvaluationDataset(instancesFile: path("dataset.json"))
        var options = EvaluationOptions()
        options.usesCategories = usesCategories
        let evaluator = Evaluator(dataset: dataset, options: options)
        try evaluator.add(results(of: dataset))
        return evaluator
    }

    func results(of dataset: EvaluationDataset) throws -> ResultsFile {
        try ResultsFile(path: path("results.json"), dataset: dataset)
    }
}
