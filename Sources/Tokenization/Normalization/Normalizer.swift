/// Changes text before it is cut into words: a list of stages, each of which sees what the one before left.
///
/// The stages are those of Hugging Face's `tokenizers`, and follow it scalar by scalar.
struct Normalizer: Sendable {
    enum Stage: Sendable {
        /// Unicode normalization form NFC, NFD, NFKC or NFKD.
        case form(NormalizationForm)
        case lowercase
        /// Whitespace at the ends is removed.
        case strip(left: Bool, right: Bool)
        /// Combining marks are removed; usually after a decomposition.
        case stripAccents
        /// Control characters removed, other spaces made plain ones, as in Google's translation models.
        case translationSpaces
        /// SentencePiece's compiled table ("precompiled_charsmap").
        case characterMap(CharacterMap)
        case replace(TextPattern, content: [UInt8])
        /// Put before text that is not empty.
        case prepend([UInt8])
        /// Every byte becomes its stand-in of the byte alphabet.
        case byteAlphabet
        case bert(BertNormalizer)
    }

    let stages: [Stage]

    init(_ stages: [Stage] = []) {
        self.stages = stages
    }

    /// The normalized text, or nil when it stays as it is.
    func normalize(_ bytes: [UInt8], in range: Range<Int>) -> NormalizedText? {
        var text: NormalizedText?
        for stage in stages {
            let source = text?.bytes ?? bytes
            let sourceRange = text.map { 0..<$0.bytes.count } ?? range
            guard let result = stage.apply(source, sourceRange) else { continue }
            let losesStart = stage.removesScalars && stage.losesStart(source, sourceRange)
            text = NormalizedText(bytes: result, keepsStart: text?.keepsStart ?? true && !losesStart)
        }
        return text
    }
}

/// Text between normalizer and pre-tokenizer.
struct NormalizedText {
    var bytes: [UInt8]
    /// Whether the first scalar comes from the first scalar of the text before normalization: what
    /// `Metaspace` asks that only changes the beginning of a text.
    var keepsStart = true
}
