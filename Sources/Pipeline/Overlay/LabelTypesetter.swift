import Foundation

/// Turns class names and scores into coverage bitmaps.
///
/// Names are laid out once per font size and kept; a score is put together from the glyphs of its
/// digits, so that a label costs no allocation once its class and the digits have been seen.
/// Characters are set left to right one by one: scripts that need shaping or run from right to left
/// come out readable only as far as that allows.
final class LabelTypesetter {
    private let font: LabelFont
    private let classNames: [String]
    private var names: [Int: TextRun] = [:]
    private var digits: [UInt32] = []
    private var dot: UInt32 = 0
    private var space: UInt32 = 0
    private var hash: UInt32 = 0
    private var score: [UInt32] = []

    /// Glyphs with their pen positions in 1/64 pixel.
    private struct TextRun {
        var glyphs: [UInt32] = []
        var positions: [Int] = []
        var advance = 0
    }

    init(font: LabelFont, classNames: [String]) {
        self.font = font
        self.classNames = classNames
        digits = (0...9).map { font.glyphIndex(Unicode.Scalar(UInt8(48 + $0))) ?? 0 }
        dot = font.glyphIndex(".") ?? 0
        space = font.glyphIndex(" ") ?? 0
        hash = font.glyphIndex("#") ?? 0
        score.reserveCapacity(16)
    }

    /// Chooses the font size.
    func setPixelSize(_ size: Int) throws(OverlayError) {
        guard size != font.pixelSize else { return }
        try font.setPixelSize(size)
        names.removeAll(keepingCapacity: true)
    }

    /// Free columns left and right of the text.
    private var padding: Int { max(2, font.pixelSize * 3 / 10) }

    /// Rows of every label's plate: a line, and some air below its descenders. Capitals have theirs in
    /// the line's upper part.
    var height: Int { font.ascent + font.descent + max(1, font.pixelSize / 14) }

    /// Draws "name 0.92", or "name #3 0.92" where there is an identity, into the scratch label buffer.
    ///
    /// - Parameter widthLimit: Columns beyond this are cut off.
    /// - Returns: Columns of the bitmap, which has ``height`` rows without padding between them.
    func compose(
        classIndex: Int, id: Int?, score value: Float, widthLimit: Int, into scratch: PaintScratch
    ) throws(OverlayError) -> Int {
        let name = try nameRun(classIndex)
        setNumbers(id, value)
        var scoreAdvance = 0
        for index in score { scoreAdvance += try font.glyph(index).advance }
        let text = name.advance + scoreAdvance
        let width = min((text + 63) >> 6 + 2 * padding, widthLimit)
        let bitmap = scratch.reserveLabel(pixels: width * height)
        for (index, position) in zip(name.glyphs, name.positions) {
            let pen = padding + (position + 32) >> 6
            if pen >= width { break }
            draw(try font.glyph(index), pen: pen, bitmap, width)
        }
        var position = name.advance
        for index in score {
            let glyph = try font.glyph(index)
            draw(glyph, pen: padding + (position + 32) >> 6, bitmap, width)
            position += glyph.advance
        }
        return width
    }

    /// Draws a text into the scratch label buffer; the rest as above.
    func compose(
        text: String, widthLimit: Int, into scratch: PaintScratch
    ) throws(OverlayError) -> Int {
        let run = try layOut(text)
        let width = min((run.advance + 63) >> 6 + 2 * padding, widthLimit)
        let bitmap = scratch.reserveLabel(pixels: width * height)
        for (index, position) in zip(run.glyphs, run.positions) {
            let pen = padding + (position + 32) >> 6
            if pen >= width { break }
            draw(try font.glyph(index), pen: pen, bitmap, width)
        }
        return width
    }

    private func draw(
        _ glyph: LabelFont.Glyph, pen: Int, _ bitmap: UnsafeMutablePointer<UInt8>, _ width: Int
    ) {
        let left = pen + glyph.left
        let top = font.ascent - glyph.top
        for row in max(0, -top)..<max(0, -top, min(glyph.height, height - top)) {
            let target = bitmap + (top + row) * width + left
            for column in max(0, -left)..<max(0, -left, min(glyph.width, width - left)) {
                let coverage = glyph.pixels[row * glyph.width + column]
                target[column] = max(target[column], coverage)
            }
        }
    }

    /// The glyphs of the identity, if there is one, and of the score with two decimals, each behind a space.
    private func setNumbers(_ id: Int?, _ value: Float) {
        let hundredths = value.isNaN ? 0 : Int((min(max(value, 0), 9.99) * 100).rounded())
        score.removeAll(keepingCapacity: true)
        if let id {
            score.append(space)
            score.append(hash)
            appendDigits(max(0, id))
        }
        score.append(space)
        score.append(digits[hundredths / 100 % 10])
        score.append(dot)
        score.append(digits[hundredths / 10 % 10])
        score.append(digits[hundredths % 10])
    }

    private func appendDigits(_ number: Int) {
        if number >= 10 { appendDigits(number / 10) }
        score.append(digits[number % 10])
    }

    private func nameRun(_ classIndex: Int) throws(OverlayError) -> TextRun {
        if let known = names[classIndex] { return known }
        let run = try layOut(classNames.name(ofClass: classIndex))
        names[classIndex] = run
        return run
    }

    private func layOut(_ text: String) throws(OverlayError) -> TextRun {
        var run = TextRun()
        for character in text.precomposedStringWithCanonicalMapping {
            for index in glyphs(of: character) {
                if let previous = run.glyphs.last { run.advance += font.kerning(previous, index) }
                run.glyphs.append(index)
                run.positions.append(run.advance)
                run.advance += try font.glyph(index).advance
            }
        }
        return run
    }

    /// What a reader takes for one character becomes one box where the font lacks it, however many code
    /// points an emoji is made of.
    private func glyphs(of character: Character) -> [UInt32] {
        if character.isNewline || character.isWhitespace { return [space] }
        var found: [UInt32] = []
        for scalar in character.unicodeScalars {
            if scalar.properties.isDefaultIgnorableCodePoint { continue }
            if scalar.properties.generalCategory == .control { return [space] }
            if let index = font.glyphIndex(scalar) {
                found.append(index)
            } else if found.isEmpty {
                return [0]
            }
        }
        return found
    }
}
