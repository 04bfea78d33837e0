/// Compares the detections of one way of suppression, and for fast NMS the masks.
///
/// Where two scores, or an IoU and its threshold, are closer than rounding can tell, either order is
/// right: such detections are near ties. A golden detection that is missing here counts as a difference
/// unless it is one.
struct DetectionComparison {
    let golden: GoldenFile
    let suppression: NonMaximumSuppression
    let network: Network
    let scoreTolerance: Double

    private struct Expected {
        var classIndex: Int
        var score: Float
        /// After mask re-scoring.
        var rescored: Float
        var box: RelativeBox
        var pixels: PixelRectangle
        var area: Int
    }

    func compare(
        _ outputs: RawOutputs, width: Int, height: Int
    ) throws -> [Verification.Row] {
        let expected = try expectations()
        // More than the file has, so that detections that differ at the cut are found.
        let found = Detector(
            network.configuration,
            options: DetectionOptions(suppression: suppression, detectionLimit: 400)
        ).detect(outputs)
        let instances = try MaskAssembler(network).assemble(
            found, outputs, width: width, height: height)
        let rescored = try MaskRescorer(network, cropsToBox: true)?.rescore(found, outputs) ?? found
        let ties = NearTies(network.configuration, suppression, outputs, found)
        var unused = Array(found.indices)
        var missing = 0
        var tieCount = 0
        var scoreDifference = 0.0
        var rescoredDifference = 0.0
        var boxDifference = 0.0
        var areaDifference = 0.0
        var partners: [Int?] = []
        for row in expected {
            let match = unused.indices.filter { found[unused[$0]].classIndex == row.classIndex }
                .min { distance(found[unused[$0]], row) < distance(found[unused[$1]], row) }
            guard let match, distance(found[unused[match]], row) < 0.02 else {
                partners.append(nil)
                if ties.explainMissing(row.classIndex, row.score, row.box) {
                    tieCount += 1
                } else {
                    missing += 1
                }
                continue
            }
            let index = unused.remove(at: match)
            partners.append(index)
            scoreDifference = max(scoreDifference, Double(abs(found[index].score - row.score)))
            rescoredDifference = max(
                rescoredDifference, Double(abs(rescored[index].score - row.rescored)))
            boxDifference = max(boxDifference, Double(distance(found[index], row)))
            let area = instances[index].mask.area
            // A pixel at the threshold may fall either way, which is much of a tiny mask.
            areaDifference = max(
                areaDifference, Double(abs(area - row.area) - 1) / Double(max(100, row.area)))
            if pixelDistance(instances[index].box, row.pixels) > 1 { missing += 1 }
        }
        let name = suppression.rawValue
        let reference = expected.map { ($0.classIndex, $0.score, $0.box) }
        // Ours that rank inside the list but are not in it.
        let last = expected.last?.score ?? 1
        let surplus = unused.filter { index in
            found[index].score > last + Float(scoreTolerance)
                && !ties.explainSurplus(found[index], reference)
        }.count
        var rows = [
            Verification.Row(
                name: "\(name): missing or surplus", difference: Double(missing + surplus),
                tolerance: 0,
                note: "\(expected.count) detections, \(tieCount) near ties"),
            Verification.Row(
                name: "\(name): score", difference: scoreDifference, tolerance: scoreTolerance),
            Verification.Row(
                name: "\(name): box", difference: boxDifference, tolerance: scoreTolerance),
            Verification.Row(
                name: "\(name): mask area", difference: areaDifference, tolerance: 0.005,
                note: "relative, beyond one pixel"),
        ]
        if network.configuration.rescoresMasks {
            rows.append(
                Verification.Row(
                    name: "\(name): score after re-scoring", difference: rescoredDifference,
                    tolerance: scoreTolerance))
        }
        if golden.has("\(name).mask") {
            rows.append(try compareMasks(name, partners, instances, width, height))
        }
        return rows
    }

    private func expectations() throws -> [Expected] {
        let name = suppression.rawValue
        let classes = try golden.file.int32s("\(name).class")
        let scores = try golden.file.floats("\(name).score")
        let rescored = try golden.file.floats("\(name).rescored")
        let boxes = try golden.file.floats("\(name).relbox")
        let pixels = try golden.file.int32s("\(name).box").map(Int.init)
        let areas = try golden.file.int32s("\(name).area")
        guard scores.count == classes.count, areas.count == classes.count,
            rescored.count == classes.count, boxes.count == 4 * classes.count,
            pixels.count == 4 * classes.count
        else {
            throw VerificationError(
                path: golden.path, reason: "its \(name) tensors are of different lengths")
        }
        return classes.indices.map { row in
            Expected(
                classIndex: Int(classes[row]), score: scores[row], rescored: rescored[row],
                box: RelativeBox(
                    x1: boxes[4 * row], y1: boxes[4 * row + 1], x2: boxes[4 * row + 2],
                    y2: boxes[4 * row + 3]),
                pixels: PixelRectangle(
                    x: pixels[4 * row], y: pixels[4 * row + 1],
                    width: pixels[4 * row + 2] - pixels[4 * row],
                    height: pixels[4 * row + 3] - pixels[4 * row + 1]),
                area: Int(areas[row]))
        }
    }

    private func distance(_ a: Detection, _ b: Expected) -> Float { a.box.distance(to: b.box) }

    private func pixelDistance(_ a: PixelRectangle, _ b: PixelRectangle) -> Int {
        max(
            abs(a.x - b.x), abs(a.y - b.y), abs(a.x + a.width - b.x - b.width),
            abs(a.y + a.height - b.y - b.height))
    }

    private func compareMasks(
        _ name: String, _ partners: [Int?], _ instances: [Instance], _ width: Int, _ height: Int
    ) throws -> Verification.Row {
        let bits = try golden.file.bytes("\(name).mask")
        let bytesPerRow = (width + 7) / 8
        let count = bits.count / (bytesPerRow * height)
        var worst = 0.0
        for (index, partner) in partners.prefix(count).enumerated() {
            guard let partner else { continue }
            let mask = instances[partner].mask
            var shared = 0
            var either = 0
            for y in 0..<height {
                for x in 0..<width {
                    let byte = bits[(index * height + y) * bytesPerRow + x / 8]
                    let theirs = byte >> (7 - x % 8) & 1 == 1
                    let mine = mask.contains(x, y)
                    shared += theirs && mine ? 1 : 0
                    either += theirs || mine ? 1 : 0
                }
            }
            // One pixel at the threshold may fall on either side, which is much of a tiny mask.
            let differing = max(either - shared - 1, 0)
            if either > 0 { worst = max(worst, Double(differing) / Double(either)) }
        }
        return Verification.Row(
            name: "\(name): 1 - mask IoU", difference: worst, tolerance: 0.005,
            note: "\(count) masks, beyond one pixel")
    }
}
