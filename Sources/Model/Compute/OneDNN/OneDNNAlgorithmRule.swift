/// Which convolutions are faster with Winograd's algorithm, measured on AVX-512 (docs/performance.md).
enum OneDNNAlgorithmRule {
    static func prefersWinograd(
        _ target: NetworkGraph.Shape, _ convolution: NetworkGraph.Convolution
    ) -> Bool {
        let filter = convolution.filter
        return filter.kernel == 3 && convolution.stride == 1 && filter.groups == 1
            && filter.inputChannels >= 64 && filter.outputChannels >= 64
            && target.height * target.width >= 24 * 24
    }
}
