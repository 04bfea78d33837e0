import Foundation
import Model
import VideoIO

/// The worst moments of a report: the frame before, the frame, and what changed between their masks.
struct StabilityStrips {
    private let report: StabilityReport

    private static let largestSide = 360
    private static let maskColour: HTML = "#ffffff"
    private static let gained: HTML = "#ff8a2a"
    private static let lost: HTML = "#3aa0ff"

    init(_ report: StabilityReport) { self.report = report }

    /// A section for each way of showing.
    func sections() throws -> [ReportSection] {
        let moments = report.run.variants.map(\.worst)
        let pictures = try pictures(moments.flatMap { $0 })
        return zip(report.run.variants, moments).filter { !$0.1.isEmpty }.map { variant, worst in
            let strips = worst.map { moment in
                ReportLayout.figure(
                    """
                    <div class="grid" style="grid-template-columns: repeat(3, minmax(0, 1fr)); \
                    gap: 8px">
                    \(strip(moment, variant.smoothing.rawValue, pictures))
                    </div>
                    """,
                    title: """
                        <b>\(moment.category) #\(moment.id)</b><small>frame \(moment.frame), \
                        \(moment.time, digits: 2) s, consistency \(moment.consistency, digits: 3)</small>
                        """)
            }
            return ReportSection(
                "Worst moments: \(variant.smoothing.rawValue)",
                note: """
                    The frame before, the frame, and the difference: what the mask gained and lost against the \
                    earlier one, moved with the picture.
                    """, [legend, ReportLayout.grid(strips, width: 500)])
        }
    }

    private var legend: HTML {
        """
        <ul class="legend"><li><i style="background: \(Self.maskColour); \
        border: 1px solid var(--axis)"></i>mask</li>\
        <li><i style="background: \(Self.gained)"></i>gained</li>\
        <li><i style="background: \(Self.lost)"></i>lost</li></ul>
        """
    }

    private struct Place: Hashable {
        var frame: Int
        var part: PixelRectangle
    }

    private func strip(
        _ moment: StabilityMoment, _ variant: String, _ pictures: [Place: String]
    ) -> [HTML] {
        let part = shownPart(moment)
        func picture(_ frame: Int, _ name: String, _ drawn: HTML) -> HTML {
            var background: HTML = """
                <rect x="\(part.x)" y="\(part.y)" width="\(part.width)" height="\(part.height)" \
                fill="#55544f"/>
                """
            if let data = pictures[Place(frame: frame, part: part)] {
                background = """
                    <image x="\(part.x)" y="\(part.y)" width="\(part.width)" \
                    height="\(part.height)" preserveAspectRatio="none" \
                    href="data:image/jpeg;base64,\(data)"/>
                    """
            }
            return """
                <svg viewBox="\(part.x) \(part.y) \(part.width) \(part.height)" role="img" \
                aria-label="\(moment.category) \(moment.id), \(name)">
                \(background)
                \(drawn)
                </svg>
                """
        }
        // Filled by the even-odd rule, both outlines together show where exactly one of the masks is.
        let (warped, now) = (moment.warped.svgPath, moment.now.svgPath)
        let key = "\(variant)-\(moment.id)-\(moment.frame)"
        let changed: HTML = """
            <clipPath id="now-\(key)"><path d="\(now)" clip-rule="evenodd"/></clipPath>\
            <path d="\(warped)\(now)" fill="\(Self.lost)" fill-opacity="0.85" fill-rule="evenodd"/>\
            <path d="\(warped)\(now)" fill="\(Self.gained)" fill-rule="evenodd" \
            clip-path="url(#now-\(key))"/>
            """
        return [
            picture(moment.frame - 1, "before", outline(moment.before.svgPath)),
            picture(moment.frame, "now", outline(now)),
            picture(moment.frame, "difference", changed),
        ]
    }

    private func outline(_ path: String) -> HTML {
        """
        <path d="\(path)" fill="\(Self.maskColour)" fill-opacity="0.25" fill-rule="evenodd" \
        stroke="#000" stroke-opacity="0.65" stroke-width="4" vector-effect="non-scaling-stroke"/>\
        <path d="\(path)" fill="none" stroke="\(Self.maskColour)" stroke-width="1.6" \
        vector-effect="non-scaling-stroke"/>
        """
    }

    /// Both masks with some of what is around them, inside the picture.
    private func shownPart(_ moment: StabilityMoment) -> PixelRectangle {
        let boxes = [moment.before, moment.warped, moment.now].compactMap(\.boundingBox)
        let (width, height) = (moment.now.width, moment.now.height)
        let left = boxes.map(\.x).min() ?? 0
        let top = boxes.map(\.y).min() ?? 0
        let right = boxes.map { $0.x + $0.width }.max() ?? width
        let bottom = boxes.map { $0.y + $0.height }.max() ?? height
        let margin = max(12, max(right - left, bottom - top) / 6)
        // Even, as the part is cut from pictures whose chroma has half the samples.
        let x = max(0, left - margin) & ~1
        let y = max(0, top - margin) & ~1
        return PixelRectangle(
            x: x, y: y, width: min(width, right + margin) - x,
            height: min(height, bottom + margin) - y)
    }

    /// The parts of frames that are shown, as base64 of JPEG files; the video is read once more, as far as
    /// needed.
    private func pictures(_ moments: [StabilityMoment]) throws -> [Place: String] {
        guard let path = report.video, let last = moments.map(\.frame).max() else { return [:] }
        var wanted: [Int: Set<PixelRectangle>] = [:]
        for moment in moments {
            for frame in [moment.frame - 1, moment.frame] {
                wanted[frame, default: []].insert(shownPart(moment))
            }
        }
        var options = report.reading
        options.carriesOtherStreams = false
        options.exportsMotion = false
        let reader = try VideoReader(path, options: options)
        let sizes = SizeUnifier()
        var pictures: [Place: String] = [:]
        var number = 0
        while number <= last, let element = try reader.next() {
            guard case .frame(let decoded) = element else { continue }
            let frame = try sizes.unify(decoded)
            for part in wanted[number] ?? [] {
                let bytes = try frame.jpeg(
                    x: part.x, y: part.y, width: part.width, height: part.height,
                    largestSide: Self.largestSide)
                pictures[Place(frame: number, part: part)] = Data(bytes).base64EncodedString()
            }
            number += 1
        }
        return pictures
    }
}
