/// A feed-forward network as a list of operations in the order they run.
///
/// The architecture files (``ResNet``, ``FeaturePyramid`` and so on) write a graph without knowing who
/// runs it; an engine compiles it, and sees all of it when it chooses layouts and places memory.
/// Batch size is always 1.
struct NetworkGraph {
    /// Channels, rows and columns of a value.
    struct Shape: Hashable, Sendable {
        var channels: Int
        var height: Int
        var width: Int

        var elementCount: Int { channels * height * width }
    }

    /// A handle for what a node puts out.
    struct Value: Hashable, Sendable {
        let index: Int
    }

    /// An element-wise function applied to what an operation puts out.
    enum Activation: Hashable, Sendable {
        case identity
        case relu
        case leakyReLU(slope: Float)
        /// min(max(x, 0), 6), of MobileNetV2.
        case relu6
        case tanh
    }

    /// How the numbers of a value are stored.
    enum Format: Hashable, Sendable {
        case float32
        /// The upper half of a float32, rounded.
        case bfloat16
        /// Multiples of the node's scale, 0...255.
        case uint8
        /// Multiples of the node's scale, -128...127.
        case int8

        /// Whether it is one byte, with a scale.
        var isQuantised: Bool { self == .uint8 || self == .int8 }
    }

    /// Weights [output, input / groups, kernel, kernel] and bias [output] of a convolution.
    ///
    /// With groups, each group of the output channels sees its own group of the input channels only; as
    /// many groups as channels make a depthwise convolution.
    ///
    /// The numbers are read when an engine asks for them, so that never more than one layer's are in
    /// memory beside the prepared ones. A class, so that the layers of the shared head have the very same
    /// parameters and engines prepare them once.
    final class Filter: Sendable {
        struct Values: Sendable {
            var weights: [Float]
            var bias: [Float]
        }

        let inputChannels: Int
        let outputChannels: Int
        let kernel: Int
        let groups: Int
        private let load: @Sendable () throws -> Values

        init(
            inputChannels: Int, outputChannels: Int, kernel: Int, groups: Int = 1,
            load: @escaping @Sendable () throws -> Values
        ) {
            precondition(inputChannels % groups == 0 && outputChannels % groups == 0)
            self.inputChannels = inputChannels
            self.outputChannels = outputChannels
            self.kernel = kernel
            self.groups = groups
            self.load = load
        }

        /// Input channels that an output channel sees.
        var groupChannels: Int { inputChannels / groups }

        /// Floating-point operations for a result of that shape; a multiply-add is two.
        func operations(_ target: Shape) -> Int {
            2 * target.elementCount * groupChannels * kernel * kernel
        }

        func values() throws -> Values {
            let values = try load()
            precondition(values.weights.count == outputChannels * groupChannels * kernel * kernel)
            precondition(values.bias.count == outputChannels)
            return values
        }
    }

    /// activation(convolution(input) + residual).
    struct Convolution {
        var input: Value
        var filter: Filter
        var stride: Int
        /// Zeros on each side.
        var padding: Int
        var residual: Value?
        var activation: Activation
    }

    enum Operation {
        /// Given by the caller.
        case input
        /// A convolution and what is fused behind it.
        case convolution(Convolution)
        /// The columns of a modulated deformable 3 x 3 convolution (DCNv2, arXiv 1811.11168), padding 1:
        /// channel t C + c of the result is channel c of the input, sampled bilinearly (zero outside) at
        /// tap t moved by its offset, times the sigmoid of its modulation. The offsets have 27 channels:
        /// dy, dx of the nine taps in turn, then the nine modulations.
        case deformableColumns(Value, offsets: Value, stride: Int)
        /// The sum of two values, made in place on the second.
        case add(Value, to: Value)
        /// The channels of several values of one size, one after the other.
        case concatenation([Value])
        /// 3 x 3, stride 2, padding 1.
        case maxPool(Value)
        /// activation(bilinear(input) + residual), half-pixel centres.
        case resize(Value, residual: Value?, activation: Activation)
        /// The same values in the format of the node. Architectures do not write it: engines that compute
        /// in several formats put it between their layers.
        case conversion(Value)
    }

    struct Node {
        var name: String
        var operation: Operation
        var shape: Shape
        /// Chosen by the engine; architectures leave it.
        var format = Format.float32
        /// Chosen by the engine; nil for that of the input or the engine's native one.
        var layout: Layout?
        /// What a stored 1 stands for; other than 1 in one-byte formats only.
        var scale: Float = 1
    }

    /// Who sees a value besides later nodes.
    enum Layout: Hashable, Sendable {
        /// Whatever the engine likes best; for values handed from one graph to the next.
        case native
        /// [height, width, channels].
        case channelsLast
        /// [channels, height, width].
        case channelsFirst
    }

    struct Output {
        var name: String
        var value: Value
        var layout: Layout
    }

    private(set) var nodes: [Node] = []
    private(set) var inputs: [(value: Value, layout: Layout)] = []
    private(set) var outputs: [Output] = []

    func shape(of value: Value) -> Shape { nodes[value.index].shape }

    mutating func input(
        _ name: String, shape: Shape, layout: Layout, format: Format = .float32
    ) -> Value {
        input(Node(name: name, operation: .input, shape: shape, format: format), layout: layout)
    }

    /// Appends an input as it is.
    mutating func input(_ node: Node, layout: Layout) -> Value {
        let value = append(node)
        inputs.append((value, layout))
        return value
    }

