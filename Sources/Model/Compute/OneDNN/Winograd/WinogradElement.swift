/// A number format that the transforms read and write, four numbers at once.
protocol WinogradElement {
    static var byteCount: Int { get }
    /// - Parameter step: What a stored 1 stands for, in formats of one byte.
    static func load(_ source: UnsafeRawPointer, step: Float) -> Lanes
    static func store(_ lanes: Lanes, _ target: UnsafeMutableRawPointer, step: Float)
}

extension Float: WinogradElement {
    static var byteCount: Int { 4 }

    @inline(__always)
    static func load(_ source: UnsafeRawPointer, step: Float) -> Lanes {
        source.load(as: Lanes.self)
    }

    @inline(__always)
    static func store(_ lanes: Lanes, _ target: UnsafeMutableRawPointer, step: Float) {
        target.storeBytes(of: lanes, as: Lanes.self)
    }
}

/// The upper half of a float32, rounded to the nearest, halves away from zero.
enum BFloat16: WinogradElement {
    static var byteCount: Int { 2 }

    @inline(__always)
    static func load(_ source: UnsafeRawPointer, step: Float) -> Lanes {
        let halves = SIMD4<UInt32>(truncatingIfNeeded: source.load(as: SIMD4<UInt16>.self))
        return unsafeBitCast(halves &<< 16, to: Lanes.self)
    }

    @inline(__always)
    static func store(_ lanes: Lanes, _ target: UnsafeMutableRawPointer, step: Float) {
        let bits = unsafeBitCast(lanes, to: SIMD4<Int32>.self)
        let rounded = (bits &+ 0x8000) &>> 16
        target.storeBytes(
            of: SIMD4<Int16>(truncatingIfNeeded: rounded), as: SIMD4<Int16>.self)
    }
}

/// Multiples of a step, rounded to the nearest, halves to even.
extension UInt8: WinogradElement {
    static var byteCount: Int { 1 }

    @inline(__always)
    static func load(_ source: UnsafeRawPointer, step: Float) -> Lanes {
        Lanes(source.loadUnaligned(as: SIMD4<UInt8>.self)) * step
    }

    @inline(__always)
    static func store(_ lanes: Lanes, _ target: UnsafeMutableRawPointer, step: Float) {
        let numbers = (lanes / step).clamped(lowerBound: .zero, upperBound: .init(repeating: 255))
        target.storeBytes(
            of: SIMD4<UInt8>(truncatingIfNeeded: SIMD4<Int32>(numbers.rounded(.toNearestOrEven))),
            as: SIMD4<UInt8>.self)
    }
}

/// Multiples of a step, rounded to the nearest, halves to even.
extension Int8: WinogradElement {
    static var byteCount: Int { 1 }

    @inline(__always)
    static func load(_ source: UnsafeRawPointer, step: Float) -> Lanes {
        Lanes(source.loadUnaligned(as: SIMD4<Int8>.self)) * step
    }

    @inline(__always)
    static func store(_ lanes: Lanes, _ target: UnsafeMutableRawPointer, step: Float) {
        let numbers = (lanes / step)
            .clamped(lowerBound: .init(repeating: -128), upperBound: .init(repeating: 127))
        target.storeBytes(
            of: SIMD4<Int8>(truncatingIfNeeded: SIMD4<Int32>(numbers.rounded(.toNearestOrEven))),
            as: SIMD4<Int8>.self)
    }
}

/// The formats that the transforms read and write.
enum WinogradFormat: Hashable, Sendable {
    /// Blocked by channels, as bfloat16 is.
    case float32
    case bfloat16
    /// Channels last, as int8 is; not a format of factors.
    case uint8
    case int8

    init(_ format: NetworkGraph.Format) {
        switch format {
        case .float32: self = .float32
        case .bfloat16: self = .bfloat16
        case .uint8: self = .uint8
        case .int8: self = .int8
        }
    }

    var format: NetworkGraph.Format {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        case .uint8: .uint8
        case .int8: .int8
        }
    }

    /// Where channels lie.
    var layout: NetworkGraph.Layout { format.isQuantised ? .channelsLast : .native }
}
