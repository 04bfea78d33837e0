import Model

/// Agreement of what is shown with what was found: the sum of the IoUs of pairs that overlap by more than 0.5,
/// over pairs plus half of what has no partner (panoptic quality: Kirillov et al., arXiv 1801.00868).
struct AgreementSums {
    private var overlaps = 0.0
    private var pairs = 0
    private var alone = 0
    private var assignment = LinearAssignment()

    mutating func add(_ shown: [Instance], _ found: [Instance]) {
        let (one, two) = (
            shown.map { BitMask($0.mask, step: 1) }, found.map { BitMask($0.mask, step: 1) }
        )
        var gains = [Double](repeating: 0, count: one.count * two.count)
        for (row, mask) in one.enumerated() {
            for (column, other) in two.enumerated() {
                let overlap = mask.intersectionOverUnion(with: other, dx: 0, dy: 0)
                if overlap > 0.5 { gains[row * two.count + column] = overlap }
            }
        }
        var paired = 0
        let columns = assignment.solve(gains: gains, rows: one.count, columns: two.count)
        for (row, column) in columns.enumerated() {
            guard let column else { continue }
            overlaps += gains[row * two.count + column]
            paired += 1
        }
        pairs += paired
        alone += one.count + two.count - 2 * paired
    }

    var quality: Double? {
        let whole = Double(pairs) + Double(alone) / 2
        return whole > 0 ? overlaps / whole : nil
    }
}
