import Model
import Pipeline

/// What a person should know about the figures of an evaluation.
enum EvaluationWarnings {
    static func about(_ dataset: EvaluationDataset) -> [String] {
        var warnings: [String] = []
        if dataset.unusedAnnotations > 0 {
            warnings.append(
                "\(dataset.path): \(dataset.unusedAnnotations) annotations belong to no image or no "
                    + "category of the file and are left out")
        }
        let (bare, all) = (dataset.annotationsWithoutMask, dataset.annotations.count)
        if !dataset.comparableKinds.contains(.mask) {
            warnings.append(
                "\(dataset.path): none of its \(all) annotations has a mask (\"segmentation\"); masks are "
                    + "left out")
        } else if bare > 0 {
            warnings.append(
                "\(dataset.path): \(bare) of its \(all) annotations have no mask (\"segmentation\"); no "
                    + "mask can match them")
        }
        if dataset.hasAnnotationZero {
            warnings.append(
                "\(dataset.path): an annotation has the id 0, which COCO's tools, and so these figures, "
                    + "count as never found; ids should begin at 1")
        }
        return warnings
    }

    /// Pictures that several truths are compared with.
    static func about(_ pictures: PictureCollection, _ dataset: EvaluationDataset) -> [String] {
        guard let first = pictures.sharedFiles.first else { return [] }
        let names = first.imageIDs.map { id in
            let name = dataset.imageIndex(id: id).flatMap { dataset.images[$0].fileName }
            return "image \(id), \(name ?? "without a name")"
        }
        return [
            "files that are the pictures of several images: \(pictures.sharedFiles.count), such as "
                + "\(first.path) (\(names.joined(separator: "; "))); the truths of all of them are "
                + "compared with it"
        ]
    }

    static func about(_ evaluators: [Evaluator]) -> [String] {
        var warnings: [String] = []
        let misfits = evaluators.map(\.misfitCount).max() ?? 0
        if misfits > 0 {
            warnings.append(
                "\(misfits) detections have masks of another size than the truths of their picture and "
                    + "match nothing"
            )
        }
        let unknown = evaluators.map(\.unknownCategoryCount).max() ?? 0
        if unknown > 0 {
            warnings.append(
                "\(unknown) detections are of categories that the data set does not have and are left out"
            )
        }
        return warnings
    }

    /// Where a model and a data set differ in their classes.
    static func about(
        _ map: CategoryMap, classNames: [String], _ dataset: EvaluationDataset
    ) -> [String] {
        var warnings: [String] = []
        let used = Set(dataset.annotations.map(\.categoryID))
        let uncovered = map.uncoveredCategories(of: dataset.categories).filter {
            used.contains($0.id)
        }
        if !uncovered.isEmpty {
            warnings.append(
                "the model does not know \(uncovered.count) of the categories (\(list(uncovered.map(\.name))))"
                    + "; all their truths count as missed")
        }
        let unmapped = map.unmappedClasses.map { classNames[$0] }
        if !unmapped.isEmpty {
            warnings.append(
                "the data set does not have \(unmapped.count) of the model's classes (\(list(unmapped)))"
                    + "; detections of them are left out")
        }
        return warnings
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
    }
}
