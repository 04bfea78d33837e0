/// Which convolutions are faster with Winograd's algorithm, measured on AVX-512 (docs/performance.md).
enum OneDNNAlgorithmRule {
    static func prefersWinograd(
        _ target: NetworkGraph.Shape, _ filter: NetworkGraph.Filter, stride: Int
    ) -> Bool {
        filter.kernel == 3 && stride == 1 && filter.inputChannels >= 64
            && filter.outputChannels >= 64 && target.height * target.width >= 24 * 24
    }
}
