import COneDNN

/// The libraries that networks run on, as they are on this machine.
public enum ComputeLibraries {
    /// Version of oneDNN, such as `2.6.3`.
    public static var oneDNNVersion: String {
        dnnl_version().map {
            "\($0.pointee.major).\($0.pointee.minor).\($0.pointee.patch)"
        } ?? "unknown"
    }

    /// The best instruction set that oneDNN uses here, in the spelling that the environment variable
    /// `DNNL_MAX_CPU_ISA` takes, such as `AVX512_CORE_BF16`; that variable lowers it.
    ///
    /// Values of the type differ between releases of oneDNN, so this is the library's own name.
    public static var oneDNNInstructions: String {
        guard let name = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa()) else { return "unknown" }
        let text = String(cString: name)
        let prefix = "cpu_isa_"
        // 0 is what releases without a name for this CPU, and CPUs below SSE4.1, give.
        return text.hasPrefix(prefix) ? text.dropFirst(prefix.count).uppercased() : "unknown"
    }

    /// Version of OpenBLAS, such as `0.3.21`, and the name of the kernels it chose, such as `SkylakeX`.
    ///
    /// Loads the library, which takes a few milliseconds. Throws ``ComputeError/unavailable(library:reason:)``
    /// where it is not installed.
    public static func openBLAS() throws(ComputeError) -> (version: String, kernels: String) {
        let library = try OpenBLASLibrary.shared.get()
        return (library.version, library.coreName)
    }
}
