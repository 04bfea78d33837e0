/// Tells values that no network can compute with from those that one can: shapes say nothing of them, and a
/// single number that is none spreads over all that a network puts out.
enum ParameterValues {
    /// Checks the values of a parameter.
    ///
    /// A pass over memory that was just written: 40 ms for 200 MB of weights on a busy machine, a small part
    /// of reading and compiling them.
    ///
    /// - Throws: ``WeightsError`` of the kind ``WeightsError/Kind/impossibleValue``.
    static func check(
        _ values: [Float], of name: String, shape: [Int], source: String
    ) throws(WeightsError) {
        if areNotAllFinite(values), let index = values.firstIndex(where: { !$0.isFinite }) {
            throw error(values, index, name, shape, source, "weights must be finite")
        }
        guard name.hasSuffix("running_var"), let index = values.firstIndex(where: { $0 < 0 })
        else { return }
        throw error(values, index, name, shape, source, "a variance is never negative")
    }

    /// Whether any is infinite or none. Their exponents are all ones, and only then one more reaches the
    /// sign's bit: a sum and an OR, which the compiler does for many numbers at a time on every CPU.
    private static func areNotAllFinite(_ values: [Float]) -> Bool {
        var bits: UInt32 = 0
        for value in values { bits |= value.magnitude.bitPattern &+ 0x0080_0000 }
        return bits >> 31 == 1
    }

    private static func error(
        _ values: [Float], _ index: Int, _ name: String, _ shape: [Int], _ source: String,
        _ reason: String
    ) -> WeightsError {
        WeightsError(
            .impossibleValue, path: source,
            "tensor \(name) holds \(values[index]) at \(place(index, in: shape)); \(reason)")
    }

    /// The indices of an element, outermost dimension first.
    static func place(_ index: Int, in shape: [Int]) -> [Int] {
        var rest = index
        var indices: [Int] = []
        for size in shape.reversed() {
            indices.append(rest % max(size, 1))
            rest /= max(size, 1)
        }
        return indices.reversed()
    }
}
