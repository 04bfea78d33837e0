import Foundation

/// The anchors (priors) of a configuration as boxes relative to the picture.
struct Priors: Sendable {
    /// Centre x, centre y, width, height of each anchor; levels P3 to P7, then rows, columns, scales and
    /// aspect ratios, the last running fastest.
    let boxes: [SIMD4<Float>]

    init(_ configuration: YolactConfiguration) {
        let anchors = configuration.anchors
        let size = Double(configuration.inputSize)
        var boxes: [SIMD4<Float>] = []
        boxes.reserveCapacity(configuration.anchorCount)
        for (level, cells) in configuration.pyramidSizes.enumerated() {
            let shapes = anchors.scales[level].flatMap { scale in
                anchors.aspectRatios.levels[level].map { ratio in
                    let width = scale * ratio.squareRoot() / size
                    let height = anchors.areSquare ? width : scale / ratio.squareRoot() / size
                    return (Float(width), Float(height))
                }
            }
            for row in 0..<cells {
                for column in 0..<cells {
                    let x = Float((Double(column) + 0.5) / Double(cells))
                    let y = Float((Double(row) + 0.5) / Double(cells))
                    for (width, height) in shapes { boxes.append(SIMD4(x, y, width, height)) }
                }
            }
        }
        self.boxes = boxes
    }

    /// The box that a prediction [dx, dy, dw, dh] means for an anchor (variances 0.1 and 0.2, as in SSD).
    func decode(_ location: SIMD4<Float>, anchor: Int) -> RelativeBox {
        let prior = boxes[anchor]
        let width = prior.z * expf(location.z * 0.2)
        let height = prior.w * expf(location.w * 0.2)
        let x1 = prior.x + location.x * 0.1 * prior.z - width / 2
        let y1 = prior.y + location.y * 0.1 * prior.w - height / 2
        return RelativeBox(x1: x1, y1: y1, x2: x1 + width, y2: y1 + height)
    }
}
