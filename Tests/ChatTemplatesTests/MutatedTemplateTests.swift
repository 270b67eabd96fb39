import ChatTemplates
import TestSupport
import Testing

/// Damaged templates: each ends in text, or in an error with a place inside of the template.
struct MutatedTemplateTests {
    private struct Families: Decodable {
        struct Template: Decodable {
            let family: String
            let source: String
        }

        let templates: [Template]
    }

    private let context: [String: JinjaValue] = [
        "messages": [
            ["role": "system", "content": "s"], ["role": "user", "content": "\u{4F60}"],
            ["role": "assistant", "content": "a", "tool_calls": []],
        ],
        "tools": .none, "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": true,
    ]

    private static let pieces: [String] = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "'", "\"", "(", ")", "[", "]", "{", "}", "|", "~", ":",
        "..", "\\",
        " if ", " else ", "{% if x %}", "{% endif %}", "{% for x in y %}", "{% endfor %}", "{% macro m() %}",
        "loop.",
        "namespace(", " * 99999999", " ** 99", "9223372036854775807", "\u{0}", "\u{1F600}", "\u{301}", "%s",
        "{% raw %}",
        "|tojson", "|map(", " recursive", "[::-1]", "range(99999)", "'\\x'", "{% set x = x %}",
    ]

    @Test func mutationsOfTheFamiliesEndInTextOrAnErrorWithAPlace() throws {
        let golden: Families = try GoldenFile.json("chat-templates/families.json")
        try #require(golden.templates.count >= 40)
        var generator = SeededGenerator(seed: 20_240_501)
        var failures = 0
        for template in golden.templates {
            for _ in 0..<12 {
                let mutated = mutate(Array(template.source.unicodeScalars), using: &generator)
                var found: JinjaError?
                let seconds = ResourceUse.processorSeconds { found = failure(of: mutated) }
                #expect(seconds < 1, "\(template.family): \(mutated)")
                guard let error = found else { continue }
                failures += 1
                let lines = mutated.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect(error.line >= 1 && error.line <= lines && error.column >= 1, "\(template.family)")
                #expect(error.description.contains("line \(error.line), column \(error.column)"))
            }
        }
        #expect(failures > 300)
    }

    private func failure(of source: String) -> JinjaError? {
        do throws(JinjaError) {
            _ = try JinjaTemplate(source).render(context, utcSeconds: 0)
            return nil
        } catch {
            return error
        }
    }

    private func mutate(
        _ source: [Unicode.Scalar], using generator: inout SeededGenerator
    ) -> String {
        var scalars = source
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !scalars.isEmpty {
            let place = Int.random(in: 0..<scalars.count, using: &generator)
            let end = min(scalars.count, place + Int.random(in: 1...30, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: scalars.removeSubrange(place..<end)
            case 1: scalars.insert(contentsOf: scalars[place..<end], at: place)
            case 2: scalars.removeSubrange(place...)
            default:
                let piece = Self.pieces.randomElement(using: &generator) ?? ""
                scalars.insert(contentsOf: piece.unicodeScalars, at: place)
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
