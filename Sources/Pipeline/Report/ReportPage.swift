public import Foundation

/// A report in one HTML file that needs no network: styles are inside, charts are inline SVG, pictures are
/// `data:` addresses. Light or dark as the reader's system is.
public struct ReportPage: Sendable {
    /// What the report is about.
    public var title: String
    /// A line below the title.
    public var subtitle: String
    /// The sections in order.
    public var sections: [ReportSection]
    /// What made it, if that is to be told.
    public var origin: ReportOrigin?

    /// Creates a page.
    public init(
        title: String, subtitle: String, sections: [ReportSection], origin: ReportOrigin? = nil
    ) {
        self.title = title
        self.subtitle = subtitle
        self.sections = sections
        self.origin = origin
    }

    /// The whole document.
    public var html: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title)</title>
        <style>
        \(ReportStyle.sheet)
        </style>
        </head>
        <body>
        <main>
        <header><h1>\(title)</h1><p class="note">\(subtitle)</p></header>
        \(sections.map(\.html))
        \(origin?.html ?? .empty)
        </main>
        </body>
        </html>

        """
    }

    /// The document's bytes.
    public var data: Data { Data(html.text.utf8) }
}

/// A part of a report under a heading of its own.
public struct ReportSection: Sendable {
    /// The heading; none where it is empty.
    public var title: String
    /// How to read what follows.
    public var note: HTML
    /// What is shown.
    public var content: [HTML]

    /// Creates a section.
    public init(_ title: String, note: HTML = .empty, _ content: [HTML]) {
        self.title = title
        self.note = note
        self.content = content
    }

    var html: HTML {
        let heading: HTML = title.isEmpty ? .empty : "<h2>\(title)</h2>"
        let explanation: HTML = note == .empty ? .empty : "<p class=\"note\">\(note)</p>"
        return "<section>\n\([heading, explanation] + content)\n</section>"
    }
}

/// Ways to arrange what is in a section.
public enum ReportLayout {
    /// Side by side as far as the page is wide enough.
    ///
    /// - Parameters:
    ///   - items: What to arrange.
    ///   - width: Least width of an item in pixels.
    ///   - isTopAligned: Whether items of different height have their upper edges in line; otherwise the
    ///     lower ones.
    public static func grid(_ items: [HTML], width: Int, isTopAligned: Bool = false) -> HTML {
        """
        <div class="grid\(isTopAligned ? " top" : "")" style="--item: \(width)px">
        \(items)
        </div>
        """
    }

    /// Figures in large print, each over its name.
    public static func tiles(_ tiles: [(value: String, name: String)]) -> HTML {
        let items = tiles.map { tile -> HTML in
            "<div class=\"tile\"><b>\(tile.value)</b><span>\(tile.name)</span></div>"
        }
        return "<div class=\"tiles\">\n\(items)\n</div>"
    }

    /// A chart or picture with a line of text above it.
    public static func figure(_ content: HTML, title: HTML) -> HTML {
        "<figure><figcaption>\(title)</figcaption>\n\(content)\n</figure>"
    }

    /// What is shown only when it is asked for.
    public static func details(_ summary: String, _ content: HTML) -> HTML {
        "<details><summary>\(summary)</summary>\n\(content)\n</details>"
    }
}
