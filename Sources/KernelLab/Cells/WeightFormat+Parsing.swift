package import Tensors

extension WeightFormat {
    /// The format's name without spaces, as an option takes it: `w4g32`.
    package var optionName: String { description.filter { $0 != " " } }

    /// A name as ``optionName`` or `description` has it.
    package init(parsing text: String, field: String = "--format") throws(LabError) {
        let name = text.lowercased().filter { $0 != " " }
        guard let format = Self.table.first(where: { $0.optionName == name }) else {
            throw .value(
                field: field, found: "'\(text)'",
                expected: "one of " + Self.table.map(\.optionName).joined(separator: ", "))
        }
        self = format
    }
}

extension KVCacheShape.Element {
    package init(parsing text: String, field: String = "--kv-format") throws(LabError) {
        guard let element = Self(rawValue: text.lowercased()) else {
            throw .value(
                field: field, found: "'\(text)'",
                expected: "one of " + Self.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self = element
    }
}

extension InstructionSet {
    /// The instruction sets that the names stand for: one, or `all` that this CPU can run.
    package static func parsing(_ text: String, field: String = "--isa") throws(LabError) -> [InstructionSet]
    {
        if text.lowercased() == "all" { return allCases.filter(\.isSupported) }
        guard let set = Self(rawValue: text.lowercased()) else {
            throw .value(
                field: field, found: "'\(text)'",
                expected: "one of " + allCases.map(\.rawValue).joined(separator: ", ") + " or all")
        }
        guard set.isSupported else { throw .unsupported(instructionSet: set.rawValue, best: best.rawValue) }
        return [set]
    }
}
