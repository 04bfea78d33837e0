/// Operations without a matrix product, written plainly, values [channels, height, width].
enum PlainOperations {
    /// 3 x 3, stride 2, padding 1; what lies outside never wins.
    static func maxPool(
        _ source: UnsafeMutableBufferPointer<Float>, _ sourceShape: NetworkGraph.Shape,
        into target: UnsafeMutableBufferPointer<Float>, _ targetShape: NetworkGraph.Shape
    ) {
        for channel in 0..<targetShape.channels {
            let plane = channel * sourceShape.height * sourceShape.width
            for y in 0..<targetShape.height {
                let rows = max(0, 2 * y - 1)..<min(sourceShape.height, 2 * y + 2)
                for x in 0..<targetShape.width {
                    let columns = max(0, 2 * x - 1)..<min(sourceShape.width, 2 * x + 2)
                    var best = -Float.infinity
                    for row in rows {
                        for column in columns {
                            best = max(best, source[plane + row * sourceShape.width + column])
                        }
                    }
                    target[(channel * targetShape.height + y) * targetShape.width + x] = best
                }
            }
        }
    }

    /// target = activation(bilinear(source) (+ target)), half-pixel centres.
    static func resize(
        _ source: UnsafeMutableBufferPointer<Float>, _ sourceShape: NetworkGraph.Shape,
        into target: UnsafeMutableBufferPointer<Float>, _ targetShape: NetworkGraph.Shape,
        addsTarget: Bool, activation: NetworkGraph.Activation
    ) {
        let columns = taps(targetShape.width, from: sourceShape.width)
        let rows = taps(targetShape.height, from: sourceShape.height)
        for channel in 0..<targetShape.channels {
            let plane = channel * sourceShape.height * sourceShape.width
            for (y, row) in rows.enumerated() {
                let upper = plane + row.first * sourceShape.width
                let lower = plane + row.second * sourceShape.width
                let start = (channel * targetShape.height + y) * targetShape.width
                for (x, column) in columns.enumerated() {
                    let above =
                        (1 - column.weight) * source[upper + column.first]
                        + column.weight * source[upper + column.second]
                    let below =
                        (1 - column.weight) * source[lower + column.first]
                        + column.weight * source[lower + column.second]
                    let value = (1 - row.weight) * above + row.weight * below
                    target[start + x] = addsTarget ? target[start + x] + value : value
                }
                if let base = target.baseAddress {
                    activation.apply(to: base + start, count: targetShape.width, bias: 0)
                }
            }
        }
    }

    /// The columns of ``NetworkGraph/Operation/deformableColumns(_:offsets:stride:)``.
    static func deformableColumns(
        _ source: UnsafeMutableBufferPointer<Float>, _ sourceShape: NetworkGraph.Shape,
        offsets: UnsafeMutableBufferPointer<Float>, stride: Int,
        into target: UnsafeMutableBufferPointer<Float>, _ targetShape: NetworkGraph.Shape
    ) {
        let positions = targetShape.height * targetShape.width
        let plane = sourceShape.height * sourceShape.width
        for tap in 0..<9 {
            for position in 0..<positions {
                let sample = DeformableSample(
                    y: Float(position / targetShape.width * stride - 1 + tap / 3)
                        + offsets[2 * tap * positions + position],
                    x: Float(position % targetShape.width * stride - 1 + tap % 3)
                        + offsets[(2 * tap + 1) * positions + position],
                    modulation: offsets[(18 + tap) * positions + position], sourceShape)
                for channel in 0..<sourceShape.channels {
                    var sum: Float = 0
                    for corner in 0..<4 {
                        sum +=
                            sample.weights[corner]
                            * source[channel * plane + Int(sample.positions[corner])]
                    }
                    target[(tap * sourceShape.channels + channel) * positions + position] = sum
                }
            }
        }
    }

    /// [channels, height, width] to [height, width, channels].
    static func transpose(
        _ source: UnsafeMutableBufferPointer<Float>, _ shape: NetworkGraph.Shape,
        into target: UnsafeMutableBufferPointer<Float>
    ) {
        let positions = shape.height * shape.width
        for position in 0..<positions {
            for channel in 0..<shape.channels {
                target[position * shape.channels + channel] = source[channel * positions + position]
            }
        }
    }

    private static func taps(_ count: Int, from size: Int) -> [BilinearTap] {
        let scale = Float(size) / Float(count)
        return (0..<count).map { BilinearTap($0, scale: scale, limit: size) }
    }
}
