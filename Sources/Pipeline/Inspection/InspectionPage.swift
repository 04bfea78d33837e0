import Foundation
import Model

/// The page of an inspection.
struct InspectionPage {
    let inspection: Inspection
    let pictures: InspectionPictures
    let classNames: [String]
    /// The picture, as an address that holds it.
    let photo: String

    func page(title: String, subtitle: String, origin: ReportOrigin?) -> ReportPage {
        ReportPage(
            title: title, subtitle: subtitle,
            sections: [overview, prototypes, suppression]
                + inspection.instances.indices.map(instance), origin: origin)
    }

    func name(_ classIndex: Int) -> String {
        classNames.indices.contains(classIndex) ? classNames[classIndex] : "\(classIndex)"
    }

    /// What an instance is called on the page: its number, from 1, and its class.
    func title(_ index: Int) -> String {
        "#\(index + 1) \(name(inspection.instances[index].instance.classIndex))"
    }

    /// Candidates that an instance suppressed and that could have been detected.
    func suppressed(byInstance index: Int) -> [Int] {
        inspection.suppressed(byInstance: index).filter {
            inspection.candidates[$0].detection.score > inspection.detection.confidenceThreshold
        }
    }

    static func score(_ value: Float) -> String { ChartNumber.fixed(Double(value), digits: 3) }

    /// A PNG picture.
    func image(_ picture: InspectionPictures.Picture, _ description: String) -> HTML {
        "<img src=\"\(picture.address)\" alt=\"\(description)\"/>"
    }

    /// The picture with shapes on top; those are in its pixels.
    func drawing(_ shapes: [HTML], _ description: String) -> HTML {
        """
        <svg viewBox="0 0 \(inspection.width) \(inspection.height)" role="img" \
        aria-label="\(description)">
        <use href="#picture"/>
        \(shapes)
        </svg>
        """
    }

    /// A picture of prototype size, stretched to the shape of the whole picture.
    func stretched(
        _ picture: InspectionPictures.Picture, _ description: String, _ shapes: [HTML] = []
    ) -> HTML {
        """
        <svg viewBox="0 0 \(inspection.width) \(inspection.height)" role="img" \
        aria-label="\(description)">
        <image width="\(inspection.width)" height="\(inspection.height)" \
        preserveAspectRatio="none" href="\(picture.address)"/>
        \(shapes)
        </svg>
        """
    }

    /// A box as a line, over a dark one that keeps it visible on any picture.
    func outline(
        _ box: RelativeBox, _ colour: OverlayColour, width: Double, dashed: Bool = false,
        _ description: String
    ) -> HTML {
        let pixels = box.pixels(width: inspection.width, height: inspection.height)
        let path: HTML =
            "M\(pixels.x) \(pixels.y)h\(pixels.width)v\(pixels.height)h\(-pixels.width)Z"
        let dashes: HTML = dashed ? " stroke-dasharray=\"5 4\"" : .empty
        return """
            <path d="\(path)" fill="none" stroke="#000" stroke-opacity="0.5" \
            stroke-width="\(width + 1.5)"\(dashes) vector-effect="non-scaling-stroke"/>\
            <path d="\(path)" fill="none" stroke="\(Self.css(colour))" stroke-width="\(width)"\
            \(dashes) vector-effect="non-scaling-stroke"><title>\(description)</title></path>
            """
    }

    static func css(_ colour: OverlayColour) -> HTML {
        "rgb(\(Int(colour.red)) \(Int(colour.green)) \(Int(colour.blue)))"
    }

    // MARK: Sections

    private var overview: ReportSection {
        let instances = inspection.instances
        let anchors = Set(inspection.candidates.map(\.detection.anchor)).count
        let tiles: [(value: String, name: String)] = [
            ("\(instances.count)", instances.count == 1 ? "instance" : "instances"),
            ("\(anchors)", "anchors above the threshold"),
            ("\(inspection.prototypes.count)", "prototypes"),
            ("\(inspection.inputSize) x \(inspection.inputSize)", "pixels the network sees"),
        ]
        let definition: HTML = """
            <svg width="0" height="0" style="position: absolute; width: 0; height: 0" \
            aria-hidden="true"><defs><image id="picture" width="\(inspection.width)" \
            height="\(inspection.height)" href="\(photo)"/></defs></svg>
            """
        let figures = ReportLayout.grid(
            [
                ReportLayout.figure(
                    image(pictures.overlay, "the picture with its instances"),
                    title: "<b>Instances</b>"),
                ReportLayout.figure(
                    image(pictures.input, "the picture as the network gets it"),
                    title: "<b>The network's input</b>, stretched to a square"),
            ], width: 340, isTopAligned: true)
        return ReportSection(
            "", [definition, ReportLayout.tiles(tiles), figures, instanceTable])
    }

    private var instanceTable: HTML {
        guard !inspection.instances.isEmpty else {
            let threshold = Self.score(inspection.selection.scoreThreshold)
            return """
                <p class="note">No instance has a score above \(threshold).</p>
                """
        }
        let isRescored = inspection.instances.contains { $0.instance.score != $0.instance.boxScore }
        let rows = inspection.instances.enumerated().map { index, item -> [String] in
            let box = item.instance.box
            return [title(index), Self.score(item.instance.score)]
                + (isRescored ? [Self.score(item.instance.boxScore)] : [])
                + [
                    "\(box.x), \(box.y), \(box.width) x \(box.height)",
                    "\(item.instance.mask.area)",
                    "P\(item.anchor.level)", "\(item.anchor.row), \(item.anchor.column)",
                    "\(suppressed(byInstance: index).count)",
                ]
        }
        return "<h3>Instances</h3>\n"
            + ReportTable(
                columns: [.init("instance", isNumeric: false), .init("score")]
                    + (isRescored ? [.init("before re-scoring")] : [])
                    + [
                        .init("box: x, y, size"), .init("mask pixels"), .init("level"),
                        .init("anchor: row, column"), .init("boxes it suppressed"),
                    ], rows: rows
            ).html
    }

    private var prototypes: ReportSection {
        let side = inspection.prototypes.side
        let tiles = pictures.prototypes.enumerated().map { index, picture -> HTML in
            let values = inspection.prototypes[index]
            let most = Double(values.max() ?? 0)
            return ReportLayout.figure(
                stretched(picture, "prototype \(index)"),
                title: "<b>\(index)</b> <small>up to \(most, digits: 2)</small>")
        }
        return ReportSection(
            "Prototypes",
            note: """
                What the network offers for all masks of this picture, \(side) x \(side) pixels each, \
                shown in the shape of the picture. Dark is 0; yellow is the largest value of that prototype.
                """, [ReportLayout.grid(tiles, width: 130)])
    }
}

extension HTML {
    static func + (first: HTML, second: HTML) -> HTML { "\(first)\(second)" }
}
