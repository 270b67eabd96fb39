package import ArgumentParser
internal import LMDeploy
internal import Tokenization

/// `lmdeploy tokenize`: what a model's tokenizer makes of a text.
package struct TokenizeCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show the tokens of a text.",
        discussion: """
            Reads the tokenizer alone, so any model's will do, whether its network is supported or not. Without \
            --text and --file the text comes from standard input.
            """)

    @OptionGroup(title: "Model") package var tokenizer: TokenizerOptions

    @Option(parsing: .unconditional, help: ArgumentHelp("The text.", valueName: "text"))
    package var text: String?

    @Option(help: ArgumentHelp("A file with the text; - for standard input.", valueName: "file"))
    package var file: String?

    @Flag(help: "Do not add the tokens that begin and end a sequence.")
    package var noSpecialTokens = false

    @Flag(help: "Print one JSON object: count, ids, and pieces as the vocabulary spells them.")
    package var json = false

    package init() {}

    package func validate() throws {
        if text != nil, file != nil { throw ToolError.conflict("--text and --file are two texts: keep one") }
    }

    package func run() throws {
        let tokenizer = try tokenizer.load()
        let bytes = try text.map { Array($0.utf8) } ?? InputFile.read(file ?? "-")
        let ids = tokenizer.encode(
            String(decoding: bytes, as: UTF8.self), addSpecialTokens: !noSpecialTokens)
        try StandardStream.write(json ? try Self.json(ids, tokenizer) : Self.table(ids, tokenizer))
    }

    private struct Report: Encodable {
        let count: Int
        let ids: [Int32]
        let pieces: [String]
    }

    private static func json(_ ids: [Int32], _ tokenizer: Tokenizer) throws -> String {
        try JSONText.encode(
            Report(count: ids.count, ids: ids, pieces: ids.map { tokenizer.text(of: $0) ?? "" }))
    }

    private static func table(_ ids: [Int32], _ tokenizer: Tokenizer) -> String {
        let width = ids.map { String($0).count }.max() ?? 0
        let lines = ids.map { id in
            let note = tokenizer.isSpecial(id) ? "  special" : ""
            return
                "\(String(id).padded(to: width, left: true))  \(PieceText.quoted(tokenizer.bytes(of: id)))\(note)"
        }
        return (lines + ["\(ids.count) \(ids.count == 1 ? "token" : "tokens")"]).joined(separator: "\n")
            + "\n"
    }
}
