/// The choice of a template by likeness of names, which LMDeploy made up to 0.2.5.
enum SimilarName {
    /// The registered name most like the last component of `path`; nil when none reaches a half.
    static func match(_ path: String) -> String? {
        let query = lastComponent(of: path)
        var best: (name: String, likeness: Int)?
        for name in names where name != "base" && query.firstIndex(of: Text(name)) != nil {
            let likeness = likeness(Text(name).lowercased(), query)
            if likeness > best?.likeness ?? -1 { best = (name, likeness) }
        }
        if let best { return best.name }
        let words = processed(query)
        guard !words.isEmpty else { return nil }
        for name in names {
            let likeness = likeness(words, processed(Text(name)))
            if likeness > best?.likeness ?? -1 { best = (name, likeness) }
        }
        return best.flatMap { $0.likeness >= 50 ? $0.name : nil }
    }

    // MARK: - Internals

    /// In the order in which the last of these releases registered them.
    private static let names = [
        "base", "llama", "internlm", "vicuna", "wizardlm", "internlm-chat-7b", "internlm-chat",
        "internlm-chat-7b-8k", "internlm-chat-20b", "internlm-20b", "internlm2", "internlm2-1_8b",
        "internlm2-7b",
        "internlm2-20b", "internlm2-chat", "internlm2-chat-1_8b", "internlm2-chat-7b", "internlm2-chat-20b",
        "baichuan-7b", "baichuan2-7b", "puyu", "llama2", "llama-2", "llama-2-chat", "qwen-7b", "qwen-14b",
        "codellama", "falcon", "chatglm2-6b", "solar", "solar-70b", "ultralm", "ultracm", "yi", "yi-chat",
        "yi-200k", "yi-34b", "Mistral-7B-Instruct", "Mixtral-8x7B-Instruct", "gemma", "deepseek-chat",
    ]

    /// Lower-cased; of a path into Hugging Face's cache, the model's name.
    private static func lastComponent(of path: String) -> Text {
        let text = Text(path)
        var parts = text.pieces(between: text.matches(of: "/"), separatorLength: 1)
        if text.firstIndex(of: "models--") != nil, text.firstIndex(of: "snapshots") != nil,
            let folder = parts.first(where: { $0.firstIndex(of: "models--") != nil })
        {
            let names = folder.pieces(between: folder.matches(of: "--"), separatorLength: 2)
            return (names.last ?? folder).lowercased()
        }
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        return (parts.last ?? text).lowercased()
    }

    /// Lower-cased, with blanks in place of all but letters and digits.
    private static func processed(_ text: Text) -> Text {
        Text(text.lowercased().scalars.map { $0.isWord ? $0 : " " }).stripped()
    }

    /// The share of scalars in common blocks, in percent.
    private static func likeness(_ first: Text, _ second: Text) -> Int {
        // A path component has at most 255 bytes; longer texts are no names.
        guard first.count <= 255, second.count <= 255, first.count + second.count > 0 else { return 0 }
        let matched = matchedScalars(first.scalars[...], second.scalars[...])
        let ratio = 2 * Double(matched) / Double(first.count + second.count)
        return Int((100 * ratio).rounded(.toNearestOrEven))
    }

    /// Scalars in the longest common block and in those to its left and right, found the same way.
    private static func matchedScalars(
        _ first: ArraySlice<Unicode.Scalar>, _ second: ArraySlice<Unicode.Scalar>
    ) -> Int {
        var matched = 0
        var rest = [(first, second)]
        while let (left, right) = rest.popLast() {
            guard let block = longestBlock(left, right) else { continue }
            matched += block.length
            rest.append((left[..<block.left], right[..<block.right]))
            rest.append((left[(block.left + block.length)...], right[(block.right + block.length)...]))
        }
        return matched
    }

    /// The longest common block, of equal ones the first in `left`, then in `right`.
    private static func longestBlock(
        _ left: ArraySlice<Unicode.Scalar>, _ right: ArraySlice<Unicode.Scalar>
    ) -> (left: Int, right: Int, length: Int)? {
        var best: (left: Int, right: Int, length: Int)?
        var lengths: [Int: Int] = [:]
        for place in left.indices {
            var next: [Int: Int] = [:]
            for other in right.indices where right[other] == left[place] {
                let length = (lengths[other - 1] ?? 0) + 1
                next[other] = length
                if length > best?.length ?? 0 { best = (place - length + 1, other - length + 1, length) }
            }
            lengths = next
        }
        return best
    }
}
