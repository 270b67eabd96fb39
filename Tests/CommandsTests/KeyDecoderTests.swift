import Commands
import Testing

@Suite struct KeyDecoderTests {
    @Test(arguments: [
        ("a", [Key.text("a")]), ("abc", [.text("abc")]), ("你好", [.text("你好")]), ("😀", [.text("😀")]),
        ("\r", [.enter]), ("\n", [.enter]), ("\t", [.text("\t")]),
        ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]),
        ("\u{1}", [.home]), ("\u{5}", [.end]), ("\u{B}", [.killToLineEnd]), ("\u{15}", [.killToLineStart]),
        ("\u{17}", [.killWord]), ("\u{C}", [.clearScreen]), ("\u{3}", [.interrupt]), ("\u{4}", [.endOfInput]),
        ("\u{1A}", [.suspend]), ("\u{2}", [.left]), ("\u{6}", [.right]), ("\u{10}", [.up]),
        ("\u{E}", [.down]),
        ("\u{1B}[A", [.up]), ("\u{1B}[B", [.down]), ("\u{1B}[C", [.right]), ("\u{1B}[D", [.left]),
        ("\u{1B}OA", [.up]), ("\u{1B}OH", [.home]), ("\u{1B}OF", [.end]),
        ("\u{1B}[H", [.home]), ("\u{1B}[F", [.end]), ("\u{1B}[1~", [.home]), ("\u{1B}[4~", [.end]),
        ("\u{1B}[7~", [.home]), ("\u{1B}[8~", [.end]), ("\u{1B}[3~", [.deleteForward]),
        ("\u{1B}[1;5C", [.wordRight]), ("\u{1B}[1;5D", [.wordLeft]), ("\u{1B}[1;3D", [.wordLeft]),
        ("\u{1B}b", [.wordLeft]), ("\u{1B}f", [.wordRight]), ("\u{1B}\u{7F}", [.killWord]),
        ("\u{1B}[5~\u{1B}[15~x", [.text("x")]), ("\u{1B}\u{1B}[A", [.up]), ("\u{1B}\r", [.enter]),
        ("\u{1B}你", [.text("你")]), ("a\u{1B}[Ab", [.text("a"), .up, .text("b")]),
        ("\u{1B}[200~one\r\ntwo\rthree\u{1B}[201~x", [.paste("one\ntwo\nthree"), .text("x")]),
        ("\u{1B}[200~\u{3}\u{1B}[31mred\u{7}\u{1B}[201~", [.paste("[31mred")]),
        ("\u{1B}[200~\u{1B}[201~", [.paste("")]),
    ])
    func bytesBecomeKeysHoweverTheyAreCut(input: String, expected: [Key]) {
        let bytes = Array(input.utf8)
        var whole = KeyDecoder()
        #expect(whole.decode(bytes) == expected)
        for cut in 0...bytes.count {
            var decoder = KeyDecoder()
            let keys = decoder.decode(bytes[..<cut]) + decoder.decode(bytes[cut...])
            #expect(joined(keys) == expected, "cut at \(cut)")
        }
        var single = KeyDecoder()
        #expect(joined(bytes.flatMap { single.decode([$0]) }) == expected)
    }

    @Test(arguments: [
        ([0x80, 0x61] as [UInt8], [Key.text("a")]),
        ([0xFF, 0xFE, 0x61], [.text("a")]),
        ([0xE4, 0xBD, 0x61], [.text("a")]),
        ([0xE4, 0x0D], [.enter]),
        ([0xC0, 0xAF, 0x61], [.text("a")]),
        ([0xED, 0xA0, 0x80, 0x61], [.text("a")]),
        ([0xF0, 0x80, 0x80, 0x80, 0x61], [.text("a")]),
    ])
    func bytesThatAreNoCharacterAreDropped(bytes: [UInt8], expected: [Key]) {
        var decoder = KeyDecoder()
        #expect(decoder.decode(bytes) == expected)
    }

    @Test func anEndlessControlSequenceEndsAtItsFinalByte() {
        var decoder = KeyDecoder()
        let parameters = [UInt8](repeating: UInt8(ascii: "1"), count: 100_000)
        #expect(decoder.decode(Array("\u{1B}[".utf8) + parameters + Array("~a".utf8)) == [.text("a")])
    }

    @Test func anEndlessPasteIsBounded() throws {
        var decoder = KeyDecoder()
        let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        #expect(decoder.decode(Array("\u{1B}[200~".utf8)).isEmpty)
        for _ in 0..<6 { #expect(decoder.decode(megabyte).isEmpty) }
        let keys = decoder.decode(Array("\u{1B}[201~".utf8))
        guard case .paste(let text)? = keys.first else {
            Issue.record("the paste did not end")
            return
        }
        #expect(text.utf8.count == 4 << 20)
    }

    /// Texts that were cut apart count as one.
    private func joined(_ keys: [Key]) -> [Key] {
        var result: [Key] = []
        for key in keys {
            if case .text(let new) = key, case .text(let before)? = result.last {
                result[result.count - 1] = .text(before + new)
            } else {
                result.append(key)
            }
        }
        return result
    }
}
