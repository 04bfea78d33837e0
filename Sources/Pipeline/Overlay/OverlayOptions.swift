import Model

/// What is painted onto the frames, and how.
public struct OverlayOptions: Sendable, Hashable {
    /// What colours tell apart.
    public enum Colouring: Sendable, Hashable {
        /// Classes: all instances of one have the same colour.
        case classes
        /// Identities: each keeps its own colour through the video; what has none yet is grey.
        case identities
    }

    /// What colours tell apart.
    public var colouring: Colouring
    /// Opacity of the masks, 0...1. Values outside are clamped. Outlines, boxes and labels are opaque.
    public var alpha: Float
    /// Whether the pixels of every mask are tinted.
    public var drawsMasks: Bool
    /// Whether the edge of every mask is drawn.
    public var drawsOutlines: Bool
    /// Whether the bounding boxes are drawn.
    public var drawsBoxes: Bool
    /// Whether class name, identity where there is one, and score are written.
    public var drawsLabels: Bool
    /// Thickness of outlines and boxes in pixels; nil derives it from the picture size.
    public var lineThickness: Int?
    /// Height of the text's em square in pixels; nil derives it from the picture size.
    public var fontSize: Int?
    /// A TrueType or OpenType file for the labels; nil means the one that comes with the program, which
    /// covers Latin, Greek, Cyrillic, Armenian, Georgian and more, but no Chinese, Japanese or Korean.
    public var fontPath: String?

    /// Creates options; the default draws everything.
    public init(
        alpha: Float = 0.45, drawsMasks: Bool = true, drawsOutlines: Bool = true,
        drawsBoxes: Bool = true, drawsLabels: Bool = true, lineThickness: Int? = nil,
        fontSize: Int? = nil, fontPath: String? = nil, colouring: Colouring = .classes
    ) {
        self.colouring = colouring
        self.alpha = alpha
        self.drawsMasks = drawsMasks
        self.drawsOutlines = drawsOutlines
        self.drawsBoxes = drawsBoxes
        self.drawsLabels = drawsLabels
        self.lineThickness = lineThickness
        self.fontSize = fontSize
        self.fontPath = fontPath
    }

    /// The colour of an instance.
    func colour(of instance: Instance) -> OverlayColour {
        switch colouring {
        case .classes: Palette.colour(at: instance.classIndex)
        case .identities: instance.id.map { Palette.colour(at: $0 - 1) } ?? .unidentified
        }
    }

    /// Line thickness in pixels on a picture of that size: 1 at 360 lines, 3 at 1080, unless set.
    ///
    /// The shorter side decides, so that portrait and landscape video look alike.
    public func lineThickness(width: Int, height: Int) -> Int {
        max(1, lineThickness ?? (min(width, height) + 180) / 360)
    }

    /// Font size in pixels on a picture of that size: 12 at 360 lines, 24 at 1080, unless set.
    public func fontSize(width: Int, height: Int) -> Int {
        // FreeType takes sizes up to 65535; beyond a few hundred pixels nothing useful fits a frame.
        min(max(6, fontSize ?? 6 + (min(width, height) + 30) / 60), 1024)
    }
}
