package import Tensors

/// What a checkpoint says about its model's architecture, in terms common to GGUF and Hugging Face.
package struct ModelConfiguration: Sendable, Equatable, Codable {
    /// `architectures[0]` of a Hugging Face `config.json`, for example "LlamaForCausalLM".
    ///
    /// A GGUF architecture without a known Hugging Face name keeps its GGUF name, for example "mamba".
    package var architecture: String
    package var hiddenSize: Int
    package var intermediateSize: Int
    package var layerCount: Int
    package var attentionHeadCount: Int
    package var keyValueHeadCount: Int
    package var headDimension: Int
    package var vocabularySize: Int
    package var maximumPositions: Int
    package var rmsNormEpsilon: Float
    package var ropeTheta: Double
    package var ropeScaling: RopeScaling
    package var tieWordEmbeddings: Bool
    /// Whether the q, k and v projections have biases.
    ///
    /// (Llama's `attention_bias` also gives the output projection one; Qwen2 always has biases on q, k and v
    /// only.)
    package var attentionBias: Bool
    package var mlpBias: Bool
    package var hiddenActivation: String
    package var slidingWindow: SlidingWindow?
    /// The type the weights were saved in, where the checkpoint says so.
    package var dtype: DType?
    package var bosTokenID: Int32?
    package var eosTokenIDs: [Int32]
    /// The share of each head's dimensions that rotary embedding turns; 1 unless the checkpoint says less.
    package var rotaryFraction: Double

    package init(
        architecture: String,
        hiddenSize: Int,
        intermediateSize: Int,
        layerCount: Int,
        attentionHeadCount: Int,
        keyValueHeadCount: Int,
        headDimension: Int,
        vocabularySize: Int,
        maximumPositions: Int,
        rmsNormEpsilon: Float,
        ropeTheta: Double = 10_000,
        ropeScaling: RopeScaling = .none,
        tieWordEmbeddings: Bool = false,
        attentionBias: Bool = false,
        mlpBias: Bool = false,
        hiddenActivation: String = "silu",
        slidingWindow: SlidingWindow? = nil,
        dtype: DType? = nil,
        bosTokenID: Int32? = nil,
        eosTokenIDs: [Int32] = [],
        rotaryFraction: Double = 1
    ) {
        self.architecture = architecture
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.layerCount = layerCount
        self.attentionHeadCount = attentionHeadCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headDimension = headDimension
        self.vocabularySize = vocabularySize
        self.maximumPositions = maximumPositions
        self.rmsNormEpsilon = rmsNormEpsilon
        self.ropeTheta = ropeTheta
        self.ropeScaling = ropeScaling
        self.tieWordEmbeddings = tieWordEmbeddings
        self.attentionBias = attentionBias
        self.mlpBias = mlpBias
        self.hiddenActivation = hiddenActivation
        self.slidingWindow = slidingWindow
        self.dtype = dtype
        self.bosTokenID = bosTokenID
        self.eosTokenIDs = eosTokenIDs
        self.rotaryFraction = rotaryFraction
    }
}
