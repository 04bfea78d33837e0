extension YolactConfiguration {
    /// The prediction head, which puts out class scores, boxes and mask coefficients for each anchor.
    public struct Head: Sendable, Hashable {
        /// Channels of the 3 x 3 convolutions with ReLU in front of everything (`extra_head_net`); nil for
        /// one of as many channels as the pyramid, which is what the official models have.
        public var hiddenChannels: [Int]?
        /// Whether the DSSD prediction module (c) follows (`use_prediction_module`): the sum of a
        /// bottleneck block and a normalised 1 x 1 convolution (arXiv 1701.06659, section 3.2).
        public var hasPredictionModule: Bool
        /// Further 3 x 3 convolutions with ReLU in front of the boxes, class scores and coefficients
        /// (`extra_layers`).
        public var extraLayers: ExtraLayers
        /// Side of the last convolutions' kernels (`head_layer_params`), 3 in the official models.
        public var kernel: Int
        /// Whether all levels of the pyramid share one head (`share_prediction_module`).
        public var isShared: Bool
        /// Whether the coefficients are multiplied by the sigmoid of another output
        /// (`mask_proto_coeff_gate`).
        public var gatesCoefficients: Bool
        /// Whether there is an output for the quality of the mask (`use_mask_scoring`).
        public var scoresMasks: Bool

        /// Numbers of convolutions.
        public struct ExtraLayers: Codable, Sendable, Hashable {
            /// In front of the boxes.
            public var boxes: Int
            /// In front of the class scores.
            public var classes: Int
            /// In front of the mask coefficients.
            public var coefficients: Int

            /// Creates a list of numbers.
            public init(boxes: Int = 0, classes: Int = 0, coefficients: Int = 0) {
                self.boxes = boxes
                self.classes = classes
                self.coefficients = coefficients
            }
        }

        /// Creates a description of the head; the defaults are those of the official models.
        public init(
            hiddenChannels: [Int]? = nil, hasPredictionModule: Bool = false,
            extraLayers: ExtraLayers = ExtraLayers(), kernel: Int = 3, isShared: Bool = true,
            gatesCoefficients: Bool = false, scoresMasks: Bool = false
        ) {
            self.hiddenChannels = hiddenChannels
            self.hasPredictionModule = hasPredictionModule
            self.extraLayers = extraLayers
            self.kernel = kernel
            self.isShared = isShared
            self.gatesCoefficients = gatesCoefficients
            self.scoresMasks = scoresMasks
        }
    }

    /// How class scores are made of what the head puts out. The weights do not tell.
    public enum ClassScoring: String, Codable, Sendable, CaseIterable {
        /// Softmax over background and classes; also after training with the softmax focal loss.
        case softmax
        /// The sigmoid of each class, times that of the mask's quality where the head has it
        /// (`use_sigmoid_focal_loss`).
        case sigmoid
        /// The sigmoid of the first output times the softmax over the classes (`use_focal_loss` with
        /// `use_objectness_score`).
        case objectness
        /// The softmax over the classes where the sigmoid of the first output is above 0.1
        /// (`use_objectness_score` without focal loss).
        case gatedSoftmax
    }
}
