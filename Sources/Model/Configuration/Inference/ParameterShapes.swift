/// Shapes of a file's parameters, looked up by name.
struct ParameterShapes {
    private let shapes: [String: [Int]]

    init(_ shapes: [String: [Int]]) { self.shapes = shapes }

    subscript(_ name: String) -> [Int]? { shapes[name] }

    func has(_ name: String) -> Bool { shapes[name] != nil }

    /// The shape of a convolution's weights, [outputs, inputs, kernel, kernel]; nil also where its numbers
    /// are no network's, so that none can overflow what is computed with them.
    func convolution(_ name: String) -> [Int]? {
        shapes["\(name).weight"].flatMap { shape in
            shape.count == 4 && shape[2] == shape[3] && shape.allSatisfy((1...1 << 20).contains)
                ? shape : nil
        }
    }

    /// How many parameters there are whose names follow one another, from `first` on.
    func count(from first: Int = 0, _ name: (Int) -> String) -> Int {
        var index = first
        while has(name(index)) { index += 1 }
        return index - first
    }
}
