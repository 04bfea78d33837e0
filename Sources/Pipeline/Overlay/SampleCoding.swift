/// How a sample is stored, and how a colour is blended into it.
///
/// Colours come on a scale of 16 bits whatever the depth of the samples (see ``SampleColour``), weights
/// as 0 (leave the sample) to 65535 (replace it). The arithmetic stays within 16 bits, so that vector
/// units of any x86-64 or ARM machine do eight samples at once.
protocol SampleCoding {
    /// The stored word.
    associatedtype Word: FixedWidthInteger & UnsignedInteger & Sendable
    /// The nearest stored word of a value on the 16-bit scale.
    static func narrow(_ value: UInt16) -> Word
    /// Blends a colour into a sample; a weight of 0 keeps all bits of the sample.
    static func blend(_ word: Word, with colour: UInt16, weight: UInt16) -> Word
    /// The two constants for blending one colour with one weight into many samples.
    static func tint(_ colour: UInt16, weight: UInt16) -> Tint
    /// Blends a prepared colour into a sample.
    static func apply(_ tint: Tint, to word: Word) -> Word
}

/// A colour and a weight, prepared for blending.
struct Tint {
    /// What is left of the sample.
    var rest: UInt16
    /// What the colour adds.
    var share: UInt16
}

/// The upper half of the product: `value * weight / 65536`.
@inline(__always)
func upperProduct(_ value: UInt16, _ weight: UInt16) -> UInt16 {
    UInt16(truncatingIfNeeded: (UInt32(value) &* UInt32(weight)) &>> 16)
}

/// 8 bits in a byte.
enum EightBitCoding: SampleCoding {
    @inline(__always) static func narrow(_ value: UInt16) -> UInt8 {
        UInt8(truncatingIfNeeded: (value &+ 128) &>> 8)
    }

    /// The weight in 0...256. A step is less than one code of any sample.
    @inline(__always) private static func level(_ weight: UInt16) -> UInt16 {
        weight &>> 8 &+ (weight &>> 7) & 1
    }

    @inline(__always)
    static func blend(_ word: UInt8, with colour: UInt16, weight: UInt16) -> UInt8 {
        narrow(UInt16(word) &* (256 &- level(weight)) &+ upperProduct(colour, weight))
    }

    static func tint(_ colour: UInt16, weight: UInt16) -> Tint {
        let level = level(weight)
        return Tint(
            rest: 256 - level,
            share: UInt16(truncatingIfNeeded: (UInt32(colour) * UInt32(level)) >> 8))
    }

    @inline(__always) static func apply(_ tint: Tint, to word: UInt8) -> UInt8 {
        narrow(UInt16(word) &* tint.rest &+ tint.share)
    }
}

/// 10 bits in two bytes: widened to the 16-bit scale and narrowed again.
protocol TwoByteCoding: SampleCoding where Word == UInt16 {
    /// The sample on the 16-bit scale.
    static func widen(_ word: UInt16) -> UInt16
}

extension TwoByteCoding {
    @inline(__always)
    static func blend(_ word: UInt16, with colour: UInt16, weight: UInt16) -> UInt16 {
        let blended = narrow(
            upperProduct(widen(word), ~weight) &+ upperProduct(colour, weight))
        return weight == 0 ? word : blended
    }

    static func tint(_ colour: UInt16, weight: UInt16) -> Tint {
        Tint(rest: ~weight, share: upperProduct(colour, weight))
    }

    @inline(__always) static func apply(_ tint: Tint, to word: UInt16) -> UInt16 {
        narrow(upperProduct(widen(word), tint.rest) &+ tint.share)
    }
}

/// 10 bits in the lower bits of two bytes.
enum TenBitCoding: TwoByteCoding {
    @inline(__always) static func widen(_ word: UInt16) -> UInt16 { word &<< 6 }
    @inline(__always) static func narrow(_ value: UInt16) -> UInt16 { (value &+ 32) &>> 6 }
}

/// 10 bits in the upper bits of two bytes (P010).
enum HighTenBitCoding: TwoByteCoding {
    @inline(__always) static func widen(_ word: UInt16) -> UInt16 { word & 0xFFC0 }
    @inline(__always) static func narrow(_ value: UInt16) -> UInt16 { (value &+ 32) & 0xFFC0 }
}
