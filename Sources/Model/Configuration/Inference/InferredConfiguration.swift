/// A configuration that was read off the names and shapes of parameters.
public struct InferredConfiguration: Sendable, Hashable {
    /// What was read, and what was assumed where names and shapes tell nothing.
    public var configuration: YolactConfiguration
    /// What was assumed; empty where all of it is known.
    public var assumptions: [Assumption]
    /// Why nothing was taken from the configuration that the network was probably derived from: it is of
    /// another network. nil if it is not.
    public var contradiction: String?

    /// Creates a result.
    public init(
        configuration: YolactConfiguration, assumptions: [Assumption] = [],
        contradiction: String? = nil
    ) {
        self.configuration = configuration
        self.assumptions = assumptions
        self.contradiction = contradiction
    }

    /// Something that weights do not tell.
    public struct Assumption: Sendable, Hashable, CustomStringConvertible {
        /// What was assumed.
        public var what: String
        /// How to say otherwise.
        public var remedy: String

        /// One line.
        public var description: String { "\(what) (otherwise \(remedy))" }
    }
}

extension YolactConfiguration {
    /// Reads a configuration off the names and shapes of parameters: backbone, its depth, widths and
    /// deformable blocks, pyramid, prototypes, head, classes, anchors a position, re-scoring.
    ///
    /// - Parameters:
    ///   - shapes: Shapes by name, as the official code names parameters.
    ///   - name: What to call the configuration.
    ///   - basis: A configuration that the network was probably derived from, such as that which a file is
    ///     called after. What shapes do not tell, and what fits, is taken from it, which is an assumption;
    ///     if nothing differs the result is the basis. Of one with another backbone or another number of
    ///     classes nothing is taken, and the result tells so.
    ///   - changes: What the caller knows.
    /// - Throws: ``ConfigurationError`` where the shapes are those of no YOLACT network or contradict
    ///   `changes`; ``UnsupportedConfiguration`` where they tell of a switch that is not supported.
    public static func inferred(
        from shapes: [String: [Int]], name: String, basis: YolactConfiguration? = nil,
        changes: ConfigurationChanges = ConfigurationChanges()
    ) throws -> InferredConfiguration {
        let shapes = ParameterShapes(shapes)
        let context = InferenceContext(shapes: shapes, name: name)
        let backbone = try context.backbone()
        let features = try context.featureChannels(backbone)
        let prototypes = try context.prototypes(features)
        let head = try context.head(features, prototypes)
        let contradiction = basis.flatMap { difference(from: $0, backbone, head.classes) }
        let basis = contradiction == nil ? basis : nil
        var guess = Guess(classes: head.classes, anchors: head.anchors, basis, changes)
        var configuration = YolactConfiguration(
            name: name, inputSize: guess.inputSize(), backbone: backbone, featureChannels: features,
            prototypes: guess.prototypes(head.prototypes), head: head.head,
            scoring: guess.scoring(hasMaskScore: head.head.scoresMasks),
            anchors: try guess.anchors(source: name),
            classNames: try guess.classNames(source: name),
            rescoresMasks: try context.rescoresMasks(classes: head.classes))
        if let basis {
            configuration.name = basis.name
            if configuration != basis { configuration.name += " (changed)" }
        }
        if let given = changes.name { configuration.name = given }
        return InferredConfiguration(
            configuration: try configuration.validated(), assumptions: guess.assumptions,
            contradiction: contradiction)
    }

    /// What makes a network another one than a configuration is of; nil if it may be derived from it.
    private static func difference(
        from basis: YolactConfiguration, _ backbone: Backbone, _ classes: Int
    ) -> String? {
        guard backbone != basis.backbone || classes != basis.classNames.count else { return nil }
        return
            "the name says \(basis.name) (\(basis.backbone), \(basis.classNames.count) classes), the "
            + "tensors say \(backbone), \(classes) classes: nothing is taken from the name"
            + (basis.inputSize == Guess.usualSize
                ? "" : "; if pictures of its size are meant, --size \(basis.inputSize)")
    }
}
