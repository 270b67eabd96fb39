/// The name of a part of a model: `model-00001-of-00003.safetensors`.
struct ShardName: Hashable {
    /// What stands before and behind the number of the part.
    let series: String
    let number: Int
    let count: Int

    init?(_ name: String) {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        let parts = name[..<dot].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[parts.count - 2] == "of",
            let number = Self.digits(parts[parts.count - 3]), let count = Self.digits(parts[parts.count - 1]),
            (1...Self.most).contains(count), number <= count
        else { return nil }
        self.number = number
        self.count = count
        series = parts.dropLast(3).joined(separator: "-") + "-of-\(count)" + name[dot...]
    }

    /// Series among `names` of which a part is missing.
    static func missing(in names: [String]) -> Set<String> {
        let shards = Dictionary(grouping: names.compactMap(ShardName.init), by: \.series)
        return Set(shards.filter { Set($0.value.map(\.number)).count < ($0.value.first?.count ?? 0) }.keys)
    }

    private static let most = 100_000

    private static func digits(_ text: Substring) -> Int? {
        text.count == 5 && text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }
}
