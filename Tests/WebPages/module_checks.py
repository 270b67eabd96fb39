"""Single modules of the pages, called with many inputs: Markdown, server-sent events, JSON Schema, command lines."""

import subprocess

from browser import check, expect

MARKDOWN = """async (sources) => {
    const { MarkdownView } = await import("./assets/shared/markdown-view.js");
    return sources.map((source) => {
        const box = document.createElement("div");
        new MarkdownView(box, (name) => name).show(source);
        for (const node of box.querySelectorAll(".copy-code, figcaption")) node.remove();
        for (const node of box.querySelectorAll("*")) {
            for (const name of ["class", "rel", "target", "tabindex", "role", "aria-label", "scope"]) {
                node.removeAttribute(name);
            }
        }
        return box.innerHTML;
    });
}"""

CASES = [
    ("plain", "<p>plain</p>"),
    ("two\nlines", "<p>two<br>lines</p>"),
    ("one\n\ntwo", "<p>one</p><p>two</p>"),
    ("# A\n###### B ##", "<h3>A</h3><h6>B</h6>"),
    ("#hash", "<p>#hash</p>"),
    ("A\n===\nB\n---", "<h3>A</h3><h4>B</h4>"),
    ("---\n***", "<hr><hr>"),
    ("**a** __b__ *c* _d_ ~~e~~", "<p><strong>a</strong> <strong>b</strong> <em>c</em> <em>d</em> <del>e</del></p>"),
    ("***both***", "<p><em><strong>both</strong></em></p>"),
    ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
    ("a * b * c", "<p>a * b * c</p>"),
    ("snake_case_name", "<p>snake_case_name</p>"),
    ("**“强调”**文本", "<p><strong>“强调”</strong>文本</p>"),
    ("**open", "<p>**open</p>"),
    ("`a*b*` ``c`d``", "<p><code>a*b*</code> <code>c`d</code></p>"),
    (r"\*no\* \`no\`", "<p>*no* `no`</p>"),
    ("<b>&amp;", "<p>&lt;b&gt;&amp;amp;</p>"),
    ("[a](http://b.c)", '<p><a href="http://b.c/">a</a></p>'),
    ("[a **b**](https://c.d/e_(f) 'title')", '<p><a href="https://c.d/e_(f)">a <strong>b</strong></a></p>'),
    ("[a](JavaScript:alert)", "<p><span>a</span></p>"),
    ("[a](data:text/html,x)", "<p><span>a</span></p>"),
    ("[a](//evil.org) [b](/ui)", "<p><span>a</span> <span>b</span></p>"),
    ("![p](https://a.b/c.png)", '<p><a href="https://a.b/c.png">p</a></p>'),
    ("see https://a.b/c_d, and <mailto:x@y.z>.",
     '<p>see <a href="https://a.b/c_d">https://a.b/c_d</a>, and <a href="mailto:x@y.z">mailto:x@y.z</a>.</p>'),
    ("见https://a.b。好", '<p>见https://a.b。好</p>'),
    ("- a\n- b\n  - c", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
    ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
    ("1. a\n   ```\n   x\n   ```\n2. b",
     "<ol><li>a<figure><pre><code>x</code></pre></figure></li><li>b</li></ol>"),
    ("- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
    ("> a\nb\n> > c", "<blockquote><p>a<br>b</p><blockquote><p>c</p></blockquote></blockquote>"),
    ("|a|b|\n|-|-|\n|1|", "<div><table><thead><tr><th>a</th><th>b</th></tr></thead>"
     "<tbody><tr><td>1</td><td></td></tr></tbody></table></div>"),
    ("a | b", "<p>a | b</p>"),
    ("```\n<i>*x*</i>\n", "<figure><pre><code>&lt;i&gt;*x*&lt;/i&gt;\n</code></pre></figure>"),
    ("~~~text\n```\n~~~\nafter", "<figure><pre><code>```</code></pre></figure><p>after</p>"),
    ("", ""),
]

HOSTILE = ["> " * 5000 + "x", "*a " * 20000, "a* _b" * 20000, "[" * 20000, "`a ``b " * 5000, "- " * 20000 + "x",
           "# a" + " " * 50000 + "b", "|a" * 10000 + "\n" + "|-" * 10000, "[a](" * 5000, "<http://a" * 5000]


@check()
def markdown_means_what_it_should(visit):
    page = visit.open()
    shown = page.evaluate(MARKDOWN, [source for source, _ in CASES])
    wrong = [(source, found, wanted) for (source, wanted), found in zip(CASES, shown) if found != wanted]
    expect(not wrong, "\n".join(f"{source!r}\n  gave   {found}\n  wanted {wanted}" for source, found, wanted in wrong))
    # A text that takes forever would stop the page for good: the check's time limit would end it.
    sizes = page.evaluate(f"async (sources) => (await ({MARKDOWN})(sources)).map((text) => text.length)", HOSTILE)
    expect(all(size > 1000 for size in sizes), f"of the hostile texts, {sizes} characters are left")


@check()
def every_beginning_of_a_reply_ends_as_the_whole(visit):
    """A reply that grows letter by letter looks at its end as if it had come at once."""
    page = visit.open()
    differences = page.evaluate("""async (source) => {
        const { MarkdownView } = await import("./assets/shared/markdown-view.js");
        const make = () => {
            const box = document.createElement("div");
            return [box, new MarkdownView(box, (name) => name)];
        };
        const [growing, view] = make();
        const different = [];
        for (let end = 1; end <= source.length; end += 1) {
            view.show(source.slice(0, end));
            const [whole, other] = make();
            other.show(source.slice(0, end));
            if (whole.innerHTML !== growing.innerHTML) different.push(end);
        }
        return different;
    }""", "# T\n\n- a\n- [x] b\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n```py\nx = '1'\n```\n> **q** `c`\n\nend")
    expect(not differences, f"differs after {differences} characters")


@check()
def events_are_read_however_they_are_cut(visit):
    page = visit.open()
    stream = "\ufeffdata: a\n\ndata: b\r\ndata: é中😀\r\n\r\n: note\nevent: x\rdata:c\r\rdata\n\nid: 1\n\ndata: cut"
    wanted = [["message", "a"], ["message", "b\né中😀"], ["x", "c"], ["message", ""]]
    for size in (1, 2, 3, 5, 1000):
        found = page.evaluate("""async ([text, size]) => {
            const { readEvents } = await import("./assets/shared/events.js");
            const bytes = new TextEncoder().encode(text);
            const body = new ReadableStream({ start(controller) {
                for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
                controller.close();
            } });
            const events = [];
            for await (const event of readEvents(body)) events.push([event.event, event.data]);
            return events;
        }""", [stream, size])
        expect(found == wanted, f"in pieces of {size} bytes: {found}")


@check()
def command_lines_survive_a_shell(visit):
    page = visit.open("/")
    body = "it's $HOME `date` \"x\" \\ \n 中 !"
    line = page.evaluate("""async (body) => {
        const { curlLine } = await import("./assets/explorer/curl.js");
        const headers = { "X-A": "it's" };
        return curlLine({ method: "POST", address: "http://a/b?c='d'", headers, body, usesKey: true });
    }""", body)
    script = 'curl() { printf "%s\\0" "$@"; }; API_KEY=k\n' + line
    words = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout.decode().split("\0")[:-1]
    wanted = ["-N", "http://a/b?c='d'", "-H", "Authorization: Bearer k", "-H", "X-A: it's", "-d", body]
    expect(words == wanted, f"the shell reads {words}")


@check()
def schemas_give_types_and_samples(visit):
    page = visit.open("/")
    cases = [
        ({"type": "integer", "minimum": 3}, "integer", "≥ 3", 3),
        ({"type": ["string", "null"]}, "string or null", "", "text"),
        ({"enum": ["a", 1]}, '"a" or 1', "", "a"),
        ({"type": "array", "items": {"type": "number"}, "maxItems": 2}, "array of number", "at most 2 items", [1]),
        ({"anyOf": [{"type": "string"}, {"type": "string", "maxLength": 4}]}, "string", "at most 4 characters", "text"),
        ({"$ref": "#/components/schemas/Loop"}, "object", "", {}),
        ({"$ref": "#/components/schemas/Nothing"}, "any", "", "text"),
        ({"allOf": [{"$ref": "#/components/schemas/Loop"}, {"required": ["n"]}], "description": "d"}, "object", "",
         {"n": 1}),
        ({"type": "boolean", "default": True}, "boolean", "", True),
        ({}, "any", "", "text"),
    ]
    found = page.evaluate("""async (schemas) => {
        const { ApiDocument } = await import("./assets/explorer/document.js");
        const { limitsText, sample, typeText } = await import("./assets/explorer/schema.js");
        const { TEXTS } = await import("./assets/explorer/texts.js");
        const text = (name, values = {}) =>
            TEXTS.en[name].replace(/\\{(\\w+)\\}/g, (whole, key) => String(values[key]));
        const loop = { type: "object", properties: {
            n: { type: "integer" }, again: { $ref: "#/components/schemas/Loop" } } };
        const api = new ApiDocument({ components: { schemas: { Loop: loop } } });
        return schemas.map((schema) => [typeText(schema, api, text), limitsText(schema, api, text),
            sample(schema, api)]);
    }""", [case[0] for case in cases])
    for (schema, kind, limits, value), got in zip(cases, found):
        expect(got == [kind, limits, value], f"{schema}: {got}")
