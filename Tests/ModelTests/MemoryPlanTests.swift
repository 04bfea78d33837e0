import Testing

@testable import Model

@Suite struct MemoryPlanTests {
    /// Runs the plan of a real network as a game of tokens: each node writes its name over its bytes and
    /// must find the names of its operands intact.
    @Test(arguments: [YolactConfiguration.shapes, .resNet50])
    func valuesThatAreStillNeededAreNotOverwritten(configuration: YolactConfiguration) throws {
        let graphs = try NetworkGraphs(configuration, ZeroParameters())
        for graph in [graphs.backbone, graphs.heads] {
            let sizes = graph.nodes.map { $0.shape.elementCount * 4 }
            let plan = try MemoryPlan(
                graph, byteCount: { sizes[$0.index] }, isDirect: { $0.layout == .native })
            var owners: [(range: Range<Int>, node: Int)] = []
            var external: [MemoryPlan.Place: Int] = [:]
            for (index, input) in graph.inputs.enumerated() {
                #expect(plan.places[input.value.index] == .input(index))
                external[.input(index)] = input.value.index
            }
            func isIntact(_ node: Int) -> Bool {
                switch plan.places[node] {
                case .arena(let offset):
                    owners.contains { $0.node == node && $0.range == offset..<offset + sizes[node] }
                case let place: external[place] == node
                }
            }
            for (index, node) in graph.nodes.enumerated() {
                for operand in node.operation.operands {
                    #expect(isIntact(operand.index), "\(node.name)")
                }
                if case .input = node.operation { continue }
                if let residual = node.operation.residual {
                    #expect(plan.places[residual.index] == plan.places[index])
                }
                switch plan.places[index] {
                case .arena(let offset):
                    let range = offset..<offset + sizes[index]
                    #expect(range.upperBound <= plan.arenaSize)
                    owners.removeAll { $0.range.overlaps(range) }
                    owners.append((range, index))
                case let place: external[place] = index
                }
            }
            // Outputs in another layout are copied as soon as they are there.
            for output in graph.outputs where output.layout == .native {
                #expect(isIntact(output.value.index), "\(output.name)")
            }
            #expect(plan.arenaSize < sizes.reduce(0, +) / 2)
        }
    }

    @Test func aSumOverAValueThatIsReadLaterIsRefused() throws {
        var graph = NetworkGraph()
        let shape = NetworkGraph.Shape(channels: 1, height: 4, width: 4)
        let filter = NetworkGraph.Filter(
            weights: [1], bias: [0], inputChannels: 1, outputChannels: 1, kernel: 1)
        let image = graph.input("image", shape: shape, layout: .channelsFirst)
        let a = graph.convolution("a", image, filter)
        let b = graph.convolution("b", a, filter)
        _ = graph.convolution("sum", b, filter, residual: a)
        _ = graph.convolution("late", a, filter)
        #expect(throws: ComputeError.self) {
            try MemoryPlan(graph, byteCount: { _ in 64 }, isDirect: { _ in true })
        }
    }
}

/// Parameters for tests that do not look at values.
struct ZeroParameters: ParameterSource {
    var shapes: [String: [Int]]? { nil }

    func values(of name: String, shape: [Int]) throws -> [Float] {
        [Float](repeating: 0, count: shape.reduce(1, *))
    }
}
