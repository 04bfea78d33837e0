import Foundation

/// Mask logits of detections at prototype size: coefficients times prototypes, one matrix product for all
/// (section 3.2 of arXiv 1904.02689). Not thread-safe; it keeps its memory from frame to frame.
final class PrototypeProduct {
    private let network: Network
    private var coefficients: [Float] = []
    private var logits: [Float] = []
    private var pixels = 0

    init(_ network: Network) { self.network = network }

    /// Computes the logits of all detections, on the calling thread.
    func compute(_ detections: [Detection], _ outputs: RawOutputs) throws {
        gatherCoefficients(detections, outputs)
        pixels = outputs.prototypeSize * outputs.prototypeSize
        if logits.count < detections.count * pixels {
            logits = [Float](repeating: 0, count: detections.count * pixels)
        }
        try coefficients.withUnsafeBufferPointer { coefficients in
            try logits.withUnsafeMutableBufferPointer { logits in
                guard let a = coefficients.baseAddress, let c = logits.baseAddress,
                    let b = outputs.prototypes.baseAddress
                else { return }
                // One thread: the others belong to the network, which runs on other frames meanwhile.
                try OpenMP.withTeamSize(1) {
                    try network.library.multiplyTransposed(
                        a, b, into: c, m: detections.count, n: pixels,
                        k: outputs.layout.coefficients)
                }
            }
        }
    }

    /// The logits of a detection, row by row.
    func withLogits<Result>(
        _ index: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        try logits.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[index * pixels..<(index + 1) * pixels]))
        }
    }

    private func gatherCoefficients(_ detections: [Detection], _ outputs: RawOutputs) {
        coefficients.removeAll(keepingCapacity: true)
        let layout = outputs.layout
        for detection in detections {
            var level = 0
            var position = detection.anchor / layout.anchors
            while position >= outputs.levelSizes[level] * outputs.levelSizes[level] {
                position -= outputs.levelSizes[level] * outputs.levelSizes[level]
                level += 1
            }
            let start =
                position * layout.channels + layout.coefficients(detection.anchor % layout.anchors)
            for value in outputs.head(level)[start..<start + layout.coefficients] {
                coefficients.append(tanhf(value))
            }
        }
    }
}
