package import ArgumentParser
internal import LMDeploy
internal import Tokenization

/// `lmdeploy detokenize`: the text that token ids stand for.
package struct DetokenizeCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "detokenize",
        abstract: "Print the text of token ids.",
        discussion: """
            Ids are separated by spaces, commas or line breaks; brackets around them are allowed. Without --ids \
            and --file they come from standard input.
            """)

    @OptionGroup(title: "Model") package var tokenizer: TokenizerOptions

    @Option(parsing: .upToNextOption, help: ArgumentHelp("The ids.", valueName: "id"))
    package var ids: [String] = []

    @Option(help: ArgumentHelp("A file with the ids; - for standard input.", valueName: "file"))
    package var file: String?

    @Flag(help: "Leave special tokens out.")
    package var skipSpecialTokens = false

    package init() {}

    package func validate() throws {
        if !ids.isEmpty, file != nil { throw ToolError.conflict("--ids and --file are two lists: keep one") }
    }

    package func run() throws {
        let tokenizer = try tokenizer.load()
        let list =
            ids.isEmpty
            ? String(decoding: try InputFile.read(file ?? "-"), as: UTF8.self) : ids.joined(separator: " ")
        let ids = try Self.parse(list, vocabularySize: tokenizer.vocabularySize)
        try StandardStream.write(tokenizer.decode(ids, skipSpecialTokens: skipSpecialTokens) + "\n")
    }

    /// The ids of a list such as `1, 2 3` or `[1,2,3]`.
    package static func parse(_ list: String, vocabularySize: Int) throws(ToolError) -> [Int32] {
        let separators: Set<Character> = [" ", ",", "\n", "\r", "\r\n", "\t", "[", "]"]
        var ids: [Int32] = []
        for word in list.split(whereSeparator: separators.contains) {
            guard let id = Int32(word), id >= 0, id < vocabularySize else {
                throw .option(
                    name: "token id", found: "'\(String(word.prefix(40)).printable())'",
                    expected: "a number from 0 to \(vocabularySize - 1)")
            }
            ids.append(id)
        }
        return ids
    }
}