    /// - Parameter padding: Zeros on each side; half the kernel if nil, which keeps the size.
    mutating func convolution(
        _ name: String, _ input: Value, _ filter: Filter, stride: Int = 1, padding: Int? = nil,
        residual: Value? = nil, activation: Activation = .identity
    ) -> Value {
        let source = shape(of: input)
        let padding = padding ?? filter.kernel / 2
        precondition(source.channels == filter.inputChannels, "\(name): channels differ")
        func reduced(_ n: Int) -> Int { (n + 2 * padding - filter.kernel) / stride + 1 }
        let target = Shape(
            channels: filter.outputChannels, height: reduced(source.height),
            width: reduced(source.width))
        precondition(
            residual.map { shape(of: $0) == target } ?? true, "\(name): residual differs")
        return append(
            name,
            .convolution(
                Convolution(
                    input: input, filter: filter, stride: stride, padding: padding,
                    residual: residual, activation: activation)), target)
    }

    mutating func add(_ name: String, _ value: Value, to other: Value) -> Value {
        precondition(shape(of: value) == shape(of: other), "\(name): shapes differ")
        return append(name, .add(value, to: other), shape(of: other))
    }

    mutating func concatenation(_ name: String, _ values: [Value]) -> Value {
        let shapes = values.map { shape(of: $0) }
        precondition(
            shapes.allSatisfy { $0.height == shapes[0].height && $0.width == shapes[0].width },
            "\(name): sizes differ")
        var target = shapes[0]
        target.channels = shapes.reduce(0) { $0 + $1.channels }
        return append(name, .concatenation(values), target)
    }

    mutating func deformableColumns(
        _ name: String, _ input: Value, offsets: Value, stride: Int
    ) -> Value {
        let source = shape(of: input)
        func reduced(_ n: Int) -> Int { (n - 1) / stride + 1 }
        let target = Shape(
            channels: 9 * source.channels, height: reduced(source.height),
            width: reduced(source.width))
        precondition(
            shape(of: offsets) == Shape(channels: 27, height: target.height, width: target.width),
            "\(name): offsets differ")
        return append(name, .deformableColumns(input, offsets: offsets, stride: stride), target)
    }

    mutating func maxPool(_ name: String, _ input: Value) -> Value {
        var target = shape(of: input)
        target.height = (target.height + 1) / 2
        target.width = (target.width + 1) / 2
        return append(name, .maxPool(input), target)
    }

    mutating func resize(
        _ name: String, _ input: Value, height: Int, width: Int, residual: Value? = nil,
        activation: Activation = .identity
    ) -> Value {
        let target = Shape(channels: shape(of: input).channels, height: height, width: width)
        precondition(residual.map { shape(of: $0) == target } ?? true, "\(name): residual differs")
        return append(name, .resize(input, residual: residual, activation: activation), target)
    }

    mutating func output(_ name: String, _ value: Value, layout: Layout) {
        outputs.append(Output(name: name, value: value, layout: layout))
    }

    private mutating func append(_ name: String, _ operation: Operation, _ shape: Shape) -> Value {
        append(Node(name: name, operation: operation, shape: shape))
    }

    /// Appends a node as it is.
    mutating func append(_ node: Node) -> Value {
        nodes.append(node)
        return Value(index: nodes.count - 1)
    }
}

extension NetworkGraph.Operation {
    /// The values it reads, the residual among them.
    var operands: [NetworkGraph.Value] {
        switch self {
        case .input: []
        case .convolution(let convolution):
            [convolution.input] + (convolution.residual.map { [$0] } ?? [])
        case .add(let value, let other): [value, other]
        case .deformableColumns(let input, let offsets, _): [input, offsets]
        case .concatenation(let values): values
        case .maxPool(let input): [input]
        case .resize(let input, let residual, _): [input] + (residual.map { [$0] } ?? [])
        case .conversion(let value): [value]
        }
    }

    /// The value whose memory the result takes over, as the sum is made in place.
    var residual: NetworkGraph.Value? {
        switch self {
        case .input, .maxPool, .deformableColumns, .concatenation, .conversion: nil
        case .convolution(let convolution): convolution.residual
        case .add(_, let other): other
        case .resize(_, let residual, _): residual
        }
    }
    /// The same operation on other values.
    ///
    /// - Parameters:
    ///   - read: For each value that is only read.
    ///   - overwritten: For the residual.
    func replacing(
        _ read: (NetworkGraph.Value) -> NetworkGraph.Value,
        overwritten: (NetworkGraph.Value) -> NetworkGraph.Value
    ) -> NetworkGraph.Operation {
        switch self {
        case .input: return .input
        case .convolution(var convolution):
            convolution.input = read(convolution.input)
            convolution.residual = convolution.residual.map(overwritten)
            return .convolution(convolution)
        case .add(let value, let other): return .add(read(value), to: overwritten(other))
        case .deformableColumns(let input, let offsets, let stride):
            return .deformableColumns(read(input), offsets: read(offsets), stride: stride)
        case .concatenation(let values): return .concatenation(values.map(read))
        case .maxPool(let input): return .maxPool(read(input))
        case .resize(let input, let residual, let activation):
            return .resize(
                read(input), residual: residual.map(overwritten), activation: activation)
        case .conversion(let value): return .conversion(read(value))
        }
    }
}
