import Foundation
import Model

/// Which category of a data set each class of a network is.
public struct CategoryMap: Sendable, Hashable {
    /// The category ids by class index; nil for a class that the data set does not have.
    public let categoryIDs: [Int?]

    /// The ids of COCO's 80 categories in the order of `ClassNames.coco`. They run from 1 to 90 with
    /// gaps: ten of the 91 categories first planned were never used.
    public static let cocoIdentifiers: [Int] = {
        let unused: Set = [12, 26, 29, 30, 45, 66, 68, 69, 71, 83]
        return (1...90).filter { !unused.contains($0) }
    }()

    /// Creates a map.
    public init(categoryIDs: [Int?]) {
        self.categoryIDs = categoryIDs
    }

    /// Finds each class by its name: as written, else regardless of case and of spaces, hyphens and
    /// underscores. In a data set whose categories have no names, COCO's classes are found by their
    /// official ids.
    ///
    /// - Parameters:
    ///   - classNames: Names by class index.
    ///   - categories: The data set's categories. Where a name appears twice, the first counts.
    public init(classNames: [String], categories: [EvaluationCategory]) {
        if categories.allSatisfy({ $0.name.isEmpty }) {
            let known = Set(categories.map(\.id))
            let official = CategoryMap.official(classNames: classNames)
            self.init(
                categoryIDs: official.categoryIDs.map { id in
                    id.flatMap { known.contains($0) ? $0 : nil }
                })
            return
        }
        var exact: [String: Int] = [:]
        var loose: [String: Int] = [:]
        for category in categories {
            exact[category.name] = exact[category.name] ?? category.id
            let key = Self.loose(category.name)
            loose[key] = loose[key] ?? category.id
        }
        self.init(categoryIDs: classNames.map { exact[$0] ?? loose[Self.loose($0)] })
    }

    /// COCO's official ids for classes with the names of COCO, for results without a data set at hand.
    public static func official(classNames: [String]) -> CategoryMap {
        let identifiers = Dictionary(
            uniqueKeysWithValues: zip(ClassNames.coco, cocoIdentifiers))
        return CategoryMap(categoryIDs: classNames.map { identifiers[$0.lowercased()] })
    }

    /// The classes, by index, that the data set does not have.
    public var unmappedClasses: [Int] { categoryIDs.indices.filter { categoryIDs[$0] == nil } }

    /// The categories that no class stands for: a network cannot find them.
    public func uncoveredCategories(of categories: [EvaluationCategory]) -> [EvaluationCategory] {
        let covered = Set(categoryIDs.compactMap { $0 })
        return categories.filter { !covered.contains($0.id) }
    }

    /// The category of a class; nil if the data set does not have it.
    public func categoryID(ofClass index: Int) -> Int? {
        categoryIDs.indices.contains(index) ? categoryIDs[index] : nil
    }

    private static func loose(_ name: String) -> String {
        name.lowercased().filter { !" -_".contains($0) }
    }
}
