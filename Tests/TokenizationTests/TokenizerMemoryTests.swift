import TestSupport
import Testing
import Tokenization

/// Building a tokenizer takes memory in proportion to its files, whatever they say.
///
/// Every case is measured in a process of its own, where nothing else needs memory at the same time.
@Suite(.serialized, .enabled(if: ResourceUse.measuresMemory, "the system does not tell the peak of memory"))
struct TokenizerMemoryTests {
    /// A token is held by its id and by its text, and added tokens and Unigram's pieces in what finds them in a
    /// text, too, which takes nine bytes for each byte that a piece does not share with another. The shortest
    /// entries in a file have eight bytes for all of that. A vocabulary of real words takes less than the bound.
    private static let shortestEntriesFactor = 16

    private static let textBytes = 2 << 20

    private static func expectBounded(
        _ json: [UInt8], config: [UInt8]? = nil, factor: Int = ResourceUse.memoryFactor,
        isValid: Bool? = nil, _ note: String
    ) {
        var isBuilt = false
        let growth = ResourceUse.peakGrowthAlone {
            // Copies, as they are made when files are read.
            let tokenizer = try? Tokenizer(
                tokenizerJSON: json + [0x20], tokenizerConfigJSON: config.map { $0 + [0x20] })
            isBuilt = tokenizer != nil
        }
        if let isValid { #expect(isBuilt == isValid, "\(note)") }
        let byteCount = json.count + (config?.count ?? 0)
        #expect(
            growth <= factor * byteCount + ResourceUse.memorySlack,
            "\(note): memory grew by \(growth) bytes for files of \(byteCount)")
    }

    private static func bytePair(_ members: String = "", rest: String = "") -> String {
        #"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]\#(members)}\#(rest)}"#
    }

    private static let byteLevel =
        #","pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}"#

