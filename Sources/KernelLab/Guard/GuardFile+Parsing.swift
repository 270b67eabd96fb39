internal import JSON
internal import Tensors

extension GuardFile {
    /// Reads what ``text`` writes.
    package init(parsing bytes: [UInt8]) throws(LabError) {
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try JSONDocument(bytes)
        } catch {
            throw .syntax(offset: error.offset, found: error.found, expected: error.expected)
        }
        let root = try GuardObject(document.root, field: "the guard file", names: ["cells"])
        guard let cells = try root.value("cells").elements else {
            throw .value(
                field: "cells", found: try root.value("cells").kind, expected: "an array of cells")
        }
        guard !cells.isEmpty else {
            throw .value(field: "cells", found: "an empty array", expected: "at least one cell")
        }
        var entries: [Entry] = []
        for (index, cell) in cells.enumerated() {
            let field = "cells[\(index)]"
            let entry = try Entry(cell, field: field)
            guard !entries.contains(where: { $0.work == entry.work }) else {
                throw .value(field: field, found: "a cell that was there before", expected: "each cell once")
            }
            entries.append(entry)
        }
        self.init(entries: entries)
    }
}

extension GuardFile.Entry {
    fileprivate init(_ node: JSONNode, field: String) throws(LabError) {
        let name = try GuardObject(node, field: field).string("operation")
        guard let operation = KernelWork.Operation(rawValue: name) else {
            throw .value(
                field: "\(field).operation", found: "'\(name)'",
                expected: "one of " + KernelWork.Operation.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let size = operation == .linear ? "rows" : "context"
        let object = try GuardObject(
            node, field: field, names: ["operation", "format", "shape", size, "least_ratio"])
        self.init(
            try Self.work(operation, object, field), leastRatios: try Self.ratios(object, field))
    }

    private static func work(
        _ operation: KernelWork.Operation, _ object: GuardObject, _ field: String
    ) throws(LabError) -> KernelWork {
        let format = try object.string("format")
        let shape = try object.string("shape")
        if operation == .linear {
            let format = try WeightFormat(parsing: format, field: "\(field).format")
            let shape = try MatrixShape(parsing: shape, field: "\(field).shape")
            try CellSelection.check(format, shape)
            return .linear(format, shape, rows: try object.integer("rows", atMost: KernelWork.mostRows))
        }
        let element = try KVCacheShape.Element(parsing: format, field: "\(field).format")
        let heads = try HeadShape(parsing: shape, field: "\(field).shape")
        try CellSelection.check(element, heads)
        let context = try object.integer("context", atMost: KernelWork.longestContext)
        return operation == .decode
            ? .decode(element, heads, context: context) : .prefill(element, heads, context: context)
    }

    private static func ratios(
        _ object: GuardObject, _ field: String
    ) throws(LabError) -> [InstructionSet: Double] {
        let field = "\(field).least_ratio"
        let ratios = try GuardObject(
            try object.value("least_ratio"), field: field,
            names: InstructionSet.allCases.map(\.rawValue))
        var result: [InstructionSet: Double] = [:]
        for set in InstructionSet.allCases {
            guard let value = ratios.members[set.rawValue] else { continue }
            guard let ratio = value.double, ratio > 0, ratio <= 10 else {
                throw .value(
                    field: "\(field).\(set.rawValue)", found: value.double.map { "\($0)" } ?? value.kind,
                    expected: "a ratio above 0, at most 10")
            }
            result[set] = ratio
        }
        return result
    }
}

/// An object of a guard file, whose errors name the field.
private struct GuardObject {
    let members: [String: JSONNode]
    private let field: String

    /// - Parameter names: what it may hold; `nil` for anything.
    init(_ node: JSONNode, field: String, names: [String]? = nil) throws(LabError) {
        guard let list = node.members else {
            throw .value(field: field, found: node.kind, expected: "an object")
        }
        var members: [String: JSONNode] = [:]
        for member in list {
            let name = member.key.string
            guard names?.contains(name) ?? true, members[name] == nil else {
                throw .value(
                    field: field, found: "an object with '\(name)'\(members[name] == nil ? "" : " twice")",
                    expected: "only \((names ?? []).joined(separator: ", ")), each once")
            }
            members[name] = member.value
        }
        self.members = members
        self.field = field
    }

    func value(_ name: String) throws(LabError) -> JSONNode {
        guard let value = members[name] else {
            throw .value(field: "\(field).\(name)", found: "missing", expected: "a value")
        }
        return value
    }

    func string(_ name: String) throws(LabError) -> String {
        let value = try value(name)
        guard let text = value.text else {
            throw .value(field: "\(field).\(name)", found: value.kind, expected: "a string")
        }
        return text.string
    }

    func integer(_ name: String, atMost limit: Int) throws(LabError) -> Int {
        let value = try value(name)
        guard case .integer(let number) = value.value, (1...limit).contains(number) else {
            throw .value(
                field: "\(field).\(name)", found: value.double.map { "\($0)" } ?? value.kind,
                expected: "1...\(limit)")
        }
        return number
    }
}
