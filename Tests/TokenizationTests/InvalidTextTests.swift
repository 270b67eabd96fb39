import TestSupport
import Testing
import Tokenization

/// Input that is not UTF-8.
@Suite struct InvalidTextTests {
    /// What Python's `bytes.decode("utf-8", errors="replace")` gives; `?` stands for U+FFFD.
    @Test(arguments: [
        ([0x61, 0xFF, 0x62], "a?b"), ([0xC3], "?"), ([0xE6, 0xBC], "?"), ([0xE6, 0xBC, 0x61], "?a"),
        ([0xF0, 0x9F, 0x98], "?"), ([0xF0, 0x9F, 0x61], "?a"), ([0x80, 0x80], "??"), ([0xC0, 0xAF], "??"),
        ([0xE0, 0x80, 0x80], "???"), ([0xED, 0xA0, 0x80], "???"), ([0xF4, 0x90, 0x80, 0x80], "????"),
        ([0xF5, 0x80], "??"), ([0xE6, 0xBC, 0xA2, 0xE6], "漢?"), ([], ""),
    ])
    func becomesReplacementCharacters(bytes: [UInt8], text: String) throws {
        let replaced = String(text.map { $0 == "?" ? "\u{FFFD}" : $0 })
        for tokenizer in [try Fixture.tokenizer("qwen2"), try Pipeline.named("llama2").tokenizer()] {
            for adds in [true, false] {
                #expect(
                    tokenizer.encode(utf8: bytes, addSpecialTokens: adds)
                        == tokenizer.encode(replaced, addSpecialTokens: adds))
            }
        }
    }
}
