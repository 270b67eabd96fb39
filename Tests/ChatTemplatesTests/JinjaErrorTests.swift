import ChatTemplates
import Testing

struct JinjaErrorTests {
    @Test(arguments: [
        ("{{ x.y }}", 1, 5),
        ("line\n  {{ raise_exception('stop') }}", 2, 21),
        ("{% if a %}\n{% endfor %}", 2, 4),
        ("é世😀{{ 1 + 'a' }}", 1, 9),
        ("{{ 'open }}", 1, 4),
        ("\n\n{# open", 3, 1),
    ])
    func errorsNameTheLineAndColumn(template: String, line: Int, column: Int) throws {
        let error = try #require(failure(of: template))
        #expect(error.line == line)
        #expect(error.column == column)
        #expect(error.description.contains("line \(line), column \(column): \(error.message)"))
    }

    @Test func anErrorInAMacroNamesThePlaceInTheMacro() throws {
        let error = try #require(failure(of: "{% macro m(a) %}\n{{ a.b.c }}{% endmacro %}\n\n{{ m({}) }}"))
        #expect(error.kind == .undefined)
        #expect(error.line == 2)
    }

    @Test func raisedMessagesAreTheTemplatesOwnWords() throws {
        let error = try #require(failure(of: "{{ raise_exception('Roles must alternate') }}"))
        #expect(error.kind == .raised)
        #expect(error.message == "Roles must alternate")
    }
}

/// The error of rendering a template with an empty context; nil when it renders.
func failure(of template: String, _ context: [String: JinjaValue] = [:]) -> JinjaError? {
    do throws(JinjaError) {
        _ = try JinjaTemplate(template).render(context)
        return nil
    } catch {
        return error
    }
}
