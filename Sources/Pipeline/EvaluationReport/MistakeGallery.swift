import Foundation
import Model
import VideoIO

/// The worst mistakes of a report as pictures.
struct MistakeGallery {
    private let report: EvaluationReport
    private let collector: MistakeCollector

    init(_ report: EvaluationReport, _ collector: MistakeCollector) {
        self.report = report
        self.collector = collector
    }

    /// A section for each kind of mistake that there is.
    func sections() throws -> [ReportSection] {
        // Neighbouring frames of a video show the same mistake again.
        let distance = report.pictures?.isVideo == true || isNameless ? 15 : 1
        let chosen = MistakeCollector.outcomes.map { outcome in
            (
                outcome: outcome,
                mistakes: collector.worst(
                    outcome, limit: report.picturesOfEachKind, distance: distance)
            )
        }.filter { !$0.mistakes.isEmpty }
        let drawn = try draw(chosen.flatMap(\.mistakes))
        var next = drawn.makeIterator()
        return chosen.map { group in
            let figures = group.mistakes.compactMap { mistake -> HTML? in
                next.next().map { ReportLayout.figure($0, title: caption(mistake)) }
            }
            let (title, note) = heading(group.outcome)
            return ReportSection(
                title, note: note,
                [MistakePicture.legend(group.outcome), ReportLayout.grid(figures, width: 240)])
        }
    }

    /// Whether images are frames, known by their numbers.
    private var isNameless: Bool {
        report.figures.dataset.images.allSatisfy { $0.fileName == nil }
    }

    private func heading(_ outcome: ImageDiagnosis.Outcome) -> (String, HTML) {
        let kind = report.mainKind.rawValue
        let score = ChartNumber.fixed(collector.leastScore, digits: 2)
        switch outcome {
        case .wrongCategory:
            return (
                "Worst: wrong class",
                "A detection of another class overlaps the truth by at least 0.5; the surest first."
            )
        case .poorOverlap:
            return (
                "Worst: bad \(kind)",
                "The class is right, but the \(kind)s overlap by less than 0.5; the surest first."
            )
        default:
            return (
                "Worst: missed",
                """
                Nothing of the class with a score of at least \(score) overlaps the truth by 0.1; the \
                largest first.
                """
            )
        }
    }

    private func caption(_ mistake: Mistake) -> HTML {
        let dataset = report.figures.dataset
        func name(_ categoryID: Int) -> String {
            dataset.categoryIndex(id: categoryID).map { report.name(ofCategory: $0) }
                ?? "category \(categoryID)"
        }
        let image = dataset.imageIndex(id: mistake.imageID).map { dataset.images[$0] }
        let place = image?.fileName ?? "\(isNameless ? "frame" : "image") \(mistake.imageID)"
        let truth = name(mistake.annotation.categoryID)
        guard let detection = mistake.detection else {
            let area = Int(mistake.severity.rounded())
            return "<b>\(truth)</b><small>\(place), \(area) square pixels</small>"
        }
        let found: HTML =
            detection.categoryID == mistake.annotation.categoryID
            ? "<b>\(truth)</b>" : "<b>\(truth)</b> taken for <b>\(name(detection.categoryID))</b>"
        return """
            \(found)<small>\(place), score \(detection.score, digits: 2), overlap \
            \(mistake.overlap, digits: 2)</small>
            """
    }

    /// Draws mistakes in their order; pictures are read once each, in theirs.
    private func draw(_ mistakes: [Mistake]) throws -> [HTML] {
        var drawn = [HTML](repeating: .empty, count: mistakes.count)
        let places = Dictionary(grouping: mistakes.indices) { mistakes[$0].imageID }
        func draw(_ imageID: Int, _ frame: VideoFrame?) throws {
            for index in places[imageID] ?? [] {
                drawn[index] = try MistakePicture(
                    mistakes[index], of: report.figures.dataset, kind: report.mainKind
                ).html(frame)
            }
        }
        guard let pictures = report.pictures else {
            for imageID in places.keys { try draw(imageID, nil) }
            return drawn
        }
        let stream = pictures.stream(imageIDs: Array(places.keys))
        while let (imageID, frame) = try stream.next() { try draw(imageID, frame) }
        for imageID in stream.unavailableImageIDs { try draw(imageID, nil) }
        return drawn
    }
}
