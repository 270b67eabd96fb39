import Testing
import Tokenization

@Suite struct TokenizerErrorTests {
    private static let valid = #"""
        {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]},
         "added_tokens": [{"id": 3, "content": "<s>", "special": true}],
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"}}
        """#

    private static func error(_ json: String, config: String? = nil) -> TokenizerError? {
        do throws(TokenizerError) {
            _ = try Tokenizer(
                tokenizerJSON: Array(json.utf8), tokenizerConfigJSON: config.map { Array($0.utf8) })
            return nil
        } catch {
            return error
        }
    }

    private static func error(_ vocabulary: GGUFVocabulary) -> TokenizerError? {
        do throws(TokenizerError) {
            _ = try Tokenizer(vocabulary: vocabulary)
            return nil
        } catch {
            return error
        }
    }

    private static func sequence(_ preTokenizers: String) -> String {
        #"{"type": "Sequence", "pretokenizers": [\#(preTokenizers)]}"#
    }

    private static let byteLevel = #"{"type": "ByteLevel", "add_prefix_space": false}"#

    private static func decoder(_ type: String, _ rest: String = #""x": 1"#) -> String {
        #""decoder": {"type": "\#(type)", \#(rest)}"#
    }

    private static func normalizer(_ json: String) -> String {
        #""normalizer": \#(json), "decoder""#
    }

    private static func template(_ single: String) -> String {
        #""post_processor": {"type": "TemplateProcessing", "single": \#(single)}, "decoder""#
    }

    private static let defects: [Defect] = [
        Defect(#""BPE""#, #""Trigram""#, .unsupported, "model.type", "Trigram"),
        Defect(#""BPE""#, #""Unigram""#, .wrongType, "model.vocab", "an object"),
        Defect(#""BPE""#, #""WordLevel""#, .missingField, "model.unk_token", "nothing"),
        Defect(#""BPE""#, #""WordPiece", "unk_token": "?""#, .inconsistent, "model.unk_token", "?"),
        Defect(
            #""BPE""#, #""WordPiece", "unk_token": "a", "max_input_chars_per_word": 1e6"#, .outOfRange,
            "model.max_input_chars_per_word", "1000000"),
        Defect(#""BPE""#, #""BPE", "dropout": 0.1"#, .unsupported, "model.dropout", "dropout"),
        Defect(
            #""BPE""#, #""BPE", "continuing_subword_prefix": "@@""#, .inconsistent, "model.merges[0]", "b"),
        Defect(#""BPE""#, #""BPE", "unk_token": "?""#, .inconsistent, "model.unk_token", "?"),
        Defect(#""BPE""#, #""BPE", "fuse_unk": 1"#, .wrongType, "model.fuse_unk", "a number"),
        Defect(#"["a b"]"#, #"["a c"]"#, .inconsistent, "model.merges[0]", "c"),
        Defect(#"["a b"]"#, #"["b a"]"#, .inconsistent, "model.merges[0]", "ba"),
        Defect(#"["a b"]"#, #"["ab"]"#, .inconsistent, "model.merges[0]", "ab"),
        Defect(#"["a b"]"#, #"["a b", ["a"]]"#, .wrongType, "model.merges[1]", "an array"),
        Defect(#"["a b"]"#, #"{}"#, .wrongType, "model.merges", "an object"),
        Defect(#""ab": 2"#, #""ab": 1"#, .inconsistent, "model.vocab", "id 1"),
        Defect(#""ab": 2"#, #""ab": -2"#, .outOfRange, "model.vocab", "-2"),
        Defect(#""ab": 2"#, #""ab": 2.5"#, .outOfRange, "model.vocab", "2.5"),
        Defect(#""ab": 2"#, #""ab": 4194304"#, .outOfRange, "model.vocab", "4194304"),
        Defect(#""ab": 2"#, #""ab": 65543"#, .outOfRange, "model.vocab", "65543"),
        Defect(#""ab": 2"#, #""ab": 1e300"#, .outOfRange, "model.vocab", "1e+300"),
        Defect(#""ab": 2"#, #""ab": "2""#, .wrongType, "model.vocab", "a string"),
        Defect(#"{"a": 0, "b": 1, "ab": 2}"#, "{}", .outOfRange, "model.vocab", "no tokens"),
        Defect(#""id": 3"#, #""id": -1"#, .outOfRange, "added_tokens[0].id", "-1"),
        Defect(#""id": 3, "#, "", .missingField, "added_tokens[0].id", "nothing"),
        Defect(#""special": true"#, #""special": "yes""#, .wrongType, "added_tokens[0].special", "a string"),
        Defect(byteLevel, #"{"type": "Emoji"}"#, .unsupported, "pre_tokenizer.type", "Emoji"),
        Defect(byteLevel, #"{"type": "Metaspace"}"#, .missingField, "pre_tokenizer.replacement", "nothing"),
        Defect(
            byteLevel, #"{"type": "Metaspace", "replacement": "ab"}"#, .wrongType,
            "pre_tokenizer.replacement",
            "ab"),
        Defect(
            byteLevel, #"{"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"}"#, .unsupported,
            "pre_tokenizer.prepend_scheme", "last"),
        Defect(
            byteLevel,
            #"{"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "#
                + #""add_prefix_space": false}"#,
            .inconsistent, "pre_tokenizer", "add_prefix_space"),
        Defect(
            byteLevel, sequence(#"{"type": "ByteLevel"}, {"type": "Digit"}"#), .unsupported,
            "pre_tokenizer.pretokenizers[1].type", "Digit"),
        Defect(
            byteLevel, sequence(Array(repeating: #"{"type": "Digits"}"#, count: 65).joined(separator: ",")),
            .outOfRange, "pre_tokenizer.pretokenizers[64]", "64"),
        Defect(
            byteLevel, #"{"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"}"#,
            .unsupported,
            "pre_tokenizer.pattern.Regex", ""),
        Defect(
            byteLevel, #"{"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"}"#, .unsupported,
            "pre_tokenizer.pattern.String", "empty"),
        Defect(
            byteLevel, #"{"type": "Split", "pattern": {"String": "a"}, "behavior": "Sideways"}"#,
            .unsupported,
            "pre_tokenizer.behavior", "Sideways"),
        Defect(byteLevel, #"{"type": "FixedLength", "length": 0}"#, .outOfRange, "pre_tokenizer.length", "0"),
        Defect(
            byteLevel, #"{"type": "CharDelimiterSplit", "delimiter": 1}"#, .wrongType,
            "pre_tokenizer.delimiter", "a number"),
        Defect(
            #""decoder": {"type": "ByteLevel"}"#, decoder("Base64"), .unsupported, "decoder.type", "Base64"),
        Defect(
            #""decoder": {"type": "ByteLevel"}"#,
            decoder("Strip", #""content": "  ", "start": 1, "stop": 0"#),
            .wrongType, "decoder.content", "  "),
        Defect(
            #""decoder": {"type": "ByteLevel"}"#,
            decoder("Strip", #""content": " ", "start": -1, "stop": 0"#),
            .outOfRange, "decoder.start", "-1"),
        Defect(
            #""decoder": {"type": "ByteLevel"}"#, decoder("BPEDecoder", #""suffix": """#), .unsupported,
            "decoder.suffix", "empty"),
        Defect(#""decoder""#, normalizer(#"{"type": "Rot13"}"#), .unsupported, "normalizer.type", "Rot13"),
        Defect(
            #""decoder""#, normalizer(#"{"type": "Precompiled", "precompiled_charsmap": "A*=="}"#),
            .inconsistent, "normalizer.precompiled_charsmap", "A*=="),
        Defect(
            #""decoder""#, normalizer(#"{"type": "Precompiled", "precompiled_charsmap": "AAAA"}"#),
            .inconsistent, "normalizer.precompiled_charsmap", "3 bytes"),
        Defect(
            #""decoder""#,
            normalizer(
                #"{"type": "Sequence", "normalizers": ["#
                    + Array(
                        repeating: #"{"type": "Replace", "pattern": {"String": "a"}, "content": "aaa"}"#,
                        count: 20
                    ).joined(separator: ",") + "]}"),
            .outOfRange, "normalizer", "longer"),
        Defect(
            #""decoder""#, #""post_processor": {"type": "Stamp"}, "decoder""#, .unsupported,
            "post_processor.type", "Stamp"),
        Defect(
            #""decoder""#,
            #""post_processor": {"type": "BertProcessing", "sep": ["a", 0], "cls": ["z", 9]}, "decoder""#,
            .inconsistent, "post_processor.cls[1]", "9"),
        Defect(
            #""decoder""#,
            template(
                "[" + Array(repeating: #"{"Sequence": {"id": "B"}}"#, count: 1025).joined(separator: ",")
                    + "]"),
            .outOfRange, "post_processor.single", "1025"),
        Defect(#""decoder""#, template("[]"), .unsupported, "post_processor.single", "0 texts"),
        Defect(
            #""decoder""#, template(#"[{"SpecialToken": {"id": "x"}}]"#), .missingField,
            "post_processor.single[0].SpecialToken.id", "x"),
        Defect(#"{"model""#, #"["model""#, .malformedJSON, "byte", ":"),
        Defect(#""BPE""#, #""B\uD800PE""#, .malformedJSON, "byte", "'D'"),
        Defect(#""BPE""#, #""B\xPE""#, .malformedJSON, "byte", "'x'"),
        Defect(#""BPE""#, "\"B\nPE\"", .malformedJSON, "byte", "byte 10"),
        Defect(#""BPE""#, #"tru"#, .malformedJSON, "byte", "t"),
        Defect(#""BPE""#, #"1e"#, .malformedJSON, "byte", "','"),
    ]

    @Test func theUnchangedFileIsFine() throws {
        #expect(Self.error(Self.valid) == nil)
        let tokenizer = try Tokenizer(tokenizerJSON: Array(Self.valid.utf8))
        #expect(tokenizer.encode("<s>abb", addSpecialTokens: false) == [3, 2, 1])
    }

    @Test(arguments: defects)
    private func anErrorNamesTheFieldAndWhatItHolds(defect: Defect) throws {
        var json = Self.valid
        json.replaceSubrange(try #require(json.firstRange(of: defect.original)), with: defect.replacement)
        let error = try #require(Self.error(json))
        #expect(error.code == defect.code, "\(error)")
        #expect(error.field.contains(defect.field), "\(error)")
        #expect(error.found.contains(defect.found), "\(error)")
        #expect(error.description.hasPrefix("tokenizer.json: "), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test func everyTruncationOfAFileIsAnError() {
        let bytes = Array(Self.valid.utf8)
        for length in bytes.indices {
            #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: Array(bytes[..<length])) }
        }
    }

    @Test func nestingAndInvalidBytesAreRefused() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(Self.error(deep)?.code == .malformedJSON)
        #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: [0x22, 0xFF, 0x22]) }
        #expect(Self.error(Self.valid + "x")?.found.contains("'x'") == true)
    }

    /// The loader of the reference does so too: models have been trained with the ids that it gave.
    @Test func anAddedTokenGetsTheNextFreeID() throws {
        let json = Self.valid.replacing(#""id": 3"#, with: #""id": 7"#)
        let tokenizer = try Tokenizer(tokenizerJSON: Array(json.utf8))
        #expect(tokenizer.encode("<s>a", addSpecialTokens: false) == [3, 0])
        #expect(tokenizer.text(of: 7) == nil)
    }

    @Test(arguments: [
        (#"{"added_tokens_decoder": {"x": {"content": "a"}}}"#, TokenizerError.Code.outOfRange, "x"),
        (#"{"added_tokens_decoder": {"1": {}}}"#, .missingField, "nothing"),
        (#"{"added_tokens_decoder": []}"#, .wrongType, "an array"),
        (#"{"add_bos_token": 1}"#, .wrongType, "a number"),
        (#"{"clean_up_tokenization_spaces": "yes"}"#, .wrongType, "a string"),
        (#"{"eos_token": 5}"#, .wrongType, "a number"),
    ])
    func aDamagedConfigurationIsRefused(config: String, code: TokenizerError.Code, found: String) throws {
        let error = try #require(Self.error(Self.valid, config: config))
        #expect(error.code == code)
        #expect(error.description.hasPrefix("tokenizer_config.json: "))
        #expect(error.found.contains(found), "\(error)")
    }

    @Test func aConfigurationWithAForeignTokenIsRefused() throws {
        let error = try #require(Self.error(Self.valid, config: #"{"bos_token": "<bos>"}"#))
        #expect(error.field == "tokenizer_config.json: bos_token")
        #expect(error.found.contains("<bos>"))
    }

    @Test(arguments: [
        (GGUFVocabulary(model: "rwkv", tokens: ["a"]), TokenizerError.Code.unsupported, "model", "rwkv"),
        (GGUFVocabulary(pre: "klingon", tokens: ["a"]), .unsupported, "pre", "klingon"),
        (GGUFVocabulary(tokens: []), .outOfRange, "tokens", "0 tokens"),
        (GGUFVocabulary(tokens: ["a"], types: [1, 1]), .inconsistent, "token_type", "2 types"),
        (GGUFVocabulary(tokens: ["a"], merges: ["a a"]), .inconsistent, "merges[0]", "aa"),
        (GGUFVocabulary(tokens: ["a"], merges: ["a  a"]), .inconsistent, "merges[0]", "a  a"),
        (GGUFVocabulary(tokens: ["a"], bosID: 1), .outOfRange, "bos_token_id", "1"),
        (GGUFVocabulary(tokens: ["a"], eosID: -1), .outOfRange, "eos_token_id", "-1"),
        (GGUFVocabulary(tokens: ["a"], addBOS: true), .missingField, "bos_token_id", "nothing"),
    ])
    func aBadVocabularyIsRefused(
        vocabulary: GGUFVocabulary, code: TokenizerError.Code, field: String, found: String
    ) throws {
        let error = try #require(Self.error(vocabulary))
        #expect(error.code == code)
        #expect(error.field == "GGUF metadata: tokenizer.ggml.\(field)")
        #expect(error.found.contains(found), "\(error)")
    }
}

/// One change to a valid file, and the error that names it.
private struct Defect: Sendable, CustomTestStringConvertible {
    let original: String
    let replacement: String
    let code: TokenizerError.Code
    let field: String
    let found: String

    init(
        _ original: String, _ replacement: String, _ code: TokenizerError.Code, _ field: String,
        _ found: String
    ) {
        self.original = original
        self.replacement = replacement
        self.code = code
        self.field = field
        self.found = found
    }

    var testDescription: String { "\(original) replaced by \(replacement.debugDescription)" }
}
