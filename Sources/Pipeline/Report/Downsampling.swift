/// Keeps charts small: no more points than can be seen.
enum Downsampling {
    /// The lowest and highest point of each of `bins` equal stretches, in order; all where there are few.
    ///
    /// - Parameter points: With rising x.
    static func extremes(
        _ points: [(x: Double, y: Double)], bins: Int
    ) -> [(x: Double, y: Double)] {
        guard points.count > 2 * bins, let first = points.first, let last = points.last,
            last.x > first.x
        else { return points }
        var result: [(x: Double, y: Double)] = [first]
        var bin = 0
        var low = first
        var high = first
        func close() {
            result += low.x <= high.x ? [low, high] : [high, low]
        }
        for point in points {
            let place = min(bins - 1, Int((point.x - first.x) / (last.x - first.x) * Double(bins)))
            if place != bin {
                close()
                (bin, low, high) = (place, point, point)
            }
            if point.y < low.y { low = point }
            if point.y > high.y { high = point }
        }
        close()
        return result + [last]
    }

    /// A value that keeps until its next change, as a line of stairs from 0 to `end`; with many changes the
    /// highest value of each stretch.
    static func stairs(
        _ steps: [(x: Double, y: Double)], bins: Int, over end: Double
    ) -> [(x: Double, y: Double)] {
        var chosen = steps
        if steps.count > bins, end > 0 {
            var highest = [Double](repeating: 0, count: bins)
            var value = 0.0
            var bin = 0
            for step in steps {
                let place = max(bin, min(bins - 1, Int(step.x / end * Double(bins))))
                for passed in bin...place { highest[passed] = max(highest[passed], value) }
                value = step.y
                highest[place] = max(highest[place], value)
                bin = place
            }
            for rest in bin..<bins { highest[rest] = max(highest[rest], value) }
            chosen = highest.enumerated().map { (Double($0) * end / Double(bins), $1) }
        }
        var result: [(x: Double, y: Double)] = [(0, 0)]
        for step in chosen {
            let before = result.last?.y ?? 0
            if step.y != before { result += [(step.x, before), step] }
        }
        return result + [(end, result.last?.y ?? 0)]
    }

    /// At most one mark for each of `bins` equal stretches from 0 to `end`.
    static func spread(
        _ marks: [(x: Double, name: String)], bins: Int, over end: Double
    ) -> [(x: Double, name: String)] {
        guard marks.count > bins, end > 0 else { return marks }
        var seen: Set<Int> = []
        return marks.filter { seen.insert(Int($0.x / end * Double(bins))).inserted }
    }
}
