import COneDNN

/// What oneDNN computes on a CPU, as far as the rules here depend on it.
///
/// The environment variable `DNNL_MAX_CPU_ISA` takes instructions away from it.
struct OneDNNCapabilities: Sendable, Hashable {
    /// Channels that lie side by side where values are blocked by channels.
    var blockSize: Int
    var bfloat16: BFloat16Products
    var integers: IntegerProducts
    /// Whether the library has Winograd kernels for numbers of one byte.
    var hasIntegerWinograd: Bool

    /// Products of bfloat16 numbers.
    enum BFloat16Products: Sendable, Hashable {
        /// There is no kernel for them.
        case none
        /// The same results as with the instructions, slower than float32.
        case emulated
        case native
    }

    /// Products of numbers of one byte.
    enum IntegerProducts: Sendable, Hashable {
        /// There is no fast kernel for them.
        case none
        /// Two neighbouring products are added up in 16 bits, which holds their sum only where weights
        /// are small enough, and numbers that are multiplied with them are not negative
        /// (``QuantisedWeights`` sees to that).
        case saturating
        /// Sums of 32 bits throughout (VNNI).
        case exact
    }

    /// Of this CPU.
    static let current = OneDNNCapabilities(dnnl_get_effective_cpu_isa())

    init(_ instructions: dnnl_cpu_isa_t) {
        func has(_ needed: dnnl_cpu_isa_t) -> Bool {
            instructions.rawValue & needed.rawValue == needed.rawValue
        }
        // Each set contains the bits of those that it includes; numbers as such have no order.
        let hasAVX512 = has(dnnl_cpu_isa_avx512_core)
        blockSize = hasAVX512 ? 16 : 8
        bfloat16 = has(dnnl_cpu_isa_avx512_core_bf16) ? .native : hasAVX512 ? .emulated : .none
        integers =
            has(dnnl_cpu_isa_avx512_core_vnni) || has(dnnl_cpu_isa_avx2_vnni)
            ? .exact : has(dnnl_cpu_isa_avx2) ? .saturating : .none
        hasIntegerWinograd = has(dnnl_cpu_isa_avx512_core_vnni) && yv_has_integer_winograd() != 0
    }
}
