/// A table of a report.
public struct ReportTable: Sendable {
    /// A column.
    public struct Column: Sendable {
        /// Its heading.
        public var title: String
        /// Whether it holds numbers, which are aligned at the right.
        public var isNumeric: Bool

        /// Creates a column.
        public init(_ title: String, isNumeric: Bool = true) {
            self.title = title
            self.isNumeric = isNumeric
        }
    }

    /// The columns.
    public var columns: [Column]
    /// The cells, row by row, as many each as there are columns.
    public var rows: [[String]]

    /// Creates a table.
    public init(columns: [Column], rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }

    /// Columns that fit into a narrow window; of more, each row is shown as a list there.
    private static let mostNarrowColumns = 6

    /// The table, in a box that scrolls where the page is too narrow for it.
    public var html: HTML {
        let head = columns.map { column -> HTML in
            column.isNumeric
                ? "<th scope=\"col\" class=\"n\">\(column.title)</th>"
                : "<th scope=\"col\">\(column.title)</th>"
        }
        let isMany = columns.count > Self.mostNarrowColumns
        let body = rows.map { row -> HTML in
            let cells = zip(columns, row).map { column, cell -> HTML in
                let style: HTML = column.isNumeric ? " class=\"n\"" : .empty
                let name: HTML = isMany ? " data-name=\"\(column.title)\"" : .empty
                return "<td\(style)\(name)>\(cell)</td>"
            }
            return "<tr>\(cells)</tr>"
        }
        return """
            <div class="wide"><table\(isMany ? " class=\"many\"" as HTML : .empty)>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)
            </tbody></table></div>
            """
    }
}
