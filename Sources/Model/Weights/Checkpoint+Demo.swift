extension Checkpoint {
    /// The demo model that comes with the program: ``YolactConfiguration/shapes``.
    ///
    /// - Throws: ``ResourceNotFound`` where the program was moved without its resources;
    ///   ``WeightsError``.
    public static func builtInDemo() throws -> Checkpoint {
        try open(
            ResourceLocator().path(of: "yolact_shapes.safetensors", in: "Model"),
            as: "the built-in demo model")
    }
}
