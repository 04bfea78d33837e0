extension WinogradConvolution {
    /// Some tiles of some channels.
    struct Share {
        var tiles: Range<Int>
        /// Blocks of channels.
        var groups: Range<Int>
    }

    /// Blocks of channels in and out.
    var inputGroups: Range<Int> { 0..<inputs / problem.block }
    var outputGroups: Range<Int> { 0..<outputs / problem.block }

    /// Vectors of working memory that the transforms need on each thread.
    var patchSize: Int { problem.block / 4 * 2 * problem.tile.products }

    /// Writes samples, [product, tile, channel].
    ///
    /// - Parameter patch: Working memory of the calling thread, ``patchSize`` vectors; more than a stack
    ///   allocation may have.
    func transformSource(
        _ source: UnsafeRawPointer, _ share: Share, into samples: UnsafeMutableRawPointer,
        patch: UnsafeMutablePointer<Lanes>
    ) {
        if problem.kernels != .swift {
            return transformSourceInC(source, share, into: samples)
        }
        switch problem.tile {
        case .two: transformSource(WinogradLine2.self, source, share, samples, patch)
        case .four: transformSource(WinogradLine4.self, source, share, samples, patch)
        case .six: transformSource(WinogradLine6.self, source, share, samples, patch)
        }
    }

    /// Writes results from the sums [product, tile, channel].
    ///
    /// - Parameter patch: See ``transformSource(_:_:into:patch:)``.
    func transformResults(
        _ sums: UnsafeMutableRawPointer, _ share: Share, bias: UnsafeRawPointer,
        into target: UnsafeMutableRawPointer, patch: UnsafeMutablePointer<Lanes>
    ) {
        if problem.kernels != .swift {
            return transformResultsInC(sums, share, bias: bias, into: target)
        }
        switch problem.tile {
        case .two: transformResults(WinogradLine2.self, sums, share, bias, target, patch)
        case .four: transformResults(WinogradLine4.self, sums, share, bias, target, patch)
        case .six: transformResults(WinogradLine6.self, sums, share, bias, target, patch)
        }
    }

    private func transformSource<Line: WinogradLine>(
        _ line: Line.Type, _ source: UnsafeRawPointer, _ share: Share,
        _ samples: UnsafeMutableRawPointer, _ patch: UnsafeMutablePointer<Lanes>
    ) {
        switch problem.sourceFormat {
        case .float32: transform(line, Float.self, source, share, samples, patch)
        case .bfloat16: transform(line, BFloat16.self, source, share, samples, patch)
        case .uint8: transform(line, UInt8.self, source, share, samples, patch)
        case .int8: transform(line, Int8.self, source, share, samples, patch)
        }
    }

    private func transform<Line: WinogradLine, From: WinogradElement>(
        _ line: Line.Type, _ from: From.Type, _ source: UnsafeRawPointer, _ share: Share,
        _ samples: UnsafeMutableRawPointer, _ patch: UnsafeMutablePointer<Lanes>
    ) {
        if problem.productFormat == .bfloat16 {
            transform(line, from, BFloat16.self, source, share, samples, patch)
        } else {
            transform(line, from, Float.self, source, share, samples, patch)
        }
    }

    private func transformResults<Line: WinogradLine>(
        _ line: Line.Type, _ sums: UnsafeMutableRawPointer, _ share: Share,
        _ bias: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
        _ patch: UnsafeMutablePointer<Lanes>
    ) {
        switch problem.targetFormat {
        case .float32: finish(line, Float.self, sums, share, bias, target, patch)
        case .bfloat16: finish(line, BFloat16.self, sums, share, bias, target, patch)
        case .uint8: finish(line, UInt8.self, sums, share, bias, target, patch)
        case .int8: finish(line, Int8.self, sums, share, bias, target, patch)
        }
    }

    // MARK: Source

    @inline(__always)
    private func transform<Line: WinogradLine, From: WinogradElement, To: WinogradElement>(
        _ line: Line.Type, _ from: From.Type, _ to: To.Type, _ source: UnsafeRawPointer,
        _ share: Share, _ samples: UnsafeMutableRawPointer, _ patch: UnsafeMutablePointer<Lanes>
    ) {
        let (block, step) = (problem.block, problem.sourceStep)
        let (height, width) = (problem.source.height, problem.source.width)
        let pixel = sourceStrides.pixel
        let side = Line.samples
        let columns = patch + side * side
        let plane = sharing.blockTiles * inputs * To.byteCount
        let rowPadding = rowPadding
        // Group by group, as neighbouring tiles read neighbouring memory.
        for group in share.groups {
            for tile in share.tiles {
                let top = tile / tilesAcross * Line.results - 1
                let left = tile % tilesAcross * Line.results - 1
                let rows = max(0, -top)..<min(side, height - top)
                let pixels = max(0, -left)..<min(side, width - left)
                let isInside = rows.count == side && pixels.count == side
                if !isInside { patch.update(repeating: .zero, count: side * side) }
                let corner = group * sourceStrides.group + (top * width + left) * pixel
                let channel = (tile - share.tiles.lowerBound) * inputs + group * block
                for lane in stride(from: 0, to: block, by: 4) {
                    let values = source + (corner + lane) * From.byteCount
                    func load(_ row: Int, _ column: Int) {
                        patch[row * side + column] = From.load(
                            values + (row * width + column) * pixel * From.byteCount, step: step)
                    }
                    if isInside && From.self == Float.self {
                        // In place; this loop is the hottest.
                        let lanes = values.assumingMemoryBound(to: Lanes.self)
                        for column in 0..<side {
                            Line.transformSamples(
                                lanes + column * block / 4, width * block / 4
                            ) { row, value in columns[row * side + column] = value }
                        }
                    } else {
                        if isInside {
                            for row in 0..<side {
                                for column in 0..<side { load(row, column) }
                            }
                        } else {
                            for row in rows {
                                for column in pixels { load(row, column) }
                            }
                        }
                        for column in 0..<side {
                            Line.transformSamples(patch + column, side) { row, value in
                                columns[row * side + column] = value
                            }
                        }
                    }
                    var place = samples + (channel + lane) * To.byteCount
                    for row in 0..<side {
                        Line.transformSamples(columns + row * side, 1) { column, value in
                            To.store(value, place + column * plane, step: 1)
                        }
                        place += side * plane + rowPadding
                    }
                }
            }
        }
    }

    // MARK: Results

    @inline(__always)
    private func finish<Line: WinogradLine, To: WinogradElement>(
        _ line: Line.Type, _ to: To.Type, _ sums: UnsafeMutableRawPointer, _ share: Share,
        _ bias: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
        _ patch: UnsafeMutablePointer<Lanes>
    ) {
        let (block, step) = (problem.block, problem.targetStep)
        let (height, width) = (problem.target.height, problem.target.width)
        let pixel = targetStrides.pixel
        let side = Line.samples
        let plane = sharing.blockTiles * outputs / 4
        let padding = rowPadding / MemoryLayout<Lanes>.stride
        let activation = problem.activation
        let addsDestination = problem.addsDestination
        let lanes = block / 4
        let line = Line.results * lanes
        let results = patch + side * line
        let values = UnsafeRawPointer(sums).assumingMemoryBound(to: Lanes.self)
        for group in share.groups {
            let bias = (bias + group * block * Float.byteCount).assumingMemoryBound(to: Lanes.self)
            for tile in share.tiles {
                let top = tile / tilesAcross * Line.results
                let left = tile % tilesAcross * Line.results
                let rows = min(Line.results, height - top)
                let columns = min(Line.results, width - left)
                let corner = group * targetStrides.group + (top * width + left) * pixel
                let channel = (tile - share.tiles.lowerBound) * outputs + group * block
                // First across, then down: [row, column, lane], as the target has them. Of all planes
                // before the next lane, so that they are fetched at the same time.
                for lane in 0..<lanes {
                    var planes = values + channel / 4 + lane
                    var across = patch + lane
                    for _ in 0..<side {
                        Line.transformProducts(planes, plane) { column, value in
                            across[column * lanes] = value
                        }
                        planes += side * plane + padding
                        across += line
                    }
                }
                for position in 0..<line {
                    let rows = results + position
                    Line.transformProducts(patch + position, line) { row, value in
                        rows[row * line] = value
                    }
                }
                for row in 0..<rows {
                    var place = target + (corner + row * width * pixel) * To.byteCount
                    var result = results + row * line
                    for _ in 0..<columns {
                        for lane in 0..<lanes {
                            var value = result[lane] + bias[lane]
                            let there = place + lane * 4 * To.byteCount
                            if addsDestination { value += To.load(there, step: step) }
                            To.store(activation(value), there, step: step)
                        }
                        place += pixel * To.byteCount
                        result += lanes
                    }
                }
            }
        }
    }
}
