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

    private static func template(_ single: String) -> String {
        #""post_processor": {"type": "TemplateProcessing", "single": \#(single)}, "decoder""#
    }

    private static let defects: [Defect] = [
        Defect(#""BPE""#, #""Unigram""#, .unsupported, "model.type", "Unigram"),
        Defect(#""BPE""#, #""BPE", "byte_fallback": true"#, .unsupported, "model", "byte_fallback"),
        Defect(#""BPE""#, #""BPE", "dropout": 0.1"#, .unsupported, "model.dropout", "dropout"),
        Defect(
            #""BPE""#, #""BPE", "end_of_word_suffix": "</w>""#, .unsupported, "model.end_of_word_suffix",
            "</w>"),
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
        Defect(#""ab": 2"#, #""ab": 1e300"#, .outOfRange, "model.vocab", "1e+300"),
        Defect(#""ab": 2"#, #""ab": "2""#, .wrongType, "model.vocab", "a string"),
        Defect(#"{"a": 0, "b": 1, "ab": 2}"#, "{}", .outOfRange, "model.vocab", "no tokens"),
        Defect(#""id": 3"#, #""id": 2"#, .inconsistent, "added_tokens[0].id", "2"),
        Defect(#""id": 3, "#, "", .missingField, "added_tokens[0].id", "nothing"),
        Defect(#""special": true"#, #""special": "yes""#, .wrongType, "added_tokens[0].special", "a string"),
        Defect(
            #"{"type": "ByteLevel", "add_prefix_space": false}"#, #"{"type": "Metaspace"}"#, .unsupported,
            "pre_tokenizer.type", "Metaspace"),
        Defect(
            #"{"type": "ByteLevel", "add_prefix_space": false}"#,
            sequence(""), .unsupported, "pre_tokenizer", "nothing"),
        Defect(
            #"{"type": "ByteLevel", "add_prefix_space": false}"#, #"null"#, .missingField, "pre_tokenizer",
            "nothing"),
        Defect(
            #"{"type": "ByteLevel", "add_prefix_space": false}"#,
            sequence(#"{"type": "ByteLevel"}, {"type": "Digits"}"#),
            .unsupported, "pre_tokenizer.pretokenizers[0].type", "ByteLevel"
        ),
        Defect(
            #"{"type": "ByteLevel", "add_prefix_space": false}"#,
            sequence(#"{"type": "Split", "pattern": {"Regex": "\\w+|\n"}}, {"type": "ByteLevel"}"#),
            .unsupported, "pre_tokenizer.pretokenizers[0].pattern.Regex", #""\w+|\n""#
        ),
        Defect(
            #""decoder": {"type": "ByteLevel"}"#, #""decoder": {"type": "WordPiece"}"#, .unsupported,
            "decoder.type", "WordPiece"),
        Defect(#", "decoder": {"type": "ByteLevel"}"#, "", .missingField, "decoder", "nothing"),
        Defect(
            #""decoder""#, #""normalizer": {"type": "Lowercase"}, "decoder""#, .unsupported,
            "normalizer.type", "Lowercase"),
        Defect(
            #""decoder""#, #""post_processor": {"type": "BertProcessing"}, "decoder""#, .unsupported,
            "post_processor.type", "BertProcessing"),
        Defect(
            #""decoder""#, template("[]"),
            .unsupported, "post_processor.single", "0 texts"
        ),
        Defect(
            #""decoder""#,
            template(#"[{"SpecialToken": {"id": "x"}}]"#),
            .missingField, "post_processor.single[0].SpecialToken.id", "x"
        ),
        Defect(#"{"model""#, #"["model""#, .malformedJSON, "byte", ":"),
        Defect(#""BPE""#, #""B\uD800PE""#, .malformedJSON, "byte", "surrogate"),
        Defect(#""BPE""#, #""B\xPE""#, .malformedJSON, "byte", "escape"),
        Defect(#""BPE""#, "\"B\nPE\"", .malformedJSON, "byte", "control character"),
        Defect(#""BPE""#, #"tru"#, .malformedJSON, "byte", "t"),
        Defect(#""BPE""#, #"1e"#, .malformedJSON, "byte", "1"),
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
        #expect(Self.error(Self.valid + "x")?.found.contains("after the end") == true)
    }

    @Test func aConfigurationWithAForeignTokenIsRefused() throws {
        let error = try #require(Self.error(Self.valid, config: #"{"bos_token": "<bos>"}"#))
        #expect(error.field == "tokenizer_config.json: bos_token")
        #expect(error.found.contains("<bos>"))
    }

    @Test(arguments: [
        (GGUFVocabulary(model: "llama", tokens: ["a"]), TokenizerError.Code.unsupported, "model", "llama"),
        (GGUFVocabulary(pre: "tekken", tokens: ["a"]), .unsupported, "pre", "tekken"),
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
