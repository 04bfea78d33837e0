import Synchronization

/// Reuses expensive things, such as buffers, from one item to the next.
///
/// The pool grows to the number of elements that were out at the same time and no further, so a pipeline's
/// queues bound it. An element that is never given back is simply freed by its last owner.
public final class ResourcePool<Element: Sendable>: Sendable {
    private let idle = Mutex<[Element]>([])
    private let limit: Int
    private let make: @Sendable () throws -> Element

    /// Creates an empty pool.
    ///
    /// - Parameters:
    ///   - limit: More idle elements than these are not kept, for pools that may get back more than they
    ///     gave.
    ///   - make: Makes an element when none is idle; may be called from several threads at once.
    public init(limit: Int = .max, make: @escaping @Sendable () throws -> Element) {
        self.limit = limit
        self.make = make
    }

    /// An idle element, the one used last first, or a new one. Throws what `make` throws.
    public func take() throws -> Element {
        if let element = idle.withLock({ $0.popLast() }) { return element }
        return try make()
    }

    /// Gives an element back for the next ``take()``. The giver must not use it afterwards.
    public func giveBack(_ element: Element) {
        idle.withLock { idle in
            if idle.count < limit { idle.append(element) }
        }
    }

    /// Elements waiting to be taken.
    public var idleCount: Int { idle.withLock { $0.count } }
}
