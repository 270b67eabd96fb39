import ChatTemplates
import TestSupport
import Testing

/// Templates come from strangers: whatever they hold, a render ends in text or in an error.
struct HostileTemplateTests {
    @Test(arguments: [
        ("(", "1", ")"), ("[", "", "]"), ("{'a': ", "1", "}"), ("x[", "0", "]"), ("f(", "", ")"),
        ("not ", "x", ""), ("-", "1", ""), ("1 + ", "1", ""), ("1 ~ ", "1", ""), ("1 if 1 else ", "1", ""),
        ("", "x", ".a"), ("", "x", "|string"), ("", "x", "()"), ("", "x", "[0]"), ("", "x", " if 1"),
        ("a == ", "b", ""), ("a and ", "b", ""), ("", "1", " is eq(1)"), ("", "1", " ** 1"),
    ])
    func deeplyNestedExpressionsAreRefused(opening: String, core: String, closing: String) {
        for depth in [250, 100_000] {
            let nested =
                String(repeating: opening, count: depth) + core + String(repeating: closing, count: depth)
            // A long chain of `~` or `==` is one flat node, and may also just evaluate.
            if let error = failure(of: "{{ \(nested) }}") {
                #expect([.limit, .syntax, .undefined].contains(error.kind))
            }
        }
    }

    @Test(arguments: [
        "{% if 1 %}", "{% for x in [1] %}", "{% set x %}", "{% macro m() %}", "{% filter upper %}",
        "{% with a = 1 %}", "{% call m() %}", "{% generation %}", "{% raw %}", "{#", "{{", "{%",
        "{% if 1 %}{% elif 1 %}",
    ])
    func deeplyNestedBlocksAreRefused(opening: String) throws {
        let error = try #require(failure(of: String(repeating: opening, count: 20_000)))
        #expect(error.kind == .limit || error.kind == .syntax)
    }

    @Test func aThousandElifBranchesAreFine() throws {
        let branches = (0..<1000).map { "{% elif x == \($0) %}\($0)" }.joined()
        let template = try JinjaTemplate("{% if false %}\(branches){% endif %}")
        #expect(try template.render(["x": 999]) == "999")
    }

