import ComputeKernels

/// What computes the transforms of Winograd convolutions and, but for the Swift ones, products of float32.
enum WinogradKernelSet: Sendable, Hashable, CaseIterable {
    /// On any CPU; the reference for the others.
    case swift
    /// In C, with vectors of 8 numbers and fused multiply-add.
    case avx2
    /// In C, with vectors of 16 numbers.
    case avx512

    /// The fastest on this CPU, within what `DNNL_MAX_CPU_ISA` allows oneDNN.
    static let current: WinogradKernelSet = {
        let capabilities = OneDNNCapabilities.current
        if capabilities.blockSize == 16 && WinogradKernelSet.avx512.isAvailable { return .avx512 }
        if capabilities.integers != .none && WinogradKernelSet.avx2.isAvailable { return .avx2 }
        return .swift
    }()

    /// Whether the CPU has the instructions.
    var isAvailable: Bool {
        switch self {
        case .swift: true
        case .avx2: yv_cpu_has_avx2() != 0
        case .avx512: yv_cpu_has_avx512() != 0
        }
    }

    /// Numbers in a vector; blocks of channels have to fill whole ones.
    var vectorLength: Int {
        switch self {
        case .swift: 4
        case .avx2: 8
        case .avx512: 16
        }
    }
}

extension WinogradConvolution {
    /// See ``transformSource(_:_:into:patch:)``.
    func transformSourceInC(
        _ source: UnsafeRawPointer, _ share: Share, into samples: UnsafeMutableRawPointer
    ) {
        var work = work(share, problem.source, problem.sourceFormat, sourceStrides)
        work.step = problem.sourceStep
        work.tile_stride = inputs
        work.plane_stride = sharing.blockTiles * inputs
        let format = problem.productFormat.inC
        if problem.kernels == .avx512 {
            yv_winograd_source_avx512(&work, source, samples, format)
        } else {
            yv_winograd_source_avx2(&work, source, samples, format)
        }
    }

    /// See ``transformResults(_:_:bias:into:patch:)``.
    func transformResultsInC(
        _ sums: UnsafeMutableRawPointer, _ share: Share, bias: UnsafeRawPointer,
        into target: UnsafeMutableRawPointer
    ) {
        var work = work(share, problem.target, problem.targetFormat, targetStrides)
        work.step = problem.targetStep
        work.tile_stride = outputs
        work.plane_stride = sharing.blockTiles * outputs
        var finish = yv_winograd_finish_t(
            bias: bias.assumingMemoryBound(to: Float.self), slope: problem.activation.slope,
            adds_target: problem.addsDestination ? 1 : 0)
        let sums = UnsafeRawPointer(sums).assumingMemoryBound(to: Float.self)
        if problem.kernels == .avx512 {
            yv_winograd_results_avx512(&work, sums, &finish, target)
        } else {
            yv_winograd_results_avx2(&work, sums, &finish, target)
        }
    }

    private func work(
        _ share: Share, _ shape: NetworkGraph.Shape, _ format: WinogradFormat, _ strides: Strides
    ) -> yv_winograd_work_t {
        var work = yv_winograd_work_t()
        work.results = Int32(problem.tile.results)
        work.height = Int32(shape.height)
        work.width = Int32(shape.width)
        work.tiles_across = Int32(tilesAcross)
        work.first_tile = Int32(share.tiles.lowerBound)
        work.last_tile = Int32(share.tiles.upperBound)
        work.first_group = Int32(share.groups.lowerBound)
        work.last_group = Int32(share.groups.upperBound)
        work.block = Int32(problem.block)
        work.format = format.inC
        work.pixel_stride = strides.pixel
        work.group_stride = strides.group
        work.row_padding = rowPadding
        return work
    }
}

extension WinogradFormat {
    fileprivate var inC: yv_winograd_format_t {
        switch self {
        case .float32: YV_WINOGRAD_FLOAT32
        case .bfloat16: YV_WINOGRAD_BFLOAT16
        case .uint8: YV_WINOGRAD_UINT8
        case .int8: YV_WINOGRAD_INT8
        }
    }
}
