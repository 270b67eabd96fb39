/// Who may import whom, as the table of targets in ARCHITECTURE.md says.
struct ImportRules {
    /// Target to the modules it may import, as the table says.
    let allowed: [String: Set<String>]

    /// Modules of the platform, which belong to every target.
    private static let platform: Set<String> = ["Swift", "Synchronization", "Glibc", "Darwin", "Musl"]
    private static let foundation: Set<String> = ["Foundation", "FoundationEssentials"]
    private static let accessLevels: Set<String> = [
        "public", "package", "internal", "private", "fileprivate",
    ]
    private static let declarationKinds: Set<String> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]

    /// - Parameter architecture: a Markdown text with a table whose header begins "| target | may import |".
    init(architecture: SourceText) {
        let table = architecture.lines.drop { !$0.hasPrefix("| target | may import |") }.prefix {
            $0.hasPrefix("|")
        }
        var allowed: [String: Set<String>] = [:]
        for line in table {
            let cells = line.split(separator: "|").map { MarkdownText.codeSpans(in: String($0)) }
            guard cells.count >= 3, let target = cells[0].first else { continue }
            allowed[target] = Set(cells[1])
        }
        self.allowed = allowed
    }

    /// The module that a line of code imports.
    static func importedModule(_ line: String) -> String? {
        var words = line.split(separator: " ").map(String.init)[...]
        while let first = words.first, first.hasPrefix("@") || accessLevels.contains(first) {
            words.removeFirst()
        }
        guard words.popFirst() == "import" else { return nil }
        if let first = words.first, declarationKinds.contains(first) { words.removeFirst() }
        return words.first.flatMap { $0.split(separator: ".").first.map(String.init) }
    }

    /// Who alone may import these, whatever the table says.
    private static let owners: [String: Set<String>] = [
        "CKernels": ["Tensors"], "Crypto": ["Hub", "APIServer"],
        "AsyncHTTPClient": ["Hub", "Commands", "APIServer"],
        "ArgumentParser": ["Commands"], "Hummingbird": ["APIServer"],
    ]
    /// Clients that tests drive a target with.
    private static let testTools: [String: Set<String>] = [
        "APIServerTests": ["AsyncHTTPClient", "NIOHTTP1", "NIOPosix"]
    ]
    private static let stepPath: Set<String> = ["Tensors", "Layers", "Models", "TurboMind"]

    /// What is wrong with the table itself.
    var problems: [String] {
        var problems: [String] = []
        for (target, modules) in allowed.sorted(by: { $0.key < $1.key }) {
            if stepPathViolation(target, modules) { problems.append("\(target) must do without Foundation") }
            for module in modules.sorted() where Self.owners[module]?.contains(target) == false {
                problems.append("\(module) is not for \(target)")
            }
        }
        var rest = allowed
        while let leaf = rest.first(where: { $0.value.isDisjoint(with: rest.keys) }) { rest[leaf.key] = nil }
        return problems + (rest.isEmpty ? [] : ["a circle of imports: \(rest.keys.sorted())"])
    }

    private func stepPathViolation(_ target: String, _ modules: Set<String>) -> Bool {
        Self.stepPath.contains(target) && !modules.isDisjoint(with: Self.foundation)
    }

    func findings(_ file: SourceText) -> [Finding] {
        guard let target = file.target else { return [] }
        return file.codeLines.enumerated().compactMap { index, line in
            if line.contains("@testable") {
                return file.finding(index, "@testable: test the package interface")
            }
            guard let module = Self.importedModule(line) else { return nil }
            let isAllowed =
                file.path.hasPrefix("Sources/") ? mayImport(target, module) : testMayImport(target, module)
            return isAllowed
                ? nil : file.finding(index, "\(target) must not import \(module) (see ARCHITECTURE.md)")
        }
    }

    private func mayImport(_ target: String, _ module: String) -> Bool {
        let modules = allowed[target] ?? []
        return Self.platform.contains(module) || modules.contains(module)
            || (Self.foundation.contains(module) && modules.contains("Foundation"))
    }

    /// Tests see every target, and what the one they test sees.
    ///
    /// The kernels are the exception: their C interface is for their own tests.
    private func testMayImport(_ target: String, _ module: String) -> Bool {
        if module == "CKernels" { return target == "CKernelsTests" }
        let always = Self.platform.union(Self.foundation).union(["Testing"])
        let tested = allowed[target.replacing("Tests", with: "")] ?? []
        return always.contains(module) || allowed[module] != nil || tested.contains(module)
            || Self.testTools[target]?.contains(module) == true
    }
}
