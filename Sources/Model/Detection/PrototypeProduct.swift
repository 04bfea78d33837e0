import Foundation

/// Mask logits of detections at prototype size: coefficients times prototypes, one matrix product for all
/// (section 3.2 of arXiv 1904.02689). Not thread-safe; it keeps its memory from frame to frame.
final class PrototypeProduct {
    private let network: Network
    private var coefficients: [Float] = []
    /// What is added to the logits of each detection, where the configuration has a constant.
    private var constants: [Float] = []
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
                        k: network.configuration.prototypes.count)
                }
                for (index, constant) in constants.enumerated() {
                    for pixel in index * pixels..<(index + 1) * pixels { c[pixel] += constant }
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
        constants.removeAll(keepingCapacity: true)
        for detection in detections {
            outputs.appendCoefficients(
                outputs.place(ofAnchor: detection.anchor), network.configuration.prototypes,
                to: &coefficients)
            if network.configuration.prototypes.hasConstant {
                constants.append(coefficients.removeLast())
            }
        }
    }
}

/// Where an anchor is: its pyramid level (0 for P3), its position there row by row, and which of the anchors
/// of that position it is.
struct AnchorPlace: Sendable, Hashable {
    var level: Int
    var position: Int
    var anchor: Int
}

extension RawOutputs {
    func place(ofAnchor anchor: Int) -> AnchorPlace {
        var level = 0
        var position = anchor / layout.anchors
        while position >= levelSizes[level] * levelSizes[level] {
            position -= levelSizes[level] * levelSizes[level]
            level += 1
        }
        return AnchorPlace(level: level, position: position, anchor: anchor % layout.anchors)
    }

    /// Appends the mask coefficients of an anchor, one for each prototype, then the constant if there is
    /// one: behind the tanh and the gates, zero for the prototypes of other levels.
    func appendCoefficients(
        _ place: AnchorPlace, _ prototypes: YolactConfiguration.Prototypes,
        to list: inout [Float]
    ) {
        let level = place.level
        let head = head(level)
        let row = place.position * layout.channels
        if prototypes.areSplit {
            list.append(contentsOf: repeatElement(0, count: level * layout.coefficients))
        }
        let values = row + layout.coefficients(place.anchor)
        let gates = row + layout.gates(place.anchor)
        for index in 0..<layout.coefficients {
            let value = tanhf(head[values + index])
            list.append(layout.hasGates ? value / (1 + expf(-head[gates + index])) : value)
        }
        if prototypes.areSplit {
            let left = levelSizes.count - 1 - level
            list.append(contentsOf: repeatElement(0, count: left * layout.coefficients))
        }
    }
}
