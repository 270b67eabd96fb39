import Hub
import Testing

/// How models are named and files are chosen.
struct ReferenceTests {
    @Test(
        arguments: [
            ("org/name", "org/name", nil, nil),
            ("Qwen/Qwen2.5-0.5B", "Qwen/Qwen2.5-0.5B", nil, nil),
            ("org/name@v1.0", "org/name", "v1.0", nil),
            ("org/name@refs/pr/3", "org/name", "refs/pr/3", nil),
            ("org/name:Q4_K_M", "org/name", nil, "Q4_K_M"),
            ("org/name@main:sub/file.gguf", "org/name", "main", "sub/file.gguf"),
        ] as [(String, String, String?, String?)])
    func `a reference has an identifier, a revision and a file`(
        text: String, identifier: String, revision: String?, file: String?
    ) throws {
        let reference = try ModelReference(parsing: text)
        #expect(reference == ModelReference(identifier: identifier, revision: revision, file: file))
    }

    @Test(arguments: [
        "", "name", "/org/name", "./name", "../name", "~/name", "a/b/c", "org/", "/name", "org/na me",
        "org/..", "org/a..b", "org/a--b", "org/-a", "org/a.", "model/file.gguf", "a/model.safetensors",
        "org/name@", "org/name@../x", "org/name@a b", "org/name:", "org/name:../x", "org/name:/x",
        "org/n\u{E9}", "org/name@\u{1B}", "http://x/y", "org\\x/name",
    ])
    func `paths and malformed references are no references`(text: String) {
        #expect(!ModelReference.isReference(text))
    }

    @Test(arguments: [
        ("*.json", "config.json", true), ("*.json", "a/config.json", true), ("*.json", "config.jsonl", false),
        ("a?c", "abc", true), ("a?c", "ac", false), ("[ab]*", "bx", true), ("[!ab]*", "bx", false),
        ("[a-c]x", "bx", true), ("[]]x", "]x", true), ("[x", "[x", true), ("", "", true), ("", "a", false),
        ("dir/", "dir/x", true), ("dir/", "other/x", false), ("*Q4*", "model-Q4_0.gguf", true),
        ("*a*b*c", "xaxbxc", true), ("*a*b*c", "xaxbx", false), ("**", "anything", true),
        ("model-*-of-*.gguf", "model-00001-of-00002.gguf", true),
    ])
    func `patterns match as Python's fnmatch does`(pattern: String, path: String, matches: Bool) {
        #expect(GlobPattern(pattern).matches(path) == matches)
    }

    @Test
    func `patterns take no exponential time`() {
        let pattern = String(repeating: "*a", count: 200) + "b"
        let start = ContinuousClock.now
        #expect(!GlobPattern(pattern).matches(String(repeating: "a", count: 2000)))
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    // MARK: - Choice

    private static func choose(
        _ names: [String], include: [String] = [], exclude: [String] = [], file: String? = nil
    ) throws(HubError) -> FileSelection.Choice {
        try FileSelection(include: include, exclude: exclude)
            .choose(from: names.map { RemoteFile(path: $0, byteCount: 1_500_000) }, file: file, of: "o/n")
    }

    @Test(arguments: [
        (
            [
                "config.json", "model.safetensors", "pytorch_model.bin", "tokenizer.json", "README.md",
                ".gitattributes",
            ],
            ["config.json", "model.safetensors", "tokenizer.json"]
        ),
        (
            ["config.json", "original/consolidated.00.pth", "original/params.json", "model.safetensors"],
            ["config.json", "model.safetensors"]
        ),
        (
            [
                "config.json", "consolidated.safetensors", "model-00001-of-00001.safetensors",
                "tokenizer.model",
            ],
            ["config.json", "model-00001-of-00001.safetensors", "tokenizer.model"]
        ),
        (
            [
                "config.json", "pytorch_model.bin", "training_args.bin", "merges.txt", "vocab.txt",
                "notes.txt",
            ],
            ["config.json", "merges.txt", "pytorch_model.bin", "vocab.txt"]
        ),
        (
            ["params.json", "consolidated.00.pth", "tokenizer.model"],
            ["consolidated.00.pth", "params.json", "tokenizer.model"]
        ),
        (
            [
                "model.safetensors", "additional_chat_templates/tool.jinja", "chat_template.jinja",
                "onnx/a.json",
            ],
            ["additional_chat_templates/tool.jinja", "chat_template.jinja", "model.safetensors"]
        ),
        (
            ["qwen.tiktoken", "model.safetensors", "tokenization_qwen.py"],
            ["model.safetensors", "qwen.tiktoken"]
        ),
        (["config.json", "m.gguf", "mmproj-m.gguf", "x.imatrix.gguf"], ["m.gguf"]),
        (
            ["q8/m-00002-of-00002.gguf", "q8/m-00001-of-00002.gguf", "README.md"],
            ["q8/m-00001-of-00002.gguf", "q8/m-00002-of-00002.gguf"]
        ),
    ])
    func `without a choice, one form of the weights and what belongs to them is taken`(
        names: [String], chosen: [String]
    ) throws {
        #expect(try Self.choose(names).files.map(\.path).sorted() == chosen)
    }

    private static let quantised = [
        "m-Q4_0.gguf", "m-Q4_K_M.gguf", "m-Q8_0-00001-of-00002.gguf", "m-Q8_0-00002-of-00002.gguf",
        "f16/m.gguf",
    ]

    @Test(arguments: [
        ("m-Q4_0.gguf", "m-Q4_0.gguf", 1), ("q4_0", "m-Q4_0.gguf", 1), ("Q4_K_M", "m-Q4_K_M.gguf", 1),
        ("Q8_0", "m-Q8_0-00001-of-00002.gguf", 2), ("f16", "f16/m.gguf", 1),
        ("m-Q8_0-00002-of-00002.gguf", "m-Q8_0-00001-of-00002.gguf", 2),
    ])
    func `one of several GGUF files is named by file or by quantisation`(
        name: String, entry: String, files: Int
    ) throws {
        let choice = try Self.choose(Self.quantised, file: name)
        #expect(choice.entry == entry)
        #expect(choice.files.count == files)
    }

    @Test
    func `several GGUF files and no choice is an error that lists them with sizes`() throws {
        let error = try #require(throws: HubError.self) { try Self.choose(Self.quantised) }
        #expect(error.code == .ambiguous)
        #expect(error.message.contains("m-Q4_0.gguf (1.5 MB)"))
        #expect(error.message.contains("m-Q8_0-00001-of-00002.gguf (3.0 MB)"))
        #expect(error.message.contains("o/n:m.gguf"))
        #expect(throws: HubError.self) { try Self.choose(Self.quantised, file: "Q5_0") }
        let chosen = try Self.choose(Self.quantised, include: ["*Q8_0*"])
        #expect(chosen.entry == "m-Q8_0-00001-of-00002.gguf")
    }

    @Test
    func `patterns that match nothing are an error`() throws {
        let error = try #require(throws: HubError.self) { try Self.choose(["a.json"], include: ["*.x"]) }
        #expect(error.code == .noModelFiles)
        #expect(error.message.contains("a.json"))
    }
}