    @Test(arguments: [
        // Recursion.
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{% call m() %}{% endcall %}{{ caller() }}{% endmacro %}{{ m() }}",
        "{% for x in [[]] recursive %}{{ loop([x]) }}{% endfor %}",
        // Time.
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ a + b }}{% endfor %}{% endfor %}",
        "{% set l = range(99999)|list %}{% for a in l %}{{ a in l }}{% endfor %}",
        "{% set l = range(99999)|list %}{% for a in l %}{{ l|sort|length }}{% endfor %}",
        // Memory.
        "{{ 'x' * 100000000 }}", "{{ 9999999999 * 'x' }}", "{{ [1] * 100000000 }}",
        "{{ [[1] * 9999] * 9999 }}",
        "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}"
            + "{{ ns.s|tojson }}",
        "{% set ns = namespace(s=[1], t=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}"
            + "{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
        "{% set s = 'a' * 9999 %}{{ s.replace('a', s).replace('a', s) }}", "{{ 'a'.center(9999999999) }}",
        "{{ 'a'.ljust(9223372036854775807) }}", "{{ 'a'|indent(999999999, true) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{:>999999999}'.format(1) }}", "{{ '%.999999999f' % 1.5 }}", "{{ [1]|tojson(indent=999999999) }}",
        "{{ [1]|batch(999999999, 0)|list }}", "{{ [1]|slice(999999999)|list }}", "{{ range(100001) }}",
        "{{ range(-9223372036854775807, 9223372036854775807) }}", "{{ '\\t'.expandtabs(999999999) }}",
        // Values nested through namespaces.
        "{% set ns = namespace(s=[]) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}{% endfor %}",
        "{% set ns = namespace(s={}) %}{% for i in range(99999) %}{% set ns.s = {'a': ns.s} %}{% endfor %}",
        "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = cycler(ns.s) %}{% endfor %}",
        "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = joiner(ns.s) %}{% endfor %}",
        "{% set ns = namespace() %}{% set ns.s = ns %}{{ ns }}",
        // Generators that read from one another.
        "{% set ns = namespace(s=[1]) %}{% for i in range(9999) %}{% set ns.s = ns.s|map('string') %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(150) %}{% set ns.s = ns.s|batch(1) %}{% endfor %}"
            + "{{ ns.s|list }}",
        // Links: brackets without end, long attributes on many words.
        "{{ ('(' * 999999 ~ 'aa.com' ~ ')' * 999999)|urlize * 99 }}",
        "{{ ('a@b.cc ' * 399999)|urlize }}", "{{ ('aa.com ' * 99999)|urlize(target='x' * 9999) }}",
        "{{ ('a.' * 999999)|urlize * 99 }}",
        "{{ ('ab ' * 999999)|wordwrap(1)|pprint|wordwrap(2)|pprint|wordwrap(1)|pprint|wordwrap(2) * 99 }}",
        // Integers.
        "{{ 9223372036854775807 + 1 }}", "{{ 9223372036854775807 * 2 }}", "{{ 2 ** 64 }}",
        "{{ (-9223372036854775807 - 1) // -1 }}", "{{ -(-9223372036854775807 - 1) }}",
        "{{ 99999999999999999999 }}", "{{ (-9223372036854775807 - 1)|abs }}", "{{ 10.0 ** 400 }}",
    ])
    func exhaustionIsAnError(template: String) throws {
        var found: JinjaError?
        let seconds = ResourceUse.processorSeconds { found = failure(of: template) }
        let error = try #require(found)
        #expect([.limit, .value, .syntax].contains(error.kind), "\(error)")
        #expect(seconds < 1)
    }

    @Test(arguments: [
        // Chains of objects whose release must not recurse.
        "{% set ns = namespace() %}{% for i in range(60000) %}{% set ns.s = namespace(p=ns.s) %}{% endfor %}ok",
        "{% set ns = namespace() %}{% macro a(p) %}{% macro b() %}{{ p }}{% endmacro %}{% set ns.f = b %}"
            + "{% endmacro %}{% for i in range(20000) %}{{ a(ns.f) }}{% endfor %}ok",
        "{% set ns = namespace() %}{% set ns.s = ns %}{% macro m() %}{{ m }}{% endmacro %}{% set ns.m = m %}ok",
        "{% for i in range(3000) %}{% set it = [i]|map('string') %}{% endfor %}ok",
        "{{ 'ok' if (-9223372036854775807 - 1) % -1 == 0 }}",
        "{{ 'ok'[-9223372036854775807:9223372036854775807] }}",
        "{% set x = 'ok'[::9223372036854775807] %}ok", "{% set x = [1, 2][::-9223372036854775807] %}ok",
        "{% set x = 1.5|round(999999999) ~ 1.5|round(-999999999) ~ 1e300|int(7) if false %}ok",
        "{{ 'ok' if '{:n}'.format(1.5) == '1.5' and 15|round(-1) == 20 and 25|round(-99) == 0 }}",
        "{% for x in [1, 2] %}{% for y in loop %}{{ 'ok' }}{% endfor %}{% endfor %}",
        "{{ 'ok' if (-998.0)|round(-1) == -1000 and 994.9|round(-1) == 990 and 96.0|round(-2) == 100 }}",
        "{{ 'ok' if 1.5|round(400) == 1.5 and 1.5|round(-400) == 0 }}",
        "{{ 'ok' if 1000|round(20, 'ceil') == 1000 and '%03.2c' % ('x',) == '  x' }}",
        "{{ 'ok' if '% .5d|%d|%3d' % (1e22, -1e300 / 1e270, -0.5)"
            + " == ' 10000000000000000000000|-1000000000000000019884624838656|  0' }}",
        "{% autoescape true %}{% set n | length %}ab{% endset %}{{ 'ok' if n == '2' }}{% endautoescape %}",
    ])
    func extremesEndWell(template: String) throws {
        #expect(try JinjaTemplate(template).render([:]) == "ok")
    }

    @Test(
        .enabled(if: ResourceUse.measuresMemory, "the system does not tell the peak of memory"),
        arguments: [
            "{% set g = ['x' * 200000]|map('upper') %}",
            "{% set g = ['x' * 200000, 2]|select('string') %}{{ g|first|length }}",
            "{% set x = 'x' * 200000 %}{% macro m() %}{{ x }}{% endmacro %}{% set n = namespace(m=m) %}"
                + "{% set n.n = n %}",
            "{% for x in ['x' * 200000, 2] recursive %}{% set n = namespace(l=loop, n=n) %}{% break %}{% endfor %}",
            "{% for x in ['x' * 200000]|map('lower') if x %}{% set l = loop %}{{ loop.nextitem }}{% break %}"
                + "{% endfor %}",
        ])
    func nothingIsKeptAfterRendering(template: String) throws {
        let template = try JinjaTemplate(template)
        // 800 KB a time.
        let growth = try ResourceUse.peakGrowth { for _ in 0..<200 { _ = try template.render([:]) } }
        #expect(growth < 80 << 20)
    }

    @Test func aValueNestedTooDeepIsRefused() throws {
        var value: JinjaValue = 1
        for _ in 0..<1000 { value = .array([value]) }
        #expect(try #require(failure(of: "{{ x }}", ["x": value])).kind == .limit)
    }

    @Test func damagedTemplatesNeverCrash() throws {
        let source = """
            {%- set ns = namespace(a=[1, {'k': "v\\u00e9"}], n=-1.5e3) -%}
            {% macro m(x, y='z') %}{{ x ~ y|upper }}{{ caller() if caller is defined }}{% endmacro %}
            {%- for k, v in {'a': 1, 'b': [2, 3]}.items() if k is string -%}
              {%- if loop.first and v not in [5] -%}{{ "%s-%d"|format(k, v) }}{%- else -%}{{ v[::-1]|tojson(indent=2) }}
              {%- endif -%}{{ loop.previtem }}
            {%- endfor -%}
            {% raw %}{{ raw }}{% endraw %}{# note #}{{ m(1, y=messages[0]['content'].split(' ', 1)[-1]) }}
            {% filter replace('a', 'b') %}{{ range(3)|map('string')|join(',') }}{% endfilter %}
            {{ 7 // 2 ** 2 % 5 - -1 }}{{ 'x' if 1 < 2 <= 3 else none }}{{ '{:>{w}}'.format('a', w=4) }}
            """
        let context: [String: JinjaValue] = ["messages": [["role": "user", "content": "a b"]]]
        #expect(failure(of: source, context) == nil)
        let scalars = Array(source.unicodeScalars)
        let pieces: [String] = [
            "{{", "}}", "{%", "%}", "{#", "#}", "(", ")", "[", "]", "'", "\"", "\\", "|", ".", ":", ",", "=",
            "-",
            "0", "9223372036854775807", " if ", " in ", " is ", " not ", "\u{0}", "\u{10FFFF}", "\n", "loop",
            "None",
        ]
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var rendered = 0
        for _ in 0..<4000 {
            var damaged = scalars
            for _ in 0...random(2) {
                let start = random(damaged.count)
                let end = min(damaged.count, start + random(12))
                switch random(3) {
                case 0: damaged.removeSubrange(start..<end)
                case 1: damaged.insert(contentsOf: pieces[random(pieces.count)].unicodeScalars, at: start)
                default: damaged.insert(contentsOf: damaged[start..<end], at: random(damaged.count))
                }
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: damaged)
            if failure(of: String(text), context) == nil { rendered += 1 }
        }
        #expect(rendered > 40 && rendered < 3900)
    }
}
