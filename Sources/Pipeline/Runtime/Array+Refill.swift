extension Array {
    /// Makes it hold `count` times the same, in the memory that it has.
    mutating func refill(with element: Element, count: Int) {
        removeAll(keepingCapacity: true)
        append(contentsOf: repeatElement(element, count: count))
    }
}
