import TestSupport
import Testing
import Tokenization

/// Damaged `tokenizer.json` files give an error or a tokenizer, soon, and in memory in proportion.
@Suite struct MutatedTokenizerTests {
    private func use(_ bytes: [UInt8]) -> Bool {
        guard let tokenizer = try? Tokenizer(tokenizerJSON: bytes) else { return false }
        let ids = tokenizer.encode("Hello <s> thistle 漢字\u{301} \u{10FFFF}\n", addSpecialTokens: true)
        _ = tokenizer.decode(ids + [0, 1, .max], skipSpecialTokens: false)
        return true
    }

    @Test(arguments: Fixture.tokenizerNames)
    func mutatedFilesEndSoon(name: String) throws {
        let original = try Fixture.bytes("\(name).tokenizer.json")
        #expect(use(original))
        var mutator = FileMutator(seed: TinyRandom.fnv1a64(name.utf8))
        var refused = 0
        for round in 0..<120 {
            let bytes = mutator.mutated(original)
            let seconds = ResourceUse.processorSeconds {
                if !use(bytes) { refused += 1 }
            }
            #expect(seconds < 1, "round \(round)")
        }
        #expect(refused > 60)
    }

    @Suite(
        .serialized, .enabled(if: ResourceUse.measuresMemory, "the system does not tell the peak of memory"))
    struct Memory {
        /// Every value of the text becomes an object, and every entry of a vocabulary one of several tables.
        private func expectBounded(_ bytes: [UInt8]) {
            let growth = ResourceUse.peakGrowth(runs: 2) { _ = try? Tokenizer(tokenizerJSON: bytes) }
            #expect(growth <= 32 * bytes.count + 8 << 20, "\(growth) for \(bytes.count)")
        }

        @Test func aLargeVocabulary() {
            let words = (0..<70_000).map { "\"w\($0)\":\($0 + 2)" }.joined(separator: ",")
            let merges = (0..<70_000).map { "\"w \($0)\"" }.joined(separator: ",")
            let text =
                #"{"model":{"type":"BPE","vocab":{"w":0," ":1,\#(words)},"merges":[\#(merges)]},"#
                + #""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false}}"#
            let original = Array(text.utf8)
            expectBounded(original)
            var mutator = FileMutator(seed: 43)
            let damaged = (0..<100).lazy.map { _ in mutator.mutated(original) }
            for bytes in damaged.filter({ $0.count > original.count / 2 }).prefix(8) { expectBounded(bytes) }
        }

        @Test(arguments: ["0,", "\"\",", "[],", "{},", "null,"])
        func listsOfTheSmallestValues(piece: String) {
            let list = "[" + String(repeating: piece, count: 1 << 19) + "0]"
            for text in [list, #"{"model":\#(list)}"#, #"{"added_tokens":\#(list)}"#] {
                expectBounded(Array(text.utf8))
            }
            expectBounded(Array(#"{"model":{"type":"BPE","vocab":{},"merges":\#(list)}}"#.utf8))
            expectBounded(Array(#"{"model":{"type":"Unigram","vocab":\#(list)}}"#.utf8))
        }
    }
}
