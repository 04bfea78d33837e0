import Foundation

/// Corrects scores by how good the masks look: score times the mask IoU that a small network predicts
/// (YOLACT++, section 3.4 of arXiv 1912.06218). Not thread-safe; it keeps its memory from frame to frame.
final class MaskRescorer {
    private let product: PrototypeProduct
    private let graph: any CompiledGraph
    private let context: any GraphContext
    private let side: Int
    private let classes: Int
    private let cropsToBox: Bool
    private let mask: AlignedBuffer
    private let scores: AlignedBuffer

    /// nil for networks without the branch.
    init?(_ network: Network, cropsToBox: Bool) throws {
        guard let graph = network.maskScoring else { return nil }
        self.graph = graph
        self.cropsToBox = cropsToBox
        product = PrototypeProduct(network)
        context = try graph.makeContext(workspace: AlignedBuffer(byteCount: graph.workspaceSize))
        side = network.configuration.prototypeSize
        classes = network.configuration.classNames.count
        mask = AlignedBuffer(byteCount: graph.inputSizes[0])
        scores = AlignedBuffer(byteCount: graph.outputSizes[0])
    }

    /// The detections with corrected scores, in their order.
    func rescore(_ detections: [Detection], _ outputs: RawOutputs) throws -> [Detection] {
        guard !detections.isEmpty else { return [] }
        try product.compute(detections, outputs)
        var rescored = detections
        try OpenMP.withTeamSize(1) {
            for index in rescored.indices {
                product.withLogits(index) { fill(rescored[index].box, from: $0) }
                try context.run(inputs: [mask], outputs: [scores])
                rescored[index].score *= quality(rescored[index].classIndex)
            }
        }
        return rescored
    }

    /// The soft mask: zero outside the crop.
    private func fill(_ box: RelativeBox, from logits: UnsafeBufferPointer<Float>) {
        let columns = cropsToBox ? CropRange(box.x1, box.x2, size: side) : CropRange(all: side)
        let rows = cropsToBox ? CropRange(box.y1, box.y2, size: side) : CropRange(all: side)
        let target = mask.floats
        target.update(repeating: 0)
        for row in rows.range {
            for column in columns.range {
                let position = row * side + column
                target[position] = 1 / (1 + expf(-logits[position]))
            }
        }
    }

    /// The largest value of a class over all positions.
    private func quality(_ classIndex: Int) -> Float {
        let values = scores.floats
        return stride(from: classIndex, to: values.count, by: classes).reduce(0) {
            max($0, values[$1])
        }
    }
}
