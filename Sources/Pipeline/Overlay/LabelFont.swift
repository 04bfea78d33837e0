import CFreeType

/// A scalable font, rendered to glyph bitmaps that are kept until the size changes.
///
/// Not safe to use from two threads at once.
final class LabelFont {
    /// The font file.
    let path: String
    /// Size of the em square in pixels.
    private(set) var pixelSize = 0
    /// Rows from the top of a line to its baseline.
    private(set) var ascent = 0
    /// Rows from the baseline to the bottom of a line.
    private(set) var descent = 0

    private let library: FT_Library
    private let face: FT_Face
    private let hasKerning: Bool
    private var glyphs: [UInt32: Glyph] = [:]

    /// A rendered glyph.
    struct Glyph {
        /// Columns from the pen to the bitmap's left edge.
        var left: Int
        /// Rows from the bitmap's top edge down to the baseline.
        var top: Int
        var width: Int
        var height: Int
        /// Coverage, 0...255, row by row without padding.
        var pixels: [UInt8]
        /// How far the pen moves, in 1/64 pixel.
        var advance: Int
    }

    /// Opens a font file.
    init(path: String) throws(OverlayError) {
        var library: FT_Library?
        let initialised = FT_Init_FreeType(&library)
        guard initialised == 0, let library else {
            throw Self.error(path, "starting FreeType", initialised)
        }
        var face: FT_Face?
        let opened = FT_New_Face(library, path, 0, &face)
        guard opened == 0, let face else {
            FT_Done_FreeType(library)
            throw Self.error(path, "opening the font", opened)
        }
        self.path = path
        self.library = library
        self.face = face
        hasKerning = face.pointee.face_flags & YV_FT_KERNING_MASK != 0
    }

    deinit {
        FT_Done_Face(face)
        FT_Done_FreeType(library)
    }

    /// Chooses the size; glyphs of another size are forgotten.
    func setPixelSize(_ size: Int) throws(OverlayError) {
        guard size != pixelSize else { return }
        let code = FT_Set_Pixel_Sizes(face, 0, UInt32(clamping: size))
        guard code == 0 else { throw Self.error(path, "setting the size \(size)", code) }
        glyphs.removeAll(keepingCapacity: true)
        pixelSize = size
        let metrics = face.pointee.size.pointee.metrics
        ascent = max(1, (Int(metrics.ascender) + 32) >> 6)
        descent = max(0, (32 - Int(metrics.descender)) >> 6)
    }

    /// The font's number for a character; nil where it has none. Number 0 is the box for such.
    func glyphIndex(_ scalar: Unicode.Scalar) -> UInt32? {
        let index = FT_Get_Char_Index(face, FT_ULong(scalar.value))
        return index == 0 ? nil : index
    }

    /// How much closer two glyphs stand than their advances say, in 1/64 pixel; negative is closer.
    func kerning(_ left: UInt32, _ right: UInt32) -> Int {
        guard hasKerning else { return 0 }
        var vector = FT_Vector()
        let code = FT_Get_Kerning(face, left, right, FT_KERNING_DEFAULT.rawValue, &vector)
        return code == 0 ? Int(vector.x) : 0
    }

    /// Renders a glyph, or finds it rendered.
    func glyph(_ index: UInt32) throws(OverlayError) -> Glyph {
        if let known = glyphs[index] { return known }
        let code = FT_Load_Glyph(face, index, YV_FT_LOAD_FLAGS)
        guard code == 0 else { throw Self.error(path, "rendering glyph \(index)", code) }
        let slot = face.pointee.glyph.pointee
        let bitmap = slot.bitmap
        var glyph = Glyph(
            left: Int(slot.bitmap_left), top: Int(slot.bitmap_top), width: Int(bitmap.width),
            height: Int(bitmap.rows), pixels: [], advance: Int(slot.advance.x))
        if let buffer = bitmap.buffer, glyph.width > 0, glyph.height > 0 {
            guard UInt32(bitmap.pixel_mode) == FT_PIXEL_MODE_GRAY.rawValue else {
                throw .font(
                    path: path, operation: "rendering glyph \(index)",
                    reason: "pixel mode \(bitmap.pixel_mode) instead of grey")
            }
            glyph.pixels.reserveCapacity(glyph.width * glyph.height)
            for row in 0..<glyph.height {
                let start = buffer + row * Int(bitmap.pitch)
                glyph.pixels.append(
                    contentsOf: UnsafeBufferPointer(start: start, count: glyph.width))
            }
        }
        glyphs[index] = glyph
        return glyph
    }

    private static func error(
        _ path: String, _ operation: String, _ code: FT_Error
    ) -> OverlayError {
        let text = FT_Error_String(code).map { String(cString: $0) }
        return .font(
            path: path, operation: operation, reason: text ?? "FreeType error \(code)")
    }
}
