/// A number format that the transforms read and write, four numbers at once.
protocol WinogradElement {
    static var byteCount: Int { get }
    static func load(_ source: UnsafeRawPointer) -> Lanes
    static func store(_ lanes: Lanes, _ target: UnsafeMutableRawPointer)
}

extension Float: WinogradElement {
    static var byteCount: Int { 4 }

    @inline(__always)
    static func load(_ source: UnsafeRawPointer) -> Lanes { source.load(as: Lanes.self) }

    @inline(__always)
    static func store(_ lanes: Lanes, _ target: UnsafeMutableRawPointer) {
        target.storeBytes(of: lanes, as: Lanes.self)
    }
}

/// The upper half of a float32, rounded to the nearest, halves away from zero.
enum BFloat16: WinogradElement {
    static var byteCount: Int { 2 }

    @inline(__always)
    static func load(_ source: UnsafeRawPointer) -> Lanes {
        let halves = SIMD4<UInt32>(truncatingIfNeeded: source.load(as: SIMD4<UInt16>.self))
        return unsafeBitCast(halves &<< 16, to: Lanes.self)
    }

    @inline(__always)
    static func store(_ lanes: Lanes, _ target: UnsafeMutableRawPointer) {
        let bits = unsafeBitCast(lanes, to: SIMD4<Int32>.self)
        let rounded = (bits &+ 0x8000) &>> 16
        target.storeBytes(
            of: SIMD4<Int16>(truncatingIfNeeded: rounded), as: SIMD4<Int16>.self)
    }
}

/// The formats that the transforms read and write.
enum WinogradFormat: Hashable, Sendable {
    case float32
    case bfloat16

    /// nil for numbers of one byte.
    init?(_ format: NetworkGraph.Format) {
        switch format {
        case .float32: self = .float32
        case .bfloat16: self = .bfloat16
        case .uint8, .int8: return nil
        }
    }

    var format: NetworkGraph.Format {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
    }
}
