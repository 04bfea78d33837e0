import Foundation

/// Convolution as a matrix product: bands of output rows are unfolded into columns and multiplied, the
/// bands spread over threads.
final class Im2ColConvolution {
    private let library: OpenBLASLibrary
    private let threads: Int
    /// One buffer a thread for the unfolded columns of a band.
    private let columns: [AlignedBuffer]

    /// Floats a buffer holds: small enough to stay in a second-level cache's reach, large enough for wide
    /// products.
    private static let capacity = 1 << 20

    init(_ library: OpenBLASLibrary, threads: Int) {
        self.library = library
        self.threads = threads
        columns = (0..<threads).map { _ in AlignedBuffer(floatCount: Self.capacity) }
    }

    /// Where the layer has a residual, the target holds it and is added to.
    func run(
        _ layer: NetworkGraph.Convolution, _ parameters: NetworkGraph.Filter.Values,
        source: UnsafeMutableBufferPointer<Float>, _ sourceShape: NetworkGraph.Shape,
        target: UnsafeMutableBufferPointer<Float>, _ targetShape: NetworkGraph.Shape
    ) {
        let filter = layer.filter
        let depth = filter.groupChannels * filter.kernel * filter.kernel
        let fitting = max(1, Self.capacity / (depth * targetShape.width))
        let rows = min(fitting, max(1, (targetShape.height + threads - 1) / threads))
        let bands = (targetShape.height + rows - 1) / rows
        let unfold = Unfold(
            kernel: filter.kernel, stride: layer.stride, padding: layer.padding,
            channels: filter.groupChannels, source: sourceShape, target: targetShape)
        // Each iteration writes rows and a column buffer of its own.
        nonisolated(unsafe) let source = source
        nonisolated(unsafe) let target = target
        let library = library
        let columns = columns
        let workers = min(threads, bands)
        let plane = targetShape.height * targetShape.width
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            guard let sourceBase = source.baseAddress, let targetBase = target.baseAddress,
                let buffer = columns[worker].floats.baseAddress
            else { return }
            for band in Swift.stride(from: worker, to: bands, by: workers) {
                let first = band * rows
                let count = min(rows, targetShape.height - first)
                let width = count * targetShape.width
                let output = targetBase + first * targetShape.width
                let outputs = filter.outputChannels / filter.groups
                for group in 0..<filter.groups {
                    let source =
                        sourceBase
                        + group * filter.groupChannels * sourceShape.height * sourceShape.width
                    var matrix = UnsafePointer(source + first * targetShape.width)
                    var matrixStride = plane
                    if !unfold.isIdentity {
                        unfold.fill(buffer, from: source, rows: first..<first + count)
                        matrix = UnsafePointer(buffer)
                        matrixStride = width
                    }
                    parameters.weights.withUnsafeBufferPointer { weights in
                        guard let weights = weights.baseAddress else { return }
                        library.multiply(
                            m: outputs, n: width, k: depth,
                            a: weights + group * outputs * depth, aStride: depth,
                            b: matrix, bStride: matrixStride, beta: layer.residual == nil ? 0 : 1,
                            c: output + group * outputs * plane, cStride: plane)
                    }
                }
                for channel in 0..<filter.outputChannels {
                    layer.activation.apply(
                        to: output + channel * plane, count: width, bias: parameters.bias[channel])
                }
            }
        }
    }
}

/// The geometry of im2col.
private struct Unfold {
    let kernel: Int
    let stride: Int
    let padding: Int
    /// Channels that are unfolded together.
    let channels: Int
    let source: NetworkGraph.Shape
    let target: NetworkGraph.Shape

    /// Whether the source already is the matrix.
    var isIdentity: Bool { kernel == 1 && stride == 1 }

    /// Writes [channels x kernel x kernel, rows x width] for the given output rows.
    func fill(
        _ matrix: UnsafeMutablePointer<Float>, from values: UnsafePointer<Float>, rows: Range<Int>
    ) {
        var row = matrix
        for channel in 0..<channels {
            let plane = values + channel * source.height * source.width
            for dy in 0..<kernel {
                for dx in 0..<kernel {
                    for y in rows {
                        fillRow(row, plane, y * stride + dy - padding, dx - padding)
                        row += target.width
                    }
                }
            }
        }
    }

    private func fillRow(
        _ row: UnsafeMutablePointer<Float>, _ plane: UnsafePointer<Float>, _ y: Int, _ offset: Int
    ) {
        guard (0..<source.height).contains(y) else {
            row.update(repeating: 0, count: target.width)
            return
        }
        let line = plane + y * source.width
        // Columns whose tap lies inside the source.
        let first = max(0, (-offset + stride - 1) / stride)
        let end = min(target.width, (source.width - 1 - offset) / stride + 1)
        for x in 0..<first { row[x] = 0 }
        if stride == 1 {
            (row + first).update(from: line + first + offset, count: end - first)
        } else {
            for x in first..<end { row[x] = line[x * stride + offset] }
        }
        for x in end..<max(end, target.width) { row[x] = 0 }
    }
}

extension NetworkGraph.Activation {
    /// values = activation(values + bias), in place.
    func apply(to values: UnsafeMutablePointer<Float>, count: Int, bias: Float) {
        switch self {
        case .identity: for index in 0..<count { values[index] += bias }
        case .relu: for index in 0..<count { values[index] = max(0, values[index] + bias) }
        case .leakyReLU(let slope):
            for index in 0..<count {
                let value = values[index] + bias
                values[index] = value > 0 ? value : slope * value
            }
        case .relu6:
            for index in 0..<count { values[index] = min(6, max(0, values[index] + bias)) }
        case .tanh: for index in 0..<count { values[index] = tanhf(values[index] + bias) }
        }
    }
}
