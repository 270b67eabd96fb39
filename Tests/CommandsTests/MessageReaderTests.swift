import Commands
import Testing

@Suite struct MessageReaderTests {
    @Test(arguments: [
        ("", [String]()),
        ("hello", ["hello"]),
        ("hello\n", ["hello"]),
        ("one\ntwo\n\nthree\n", ["one\ntwo", "three"]),
        ("one\r\n\r\ntwo\r\n", ["one", "two"]),
        ("\n\n\none\n\n\n\ntwo\n\n", ["one", "two"]),
        ("  indented\n   \nnext", ["  indented", "next"]),
        ("你好\n\nend\n\nexit\n", ["你好", "end", "exit"]),
    ])
    func messagesEndWithAnEmptyLineOrTheInput(input: String, expected: [String]) {
        let bytes = Array(input.utf8)
        for cut in 0...bytes.count {
            var reader = MessageReader()
            var messages = reader.consume(bytes[..<cut]) + reader.consume(bytes[cut...])
            if let last = reader.finish() { messages.append(last) }
            #expect(messages == expected, "cut at \(cut)")
        }
    }

    @Test func aMessageIsReadyBeforeTheInputEnds() {
        var reader = MessageReader()
        #expect(reader.consume(Array("hello\n".utf8)) == [])
        #expect(reader.consume(Array("\n".utf8)) == ["hello"])
        #expect(reader.finish() == nil)
    }
}
