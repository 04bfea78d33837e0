/// Pairs rows with columns so that the sum of the pairs' gains is as large as possible.
///
/// Shortest augmenting paths with dual variables (Jonker and Volgenant, "A shortest augmenting path
/// algorithm for dense and sparse linear assignment problems", 1987): optimal, at most cubic in the smaller
/// side, and close to quadratic where, as between neighbouring frames, few pairs compete. Keeps its memory
/// from call to call.
struct LinearAssignment {
    private var rowPotential: [Double] = []
    private var columnPotential: [Double] = []
    /// The row that each column belongs to, counted from 1; 0 for none.
    private var owner: [Int] = []
    private var previous: [Int] = []
    private var distance: [Double] = []
    private var isDone: [Bool] = []
    private var transposed: [Double] = []
    private var result: [Int?] = []

    /// The column of each row; nil where it has none.
    ///
    /// - Parameters:
    ///   - gains: What each pair is worth, row by row. Only pairs with a gain above 0 are made.
    ///   - rows: Number of rows.
    ///   - columns: Number of columns.
    mutating func solve(gains: [Double], rows: Int, columns: Int) -> [Int?] {
        precondition(gains.count == rows * columns)
        result.refill(with: nil, count: rows)
        guard rows > 0, columns > 0 else { return result }
        if rows <= columns {
            augment(gains, rows, columns)
            for column in 1...columns where owner[column] > 0 {
                let row = owner[column] - 1
                if gains[row * columns + column - 1] > 0 { result[row] = column - 1 }
            }
            return result
        }
        transposed.removeAll(keepingCapacity: true)
        for column in 0..<columns {
            for row in 0..<rows { transposed.append(gains[row * columns + column]) }
        }
        augment(transposed, columns, rows)
        for row in 1...rows where owner[row] > 0 {
            let column = owner[row] - 1
            if gains[(row - 1) * columns + column] > 0 { result[row - 1] = column }
        }
        return result
    }

    /// Gives each row a column; there are at least as many columns as rows. A pair without gain costs
    /// nothing, so it stands for staying alone.
    private mutating func augment(_ gains: [Double], _ rows: Int, _ columns: Int) {
        rowPotential.refill(with: 0, count: rows + 1)
        columnPotential.refill(with: 0, count: columns + 1)
        owner.refill(with: 0, count: columns + 1)
        previous.refill(with: 0, count: columns + 1)
        for row in 1...rows {
            owner[0] = row
            var column = 0
            distance.refill(with: .infinity, count: columns + 1)
            isDone.refill(with: false, count: columns + 1)
            repeat {
                isDone[column] = true
                let current = owner[column]
                var step = Double.infinity
                var next = 0
                for candidate in 1...columns where !isDone[candidate] {
                    let cost = -max(0, gains[(current - 1) * columns + candidate - 1])
                    let reduced = cost - rowPotential[current] - columnPotential[candidate]
                    if reduced < distance[candidate] {
                        distance[candidate] = reduced
                        previous[candidate] = column
                    }
                    if distance[candidate] < step {
                        step = distance[candidate]
                        next = candidate
                    }
                }
                for candidate in 0...columns {
                    if isDone[candidate] {
                        rowPotential[owner[candidate]] += step
                        columnPotential[candidate] -= step
                    } else {
                        distance[candidate] -= step
                    }
                }
                column = next
            } while owner[column] != 0
            repeat {
                let before = previous[column]
                owner[column] = owner[before]
                column = before
            } while column != 0
        }
    }
}
