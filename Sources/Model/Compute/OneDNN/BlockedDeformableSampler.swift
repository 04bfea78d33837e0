/// Makes the columns of modulated deformable convolutions in oneDNN's blocked layout, one vector of
/// channels at a time, the rows spread over the team's threads.
///
/// The columns have the layout of any other value, so that the matrix product behind them is a 1 x 1
/// convolution with all its fusions.
struct BlockedDeformableSampler: Sendable {
    let source: NetworkGraph.Shape
    let target: NetworkGraph.Shape
    let stride: Int
    /// Channels of a vector, 8 or 16.
    let block: Int
    let threads: Int

    /// One row of samples of one tap for each thread.
    var scratchpadSize: Int {
        threads * target.width * MemoryLayout<DeformableSample>.stride
    }

    var implementation: String {
        isAligned ? "deformable columns:SIMD\(block)" : "deformable columns:scalar"
    }

    /// Whether the channels of a tap fill whole vectors.
    var isAligned: Bool { source.channels % block == 0 }

    func makeWork(_ memory: Memory) -> ParallelWork { Work(self, memory) }

    /// Where the values are.
    struct Memory {
        var source: UnsafePointer<Float>
        var offsets: UnsafePointer<Float>
        var target: UnsafeMutablePointer<Float>
        var scratchpad: UnsafeMutableRawPointer
    }

    private final class Work: ParallelWork {
        private let sampler: BlockedDeformableSampler
        private let memory: Memory

        init(_ sampler: BlockedDeformableSampler, _ memory: Memory) {
            self.sampler = sampler
            self.memory = memory
        }

        override func run(thread: Int, of count: Int) {
            // A team larger than planned for would have no samples of its own.
            let workers = min(count, sampler.threads)
            guard thread < workers else { return }
            let rows = sampler.target.height
            sampler.run(
                memory, thread: thread,
                rows: thread * rows / workers..<(thread + 1) * rows / workers)
        }
    }

    private func run(_ memory: Memory, thread: Int, rows: Range<Int>) {
        let samples = memory.scratchpad.assumingMemoryBound(to: DeformableSample.self)
            .advanced(by: thread * target.width)
        for row in rows {
            for tap in 0..<9 {
                sample(row, tap, memory.offsets, into: samples)
                if !isAligned {
                    gather(row, tap, samples, memory)
                } else if block == 16 {
                    gather(SIMD16<Float>.self, row, tap, samples, memory)
                } else {
                    gather(SIMD8<Float>.self, row, tap, samples, memory)
                }
            }
        }
    }

    private func sample(
        _ row: Int, _ tap: Int, _ offsets: UnsafePointer<Float>,
        into samples: UnsafeMutablePointer<DeformableSample>
    ) {
        let y = Float(row * stride - 1 + tap / 3)
        let dy = offset(2 * tap, row)
        let dx = offset(2 * tap + 1, row)
        let modulation = offset(18 + tap, row)
        for column in 0..<target.width {
            samples[column] = DeformableSample(
                y: y + offsets[dy + column * block],
                x: Float(column * stride - 1 + tap % 3) + offsets[dx + column * block],
                modulation: offsets[modulation + column * block], source)
        }
    }

    /// Where a channel of a row of a value of the target's size begins.
    @inline(__always)
    private func offset(_ channel: Int, _ row: Int) -> Int {
        (channel / block * target.height + row) * target.width * block + channel % block
    }

    /// Whole vectors of channels.
    @inline(__always)
    private func gather<Vector: SIMD<Float>>(
        _ type: Vector.Type, _ row: Int, _ tap: Int,
        _ samples: UnsafeMutablePointer<DeformableSample>, _ memory: Memory
    ) {
        let plane = source.height * source.width
        for group in 0..<source.channels / block {
            let from = UnsafeRawPointer(memory.source + group * plane * block)
            let to = UnsafeMutableRawPointer(
                memory.target + offset(tap * source.channels + group * block, row))
            for column in 0..<target.width {
                let sample = samples[column]
                @inline(__always) func corner(_ index: Int) -> Vector {
                    let bytes = Int(sample.positions[index]) * MemoryLayout<Vector>.size
                    return (from + bytes).load(as: Vector.self) * sample.weights[index]
                }
                let value = corner(0) + corner(1) + (corner(2) + corner(3))
                (to + column * MemoryLayout<Vector>.size).storeBytes(of: value, as: Vector.self)
            }
        }
    }

    /// Channel by channel, for counts that do not fill vectors.
    private func gather(
        _ row: Int, _ tap: Int, _ samples: UnsafeMutablePointer<DeformableSample>,
        _ memory: Memory
    ) {
        let plane = source.height * source.width
        for channel in 0..<source.channels {
            let from = memory.source + channel / block * plane * block + channel % block
            let to = memory.target + offset(tap * source.channels + channel, row)
            for column in 0..<target.width {
                let sample = samples[column]
                var sum: Float = 0
                for corner in 0..<4 {
                    sum += sample.weights[corner] * from[Int(sample.positions[corner]) * block]
                }
                to[column * block] = sum
            }
        }
    }
}
