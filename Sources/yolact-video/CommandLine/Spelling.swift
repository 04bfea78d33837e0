/// Guesses what was meant.
enum Spelling {
    /// The name that differs least, if it differs little.
    static func closest(to word: String, in names: [String]) -> String? {
        let best = names.map { ($0, distance(Array(word), Array($0))) }.min { $0.1 < $1.1 }
        guard let best, best.1 <= max(1, word.count / 3) else { return nil }
        return best.0
    }

    /// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
    static func distance(_ first: [Character], _ second: [Character]) -> Int {
        var rows = [[Int]](
            repeating: [Int](repeating: 0, count: second.count + 1), count: first.count + 1)
        for row in 0...first.count {
            for column in 0...second.count {
                guard row > 0, column > 0 else {
                    rows[row][column] = row + column
                    continue
                }
                let isSame = first[row - 1] == second[column - 1]
                var least = min(rows[row - 1][column], rows[row][column - 1]) + 1
                least = min(least, rows[row - 1][column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, first[row - 1] == second[column - 2],
                    first[row - 2] == second[column - 1]
                {
                    least = min(least, rows[row - 2][column - 2] + 1)
                }
                rows[row][column] = least
            }
        }
        return rows[first.count][second.count]
    }
}
