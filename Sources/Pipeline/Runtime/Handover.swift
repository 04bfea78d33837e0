/// Carries something that is not `Sendable` from one thread to the next, for pipeline items and for the
/// reader or writer that a stage's closure works on.
///
/// The value is not protected. Whoever puts it in promises that one thread at a time touches it, and
/// that it changes hands only together with an item, through a queue, or at the start and end of
/// ``Pipeline/run(_:observer:clock:)``: each of those makes everything done before visible after.
///
/// `@unchecked Sendable` is safe under that promise and only under it.
public struct Handover<Value>: @unchecked Sendable {
    /// The carried value; for the present owner only.
    public let value: Value

    /// Wraps a value.
    public init(_ value: Value) {
        self.value = value
    }
}