    @Test
    func aLargeVocabulary() async {
        await #expect(processExitsWith: .success) {
            let count = 60_000
            let words =
                (0..<count).map { "\"\($0)\":\($0 + 2 * count)" } + (0..<count).map { "\"w\($0)\":\($0)" }
            let merges = (0..<count).map { "\"w \($0)\"" }
            let text =
                #"{"model":{"type":"BPE","vocab":{"w":\#(count),\#(words.joined(separator: ","))},"#
                + #""merges":[\#(merges.joined(separator: ","))]}\#(Self.byteLevel)}"#
            let original = Array(text.utf8)
            let tokenizer = try Tokenizer(tokenizerJSON: original)
            #expect(tokenizer.encode("w7", addSpecialTokens: false) == [7])
            Self.expectBounded(original, "60,000 merges")
            var mutator = FileMutator(seed: 43)
            let damaged = (0..<100).lazy.map { _ in mutator.mutated(original) }
            for (round, bytes) in damaged.filter({ $0.count > original.count / 2 }).prefix(6).enumerated() {
                Self.expectBounded(bytes, "damaged, round \(round)")
            }
        }
    }

    /// What stands before and after a hostile text in a `tokenizer.json`.
    private static let places: [(before: String, after: String)] = [
        ("", ""), (#"{"model":"#, "}"), (#"{"model":{"type":"BPE","merges":[],"vocab":"#, "}}"),
        (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":"#, "}}"),
        (#"{"model":{"type":"Unigram","vocab":"#, "}}"),
        (bytePair(rest: #","added_tokens":"#).dropLast() + "", "}"),
        (bytePair(rest: #","normalizer":{"type":"Sequence","normalizers":"#).dropLast() + "", "}}"),
        (bytePair(rest: #","post_processor":{"type":"TemplateProcessing","single":"#).dropLast() + "", "}}"),
        (
            bytePair(
                rest:
                    #","post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"a"}}],"#
            )
            .dropLast() + #""special_tokens":{"a":{"ids":"#, "}}}}"
        ),
    ]

    @Test(arguments: HostileJSON.smallestValues)
    func textsOfTheSmallestValues(text: HostileJSON) async {
        await #expect(processExitsWith: .success) { [text] in
            for (before, after) in Self.places {
                Self.expectBounded(
                    text.text(Self.textBytes, before: before, after: after), "\(before)\(text)")
            }
            let model = Array(Self.bytePair().utf8)
            for name in ["added_tokens_decoder", "additional_special_tokens", "bos_token"] {
                Self.expectBounded(
                    model, config: text.text(Self.textBytes, before: "{\"\(name)\":", after: "}"),
                    "tokenizer_config.json: \(name) \(text)")
            }
        }
    }

    /// Vocabularies whose every entry is as short as it can be, all of which are valid.
    @Test
    func theShortestEntries() async {
        await #expect(processExitsWith: .success) {
            let (factor, most) = (ResourceUse.memoryFactor, Self.shortestEntriesFactor)
            let unigram = #"{"model":{"type":"Unigram","unk_id":0,"vocab":["#
            let wordPiece = #"{"model":{"type":"WordPiece","unk_token":"u","vocab":{"u":0"#
            let bytePair = #"{"model":{"type":"BPE","merges":[],"vocab":{"u":0"#
            let merges = #"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b""#
            let added = String(Self.bytePair(rest: Self.byteLevel + #","added_tokens":["#).dropLast())
            let cases: [(before: String, after: String, factor: Int, piece: (Int, String) -> String)] = [
                (wordPiece, "}}}", factor, { ",\"##\($1)\":\($0 + 1)" }),
                (bytePair, "}}}", factor, { ",\"\($1)\":\($0 + 1)" }),
                (bytePair, "}}\(Self.byteLevel)}", factor, { ",\"\($1)\":\($0 + 1)" }),
                (merges, "]}}", factor, { _, _ in ",\"a b\"" }),
                (unigram, "[\"\",0]]}\(Self.byteLevel)}", most, { "[\"\($1)\",0]," }),
                (unigram, "[\"\",0]]}}", most, { "[\"\(String(repeating: $1, count: 300))\",0]," }),
                (added, #"{"id":0,"content":"last"}]}"#, most, { "{\"id\":0,\"content\":\"\($1)\"}," }),
            ]
            for (before, after, factor, piece) in cases {
                let json = HostileJSON.text(Self.textBytes, before: before, after: after) {
                    piece($0, HostileJSON.name($0))
                }
                Self.expectBounded(json, factor: factor, isValid: true, "\(before)\(piece(0, "name"))")
            }
        }
    }

    @Test
    func manyTokensOfTheConfiguration() async {
        await #expect(processExitsWith: .success) {
            let model = Array(Self.bytePair().utf8)
            let decoder = HostileJSON.text(
                Self.textBytes, before: #"{"added_tokens_decoder":{"#,
                after: #""4000000":{"content":"last"}}}"#
            ) { "\"\($0)\":{\"content\":\"\(HostileJSON.name($0))\"}," }
            let repeated = HostileJSON("[", "\"a\",", "\"b\"]")
                .text(Self.textBytes, before: #"{"additional_special_tokens":"#, after: "}")
            for (config, factor) in [
                (decoder, Self.shortestEntriesFactor), (repeated, ResourceUse.memoryFactor),
            ] {
                Self.expectBounded(
                    model, config: config, factor: factor, isValid: true, "\(config.count) bytes of tokens")
            }
        }
    }

    /// Tables are as long as the largest id.
    @Test(arguments: ["BPE", "WordLevel", "WordPiece"])
    func anIdFarFromTheOthers(type: String) async {
        await #expect(processExitsWith: .success) { [type] in
            for (id, isValid) in [(65538, true), (65539, false), (4_194_303, false)] {
                let text = #"{"model":{"type":"\#(type)","unk_token":"a","vocab":{"a":\#(id)},"merges":[]}}"#
                Self.expectBounded(Array(text.utf8), isValid: isValid, "the id \(id)")
            }
        }
    }
}
