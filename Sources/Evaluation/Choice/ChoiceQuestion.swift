internal import JSON

/// A question with answers to choose from.
package struct ChoiceQuestion: Sendable, Equatable {
    /// Line of the file, from 1.
    package var line: Int
    package var context: String
    package var choices: [String]
    /// Which choice is right, from 0.
    package var answer: Int

    package init(line: Int, context: String, choices: [String], answer: Int) {
        self.line = line
        self.context = context
        self.choices = choices
        self.answer = answer
    }

    /// Names under which the text before the choices may stand; exactly one of them.
    private static let contextNames = ["question", "context", "prompt"]

    /// The questions of a JSONL file: one object in each line that is not blank.
    ///
    /// An object has `question`, `context` or `prompt`, a string; `choices`, two or more different strings; and
    /// `answer`: the text of a choice, its number from 0, or its letter from A. Other members are metadata.
    package static func parse(_ file: [UInt8]) throws(EvaluationError) -> [ChoiceQuestion] {
        var questions: [ChoiceQuestion] = []
        var number = 0
        for line in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let blanks: [UInt8] = [0x20, 0x09, 0x0D]
            guard line.contains(where: { !blanks.contains($0) }) else { continue }
            questions.append(try ChoiceQuestion(line: number, json: Array(line)))
        }
        guard !questions.isEmpty else { throw .noQuestions }
        return questions
    }

    // MARK: - Internals

    private init(line: Int, json: [UInt8]) throws(EvaluationError) {
        let members = try Self.members(json, line: line)
        self.line = line
        context = try Self.context(members, line: line)
        choices = try Self.choices(members, line: line)
        answer = try Self.answer(members, among: choices, line: line)
    }

    private static func members(_ json: [UInt8], line: Int) throws(EvaluationError) -> JSONMembers {
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try JSONDocument(json)
        } catch {
            throw .question(
                line: line, field: "byte \(error.offset)", found: error.found, expected: error.expected)
        }
        guard let members = document.root.members else {
            throw .question(
                line: line, field: "the line", found: document.root.kind, expected: "an object")
        }
        if let name = document.firstRepeatedName {
            throw .question(line: line, field: name.string, found: "there twice", expected: "it once")
        }
        return members
    }

    private static func context(_ members: JSONMembers, line: Int) throws(EvaluationError) -> String {
        let found = contextNames.filter { members[$0] != nil }
        guard let name = found.first, found.count == 1, let value = members[name] else {
            throw .question(
                line: line, field: found.first ?? "question",
                found: found.isEmpty
                    ? "missing" : "there with \(found.dropFirst().joined(separator: " and "))",
                expected: "one of question, context and prompt")
        }
        guard let text = value.text?.string, !text.isEmpty else {
            throw .question(
                line: line, field: name, found: value.text == nil ? value.kind : "empty", expected: "a text")
        }
        return text
    }

    private static func choices(_ members: JSONMembers, line: Int) throws(EvaluationError) -> [String] {
        func error(_ found: String) -> EvaluationError {
            .question(
                line: line, field: "choices", found: found,
                expected: "an array of two or more different texts")
        }
        guard let value = members["choices"] else { throw error("missing") }
        guard let elements = value.elements else { throw error(value.kind) }
        var choices: [String] = []
        // Swift takes canonically equivalent texts for one; to a tokenizer they are two.
        var bytes: Set<[UInt8]> = []
        for element in elements {
            guard let text = element.text?.string else { throw error("an array with \(element.kind)") }
            guard !text.isEmpty else { throw error("an array with an empty text") }
            guard bytes.insert(Array(text.utf8)).inserted else {
                throw error("an array with '\(text)' twice")
            }
            choices.append(text)
        }
        guard choices.count >= 2 else { throw error("an array of \(choices.count)") }
        return choices
    }

    private static func answer(
        _ members: JSONMembers, among choices: [String], line: Int
    ) throws(EvaluationError) -> Int {
        func error(_ found: String) -> EvaluationError {
            .question(
                line: line, field: "answer", found: found,
                expected: "a choice's text, its number (0...\(choices.count - 1)) or its letter (from A)")
        }
        guard let value = members["answer"] else { throw error("missing") }
        switch value.value {
        case .integer(let index):
            guard choices.indices.contains(index) else { throw error("\(index)") }
            return index
        case .string(let text):
            if let index = choices.firstIndex(where: { text.hasBytes($0.utf8) }) { return index }
            guard let index = letter(text), index < choices.count else { throw error("'\(text.string)'") }
            return index
        default:
            throw error(value.kind)
        }
    }

    /// 0 for A or a, and so on.
    private static func letter(_ text: JSONText) -> Int? {
        guard text.bytes.count == 1, let byte = text.bytes.first else { return nil }
        let letter = Int(byte | 0x20) - Int(UInt8(ascii: "a"))
        return (0..<26).contains(letter) ? letter : nil
    }
}
