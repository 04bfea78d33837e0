import Model

/// What is there in a video, with identities: frame records as the sample clip has them.
public struct StabilityTruth: Sendable {
    /// The same as a data set, for average precision.
    public let dataset: EvaluationDataset
    private let records: [Int: FrameRecord]

    /// Reads a file of frame records.
    ///
    /// - Parameters:
    ///   - path: The NDJSON file.
    ///   - classNames: The classes of the model.
    /// - Throws: ``FrameRecordError``, ``EvaluationError``; the latter also where no class of the file is one
    ///   of the model's.
    public init(path: String, classNames: [String]) throws {
        dataset = try EvaluationDataset(frameRecords: path, classNames: classNames)
        let list = try FrameRecordReader.records(of: path)
        records = Dictionary(list.map { ($0.frame, $0) }) { first, _ in first }
        let names = Set(list.flatMap { $0.instances.map(\.category) })
        if !names.isEmpty, names.isDisjoint(with: classNames) {
            throw EvaluationError.noCommonClass(
                path: path, categories: names.sorted(), classes: classNames)
        }
    }

    /// What is there in a frame; nil where the file does not say.
    public func instances(frame: Int) -> [InstanceRecord]? { records[frame]?.instances }
}

extension InstanceRecord {
    /// The record as an instance that can be measured; nil where it has no identity, or a class that the
    /// model does not have.
    func instance(classNames: [String]) -> Instance? {
        guard let id, let classIndex = classNames.firstIndex(of: category) else { return nil }
        return Instance(
            classIndex: classIndex, score: score ?? 1, box: box, mask: segmentation.mask, id: id)
    }
}
