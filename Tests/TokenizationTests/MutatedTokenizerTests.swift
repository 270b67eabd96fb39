import TestSupport
import Testing
import Tokenization

/// Damaged `tokenizer.json` files give an error or a tokenizer, soon.
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
}
