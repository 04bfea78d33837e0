import Model
import Testing

@testable import Pipeline

@Suite struct LinearAssignmentTests {
    /// The largest sum of gains by trying everything.
    private func largestSum(_ gains: [Double], _ columns: Int, row: Int, used: Set<Int>) -> Double {
        guard row * columns < gains.count else { return 0 }
        var best = largestSum(gains, columns, row: row + 1, used: used)
        for column in 0..<columns where !used.contains(column) {
            let gain = gains[row * columns + column]
            guard gain > 0 else { continue }
            best = max(
                best,
                gain + largestSum(gains, columns, row: row + 1, used: used.union([column])))
        }
        return best
    }

    @Test func equalsTheBestOfAllAssignments() {
        var numbers = TestNumbers(seed: 1)
        var solver = LinearAssignment()
        for _ in 0..<400 {
            let (rows, columns) = (1 + numbers.next(below: 6), 1 + numbers.next(below: 6))
            let gains = (0..<rows * columns).map { _ in
                numbers.next() < 0.4 ? 0 : numbers.next()
            }
            let pairs = solver.solve(gains: gains, rows: rows, columns: columns)
            #expect(pairs.count == rows)
            let used = pairs.compactMap(\.self)
            #expect(Set(used).count == used.count)
            var sum = 0.0
            for (row, column) in pairs.enumerated() {
                guard let column else { continue }
                #expect(gains[row * columns + column] > 0)
                sum += gains[row * columns + column]
            }
            let best = largestSum(gains, columns, row: 0, used: [])
            #expect(abs(sum - best) < 1e-9)
        }
    }

    @Test func nothingIsPairedWithNothing() {
        var solver = LinearAssignment()
        #expect(solver.solve(gains: [], rows: 0, columns: 3) == [])
        #expect(solver.solve(gains: [], rows: 2, columns: 0) == [nil, nil])
        #expect(solver.solve(gains: [0, 0], rows: 2, columns: 1) == [nil, nil])
    }
}

@Suite struct BitMaskTests {
    @Test func overlapsAreThoseOfThePixels() {
        var numbers = TestNumbers(seed: 2)
        for _ in 0..<60 {
            func mask() -> InstanceMask {
                let region = PixelRectangle(
                    x: numbers.next(below: 40), y: numbers.next(below: 40),
                    width: 1 + numbers.next(below: 150), height: 1 + numbers.next(below: 40))
                return InstanceMask(
                    region: region,
                    pixels: (0..<region.width * region.height).map { _ in
                        UInt8(numbers.next(below: 2))
                    })
            }
            let (one, two) = (mask(), mask())
            let step = 1 + numbers.next(below: 3)
            let (dx, lines) = (numbers.next(below: 70) - 35, numbers.next(below: 20) - 10)
            var (shared, area) = (0, 0)
            for y in stride(from: 0, to: 100, by: step) {
                for x in -40..<260 where one.contains(x, y) {
                    area += 1
                    if two.contains(x + dx, y + lines * step) { shared += 1 }
                }
            }
            let packed = BitMask(one, step: step)
            #expect(packed.area == area)
            #expect(packed.overlap(with: BitMask(two, step: step), dx: dx, dy: lines) == shared)
        }
    }
}
