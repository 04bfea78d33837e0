import Foundation
import Testing

@testable import Model

/// Both engines against the definitions of what is neither a convolution nor a resampling.
@Suite(.serialized) struct EngineOperationTests {
    struct Columns: Sendable, CustomTestStringConvertible {
        var channels: Int
        var stride: Int
        var height: Int
        var width: Int

        var testDescription: String {
            "\(channels) channels, stride \(stride), \(height) x \(width)"
        }
    }

    /// Channels that fill vectors of 8 and 16, of 8 only, and of neither.
    static let columns = [
        Columns(channels: 32, stride: 1, height: 9, width: 13),
        Columns(channels: 48, stride: 2, height: 12, width: 7),
        Columns(channels: 24, stride: 1, height: 5, width: 6),
        Columns(channels: 5, stride: 1, height: 6, width: 5),
        Columns(channels: 19, stride: 2, height: 7, width: 9),
        Columns(channels: 16, stride: 1, height: 1, width: 1),
    ]

    @Test(arguments: EngineKind.allCases, columns)
    func deformableColumnsFollowTheirDefinition(kind: EngineKind, c: Columns) throws {
        var noise = Noise(seed: 17)
        let shape = NetworkGraph.Shape(channels: c.channels, height: c.height, width: c.width)
        let rows = (c.height - 1) / c.stride + 1
        let columns = (c.width - 1) / c.stride + 1
        var graph = NetworkGraph()
        let image = graph.input("image", shape: shape, layout: .channelsFirst)
        let moved = graph.input(
            "offsets", shape: .init(channels: 27, height: rows, width: columns),
            layout: .channelsFirst)
        // Into the native layout.
        let source = graph.convolution("source", image, .identity(c.channels))
        let offsets = graph.convolution("moved", moved, .identity(27))
        let target = graph.deformableColumns("tested", source, offsets: offsets, stride: c.stride)
        graph.output("out", target, layout: .channelsFirst)

        let values = noise.values(shape.elementCount)
        let positions = rows * columns
        // A few pixels mostly, so that many taps lie across the border; modulations of either sign.
        var numbers = noise.values(27 * positions).map { 3 * $0 }
        // Far outside, on whole pixels, and (in all channels, as the convolution in front makes it) NaN.
        numbers[0] = 1e9
        numbers[positions - 1] = -4e30
        numbers[4 * positions] = 1
        numbers[5 * positions] = -1
        for number in 0..<27 { numbers[number * positions + positions / 2] = .nan }
        let found = try runGraph(graph, kind, [values, numbers])[0]
        let expected = Reference.deformableColumns(
            values, shape, offsets: numbers, stride: c.stride)
        #expect(found.count == expected.count)
        #expect(largestDifference(found, expected) < 1e-5)
        #expect(expected.contains { abs($0) > 0.1 } || positions == 1)
    }

    @Test(arguments: EngineKind.allCases, [7, 32])
    func sumsFollowTheirDefinition(kind: EngineKind, channels: Int) throws {
        var noise = Noise(seed: 19)
        let shape = NetworkGraph.Shape(channels: channels, height: 6, width: 11)
        var graph = NetworkGraph()
        let first = graph.input("first", shape: shape, layout: .channelsFirst)
        let second = graph.input("second", shape: shape, layout: .channelsFirst)
        let a = graph.convolution("a", first, .identity(channels), activation: .relu)
        let b = graph.convolution("b", second, .identity(channels))
        let sum = graph.add("tested", a, to: b)
        graph.output("sum", sum, layout: .channelsFirst)
        graph.output("a", a, layout: .channelsLast)

        let values = [noise.values(shape.elementCount), noise.values(shape.elementCount)]
        let found = try runGraph(graph, kind, values)
        let expected = zip(values[0], values[1]).map { max(0, $0) + $1 }
        #expect(largestDifference(found[0], expected) < 1e-6)
        // The sum is made in place on the other one: this one must still be there.
        let kept = Reference.channelsLast(values[0].map { max(0, $0) }, channels, 66)
        #expect(largestDifference(found[1], kept) < 1e-6)
    }

    /// Parts that fill vectors and parts that do not.
    @Test(arguments: EngineKind.allCases, [[32, 16], [12, 21, 5], [64, 10], [7]])
    func concatenationFollowsItsDefinition(kind: EngineKind, channels: [Int]) throws {
        var noise = Noise(seed: 23)
        var graph = NetworkGraph()
        var parts: [NetworkGraph.Value] = []
        var values: [[Float]] = []
        for (index, count) in channels.enumerated() {
            let shape = NetworkGraph.Shape(channels: count, height: 5, width: 9)
            let image = graph.input("part \(index)", shape: shape, layout: .channelsFirst)
            parts.append(graph.convolution("native \(index)", image, .identity(count)))
            values.append(noise.values(shape.elementCount))
        }
        let joined = graph.concatenation("tested", parts)
        graph.output("joined", joined, layout: .channelsLast)
        graph.output("first", parts[0], layout: .channelsFirst)
        let found = try runGraph(graph, kind, values)
        let expected = Reference.channelsLast(
            values.flatMap { $0 }, channels.reduce(0, +), 45)
        #expect(largestDifference(found[0], expected) < 1e-6)
        #expect(largestDifference(found[1], values[0]) < 1e-6)
    }
}
