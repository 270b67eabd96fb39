"""Random Jinja templates from a grammar, for comparing two interpreters.

Expressions are mostly of a fitting type, so that most templates render; the rest tests that both fail.
"""

import random

CONTEXT = {
    "t": "Hello World",
    "s": " some  text\n\twith lines\r\nand a tail ",
    "u": "Stra\u00dfe \u01c6 \u0130I\u0131 \u4f60\u597d \U0001f44b\U0001f3fd e\u0301 \u03a3\u03a3\u03a3",
    "h": "<b>&\"it's\"</b>",
    "e": "",
    "d4": "1234",
    "i": 7,
    "n": -3,
    "z": 0,
    "big": 4611686018427387904,
    "f": 2.5,
    "g": -0.125,
    "w": 1e16,
    "yes": True,
    "no": False,
    "nil": None,
    "xs": [3, 1, 2, 2, -1],
    "ss": ["b", "A", "c", "a", "B"],
    "mix": [1, "a", None, True, 2.0, [1], {"k": 1}],
    "nest": [[1, 2], [3, [4, 5]], []],
    "none_": [],
    "d": {"a": 1, "b": "two", "items": [1], "c d": None},
    "od": {"z": 3, "y": 1, "x": 2},
    "ed": {},
    "people": [
        {"name": "Ann", "age": 31, "city": "Bonn", "tags": ["x", "y"]},
        {"name": "bob", "age": 25, "city": "Aix", "tags": []},
        {"name": "Cyd", "age": 31, "city": "bonn", "tags": ["y"]},
    ],
    "messages": [
        {"role": "system", "content": "Be \"kind\"."},
        {"role": "user", "content": "Hi \u4f60"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c1", "function": {"name": "f", "arguments": {"p": [1, 2.0], "q": "\u00e9"}}}]},
        {"role": "tool", "content": "{\"r\": 1}"},
    ],
    "tree": [{"v": 1, "sub": [{"v": 2, "sub": []}, {"v": 3, "sub": [{"v": 4, "sub": []}]}]}],
}

STRINGS = ["t", "s", "u", "h", "e", "d4"]
NUMBERS = ["i", "n", "z", "f", "g", "big", "w"]
LISTS = ["xs", "ss", "mix", "nest", "none_", "people", "messages"]
DICTIONARIES = ["d", "od", "ed", "people[0]", "messages[2]"]
LITERALS = [
    "'a'", "''", "' x '", "'a,b,,c'", "\"it's\"", "'\\n'", "'\\u00e9\\t'", "'%s and %s'", "'{} {}'", "'ab' 'cd'",
    "'Abc dEf-ghi'", "'1.50'", "' 12 '", "'0x1F'", "'<i>'",
]
NUMBER_LITERALS = ["0", "1", "2", "3", "10", "-1", "-2", "1.5", "0.1", "1e3", "1_000", "2.0", "100", "0x1f", "0b101"]
TYPES = ["str", "num", "list", "dict", "bool"]
WORDS = ["a", "b", "k", "name", "age", "role", "content", "x", "items", "missing", "c d"]

STRING_METHODS = [
    "upper()", "lower()", "strip()", "lstrip()", "rstrip()", "title()", "capitalize()", "swapcase()", "casefold()",
    "strip({s})", "rstrip({s})", "lstrip({s})", "replace({s}, {s})", "replace({s}, {s}, {i})", "join({ls})",
    "center({i})", "ljust({i}, '*')", "rjust({i})", "zfill({i})", "removeprefix({s})", "removesuffix({s})",
    "format({a}, {a})", "format(*{l})", "expandtabs({i})",
]
STRING_QUESTIONS = [
    "startswith({s})", "endswith({s})", "startswith(('a', {s}))", "endswith({s}, {i})", "isalpha()", "isdigit()",
    "isspace()", "isupper()", "islower()", "isalnum()", "istitle()", "isnumeric()", "isascii()", "isdecimal()",
    "isprintable()", "isidentifier()", "startswith({s}, {i}, {i})",
]
STRING_NUMBERS = [
    "find({s})", "count({s})", "rfind({s})", "index({s})", "find({s}, {i})", "rfind({s}, {i}, {i})",
    "count({s}, {i})", "rindex({s})",
]
STRING_LISTS = [
    "split()", "split({s})", "split({s}, {i})", "rsplit({s}, {i})", "rsplit()", "splitlines()", "splitlines(true)",
    "partition({s})", "rpartition({s})", "split(none, {i})", "split(maxsplit={i})", "rsplit(maxsplit={i})",
]
STRING_FILTERS = [
    "upper", "lower", "trim", "title", "capitalize", "trim({s})", "replace({s}, {s})", "replace({s}, {s}, {i})",
    "indent", "indent({i})", "indent({i}, true)", "indent({i}, true, true)", "indent({s})", "center({i})",
    "truncate({i})", "truncate({i}, true)", "truncate({i}, false, {s})", "truncate({i}, true, '', 0)", "string",
    "escape", "e", "safe", "forceescape", "striptags", "urlencode", "urlize", "urlize({i}, true)", "format({a}, {a})", "default({s})",
    "default({s}, true)", "d({s})", "reverse", "wordwrap({i})", "wordwrap({i}, false)", "tojson",
]
ANY_TO_STRING = [
    "string", "tojson", "tojson(indent={i})", "tojson(sort_keys=true)", "tojson(ensure_ascii=true)",
    "tojson(separators=(',', ':'))", "tojson(indent={i}, sort_keys=true)", "join({s})", "pprint", "urlencode", "escape",
]
LIST_FILTERS = [
    "list", "reverse|list", "sort", "sort(reverse=true)", "sort(case_sensitive=true)", "unique|list", "unique(true)|list",
    "map('string')|list", "map('upper')|list", "map('length')|list", "map('default', 1)|list", "select|list", "reject|list",
    "select('string')|list", "reject('number')|list", "select('gt', {n})|list", "select('in', {l})|list",
    "batch({i})|list", "batch({i}, {a})|list", "slice({i})|list", "slice({i}, {a})|list", "map('int', {n})|list",
    "map('float')|map('round', {i})|list", "map('tojson')|list", "reject('none')|list", "select('mapping')|list",
    "map('list')|list", "map('first')|list", "map('trim')|list", "map('abs')|list", "select('odd')|list",
    "reject('sameas', none)|list", "sum(start=[])", "map('replace', 'a', 'b')|list", "groupby(0)",
]
PEOPLE_FILTERS = [
    "map(attribute='name')|list", "map(attribute='tags')|list", "selectattr('age', 'gt', {n})|list", "rejectattr('tags')|list",
    "selectattr('city', 'equalto', 'Bonn')|list", "sort(attribute='name')", "sort(attribute='age,name')",
    "sort(attribute='age', reverse=true)", "groupby('age')", "groupby('city', case_sensitive=true)", "groupby('city')",
    "map(attribute='tags.0', default='-')|list", "unique(attribute='age')|list", "selectattr('tags')|map(attribute='name')|list",
    "sum(attribute='age')", "max(attribute='age')", "min(attribute='name')", "join('; ', attribute='name')",
    "groupby('age')|map(attribute='grouper')|list", "groupby('nope', default='x')", "selectattr('name', 'in', ['bob'])|list",
    "rejectattr('name', 'lower')|list", "map('items')|map('list')|list", "map('dictsort')|list",
]
NUMBER_FILTERS = [
    "abs", "round", "round({i})", "round({i}, 'floor')", "round({i}, 'ceil')", "int", "float", "int({n}, 16)", "string|int",
    "filesizeformat|length", "string|length", "default(5)", "round(-1)", "int|abs",
]
TESTS = [
    "defined", "undefined", "none", "string", "number", "mapping", "iterable", "sequence", "callable", "boolean", "true",
    "false", "integer", "float", "odd", "even", "divisibleby({n})", "divisibleby {i}", "lower", "upper", "eq({a})", "eq {n}",
    "ne {n}", "gt({n})", "ge 2", "lt({n})", "le(3)", "in({l})", "in [1, 2]", "equalto({a})", "sameas(none)", "sameas true",
    "escaped", "filter", "test", "== {n}", "!= {n}",
]
OPERATORS = ["+", "-", "*", "/", "//", "%"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">="]


class Grammar:
    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.names: list[str] = []
        self.macros: list[tuple[str, int]] = []
        self.loops = 0

    def pick(self, options):
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def fill(self, form: str, depth: int) -> str:
        """`form` with its holes filled: {s} text, {i} small integer, {n} number, {l} list, {ls} texts, {a} anything."""
        holes = {
            "{s}": lambda: self.expression("str", depth - 2), "{i}": self.small, "{l}": lambda: self.expression("list", depth - 2),
            "{n}": lambda: self.expression("num", depth - 2), "{ls}": lambda: self.pick(["ss", "['x', 'y']", "t", "none_", "xs"]),
            "{a}": lambda: self.expression(None, depth - 2),
        }
        for hole, make in holes.items():
            while hole in form:
                form = form.replace(hole, make(), 1)
        return form

    def small(self) -> str:
        return self.pick(["0", "1", "2", "3", "4", "5", "8", "12", "20", "-1", "-2", "i", "n"])

    # Expressions

    def expression(self, kind: str | None, depth: int) -> str:
        if kind is None or self.chance(0.04):
            kind = self.pick(TYPES)
        if depth <= 0:
            return self.leaf(kind)
        if self.chance(0.06):
            return f"({self.expression(kind, depth - 1)} if {self.expression('bool', depth - 1)}" + (
                f" else {self.expression(kind, depth - 1)})" if self.chance(0.8) else ")")
        if self.chance(0.03):
            return f"({self.expression(kind, depth - 1)} {self.pick(['or', 'and'])} {self.expression(kind, depth - 1)})"
        if self.chance(0.02):
            return f"{self.expression(None, depth - 1)}|attr('{self.pick(WORDS)}')|default({self.leaf(kind)})"
        return getattr(self, "make_" + kind)(depth)

    def leaf(self, kind: str) -> str:
        if self.names and self.chance(0.15):
            return self.pick(self.names)
        if self.chance(0.03):
            return self.pick(["missing", "missing", "nil", "people[9]", "d.missing", "loop", "ns"])
        match kind:
            case "str":
                return self.pick(STRINGS + LITERALS)
            case "num":
                return self.pick(NUMBERS[:5] * 2 + NUMBERS + NUMBER_LITERALS * 2)
            case "list":
                return self.pick(LISTS + ["[1, 2, 3]", "['q', 'p']", "(1, 'x')", "[]", "range(4)", "d.items()", "()"])
            case "dict":
                return self.pick(DICTIONARIES + ["{'a': 1}", "{}", "{'x': [1], 2: none}", "dict(p=1)"])
        return self.pick(["true", "false", "yes", "no", "xs", "e", "z"])

    def make_str(self, depth: int) -> str:
        base = lambda: self.expression("str", depth - 1)
        match self.random.randrange(10):
            case 0 | 1:
                return f"{self.atom(base())}.{self.fill(self.pick(STRING_METHODS), depth)}"
            case 2 | 3:
                return f"({base()}|{self.fill(self.pick(STRING_FILTERS), depth)})"
            case 4:
                return f"({self.expression(None, depth - 1)}|{self.fill(self.pick(ANY_TO_STRING), depth)})"
            case 5:
                return f"({base()} ~ {self.expression(None, depth - 1)})"
            case 6:
                return self.pick(["({} + {})", "({} ~ {})", "('%s' % {}) ~ {}", "('%r|%5s' % ({}, {}))"]).format(base(), base())
            case 7:
                return f"{self.atom(base())}[{self.slice()}]"
            case 8:
                return self.percent(depth)
        return self.call(depth) or self.leaf("str")

    def percent(self, depth: int) -> str:
        flags = self.pick(["", "", "-", "0", "+", " ", "#", "-0"])
        width, precision = self.pick(["", "", "3", "8"]), self.pick(["", "", ".0", ".2", ".5"])
        if self.chance(0.5):
            letter = self.pick("sdifgexXorcFEGau")
            value = self.expression(self.pick(["num", "num", "str", None]), depth - 1)
            return f"('<%{flags}{width}{precision}{letter}>' % ({value},))"
        align = self.pick(["", "<", ">", "^", "=", "*<", "0>"])
        sign = self.pick(["", "", "+", " ", "-"])
        letter = self.pick(["", "", "d", "f", "e", "g", "x", "s", "%", "b", "o", "X", "n", "c", "G"])
        comma = self.pick(["", "", ",", "_"])
        form = "{:" + align + sign + self.pick(["", "#", "0"]) + width + comma + precision + letter + "}"
        if self.chance(0.2):
            form = self.pick(["{0}{0!r:>6}", "{a.b}", "{0[0]}", "{!s:^9}", "{:{}}", "{{}}{}", "{x}", "{", "}", "{0.x}", "{!r}"])
        return f"'{form}'.format({self.expression(self.pick(['num', 'num', 'str', None]), depth - 1)}, {self.small()}, x=i, a=d)"

    def make_num(self, depth: int) -> str:
        base = lambda: self.expression("num", depth - 1)
        match self.random.randrange(9):
            case 0 | 1 | 2:
                return f"({base()} {self.pick(OPERATORS)} {base()})"
            case 3:
                return f"({self.pick(['-', '+', ''])}{self.atom(base())}|{self.fill(self.pick(NUMBER_FILTERS), depth)})"
            case 4:
                return f"({self.expression(self.pick(['list', 'str', 'dict']), depth - 1)}|length)"
            case 5:
                return f"{self.atom(self.expression('str', depth - 1))}.{self.fill(self.pick(STRING_NUMBERS), depth)}"
            case 6:
                return f"({self.expression('list', depth - 1)}|{self.pick(['sum', 'max', 'min', 'first', 'last', 'count'])})"
            case 7:
                return f"({base()} ** {self.pick(['0', '1', '2', '3', '-1', '0.5', 'i'])})"
        return self.loop_number() or base()

    def loop_number(self) -> str | None:
        if not self.loops:
            return None
        return "loop." + self.pick(["index", "index0", "revindex", "revindex0", "length", "depth", "depth0"])

    def make_bool(self, depth: int) -> str:
        anything = lambda: self.expression(None, depth - 1)
        match self.random.randrange(9):
            case 0 | 1:
                return f"({anything()} is {self.pick(['', '', 'not '])}{self.fill(self.pick(TESTS), depth)})"
            case 2 | 3:
                kind = self.pick(TYPES)
                return f"({self.expression(kind, depth - 1)} {self.pick(COMPARISONS)} {self.expression(kind, depth - 1)})"
            case 4:
                return f"({anything()} {self.pick(['in', 'not in'])} {self.expression(self.pick(['list', 'dict', 'str']), depth - 1)})"
            case 5:
                return f"({self.expression('bool', depth - 1)} {self.pick(['and', 'or'])} {self.expression('bool', depth - 1)})"
            case 6:
                return f"(not {anything()})"
            case 7:
                return f"{self.atom(self.expression('str', depth - 1))}.{self.fill(self.pick(STRING_QUESTIONS), depth)}"
        if self.loops:
            return self.pick(["loop.first", "loop.last", f"loop.changed({self.leaf('num')})", "loop.previtem is defined"])
        return f"({self.small()} < {self.expression('num', depth - 1)} <= {self.small()})"

    def make_list(self, depth: int) -> str:
        base = lambda: self.expression("list", depth - 1)
        match self.random.randrange(10):
            case 0 | 1 | 2:
                return f"({base()}|{self.fill(self.pick(LIST_FILTERS), depth)})"
            case 3:
                return f"(people|{self.fill(self.pick(PEOPLE_FILTERS), depth)})"
            case 4:
                return f"{self.atom(base())}[{self.slice()}]"
            case 5:
                return f"{self.atom(self.expression('str', depth - 1))}.{self.fill(self.pick(STRING_LISTS), depth)}"
            case 6:
                return f"({base()} {self.pick(['+ ' + base(), '* ' + self.small()])})"
            case 7:
                return "[" + ", ".join(self.expression(None, depth - 1) for _ in range(self.random.randrange(4))) + "]"
            case 8:
                form = self.pick([".items()", ".keys()", ".values()", "|list", "|dictsort", "|items", "|dictsort(by='value')"])
                return f"({self.atom(self.expression('dict', depth - 1))}{form}|list)"
        return f"range({self.small()}, {self.small()}, {self.pick(['1', '2', '-1', '3'])})"

    def make_dict(self, depth: int) -> str:
        if self.chance(0.5):
            members = ", ".join(
                f"{self.pick([repr(self.pick(WORDS)), self.leaf('num'), self.leaf('str')])}: {self.expression(None, depth - 1)}"
                for _ in range(self.random.randrange(4)))
            return "{" + members + "}"
        if self.chance(0.3):
            return f"dict({self.expression('dict', depth - 1)}, {self.pick('abk')}={self.expression(None, depth - 1)})"
        return self.pick(["people[{}]", "(people|last)", "messages[{}]", "tree[0]"]).format(self.pick("012"))

    def slice(self) -> str:
        if self.chance(0.3):
            return self.pick([self.small(), "'" + self.pick(WORDS) + "'", self.leaf("num")])
        part = lambda: self.small() if self.chance(0.6) else ""
        return f"{part()}:{part()}" + (f":{self.pick(['', '2', '-1', '-2', '1', '0'])}" if self.chance(0.4) else "")

    def atom(self, text: str) -> str:
        """`text`, fit to stand before a dot or a bracket. Jinja2 folds a slice of other literals to nothing."""
        if text.lstrip("(-+").startswith(("{", *"0123456789")):
            return "od"
        return text if text.replace("_", "").isalnum() and not text[0].isdigit() else f"({text})"

    def call(self, depth: int) -> str | None:
        if not self.macros:
            return None
        name, count = self.pick(self.macros)
        arguments = [self.expression(None, depth - 2) for _ in range(max(0, count + self.pick([-1, 0, 0, 0, 0, 1])))]
        if arguments and self.chance(0.2):
            arguments[-1] = "b=" + arguments[-1]
        return f"{name}({', '.join(arguments)})"

    # Statements

    def space(self) -> str:
        return self.pick(["", "", "", " ", "\n", "\n  ", "  \n\t", "text ", "x\n\n  "])

    def tag(self, inside: str) -> str:
        left, right = self.pick(["{%", "{%", "{%-", "{%+"]), self.pick(["%}", "%}", "-%}", "+%}"])
        return f"{left} {inside} {right}"

    def output(self, depth: int) -> str:
        left, right = self.pick(["{{", "{{", "{{-"]), self.pick(["}}", "}}", "-}}"])
        return f"{left} {self.expression(None, depth)} {right}"

    def body(self, depth: int) -> str:
        return "".join(self.space() + self.statement(depth) for _ in range(self.random.randrange(1, 4))) + self.space()

    def statement(self, depth: int) -> str:
        if depth <= 0 or self.chance(0.35):
            return self.output(depth)
        kind = self.pick([
            "if", "if", "for", "for", "for", "set", "set", "block", "macro", "call", "filter", "with", "namespace", "raw",
            "comment", "recursive", "generation", "autoescape", "cycle", "unpack", "flow",
        ])
        names, macros = list(self.names), list(self.macros)
        text = getattr(self, "state_" + kind)(depth - 1)
        if kind not in ("set", "block", "macro", "namespace", "unpack"):
            self.names, self.macros = names, macros
        return text

    def state_if(self, depth: int) -> str:
        text = self.tag("if " + self.expression("bool", depth)) + self.body(depth)
        if self.chance(0.3):
            text += self.tag("elif " + self.expression("bool", depth)) + self.body(depth)
        if self.chance(0.5):
            text += self.tag("else") + self.body(depth)
        return text + self.tag("endif")

    def state_for(self, depth: int, opening: str | None = None, body: str = "") -> str:
        if opening is None:
            variable = self.pick(["v", "w2", "m"])
            opening = f"for {variable} in {self.expression('list', depth)}"
            self.names.append(variable)
            if self.chance(0.25):
                opening += f" if {self.expression('bool', depth)}"
        self.loops += 1
        text = self.tag(opening) + body + self.body(depth)
        self.loops -= 1
        if self.chance(0.3):
            text += self.tag("else") + self.body(depth)
        return text + self.tag("endfor")

    def state_unpack(self, depth: int) -> str:
        if self.chance(0.5):
            self.names += ["k1", "v1"]
            return self.state_for(depth, self.pick(["for k1, v1 in d.items()", "for (k1, v1) in od|dictsort", "for k1, v1 in nest[:1]"]))
        self.names += ["p1", "p2"]
        return self.tag(self.pick(["set p1, p2 = 1, {}", "set (p1, p2) = ({}, 2)", "set p1, p2 = xs[:2]"]).format(self.leaf("str")))

    def state_flow(self, depth: int) -> str:
        self.names.append("v")
        flow = self.tag(f"if {self.expression('bool', 1)}") + self.tag(self.pick(["break", "continue"])) + self.tag("endif")
        return self.state_for(depth, f"for v in {self.expression('list', depth)}", flow)

    def state_recursive(self, depth: int) -> str:
        return (self.tag("for node in tree recursive") + "{{ node.v }}" + self.pick(["", "@{{ loop.depth }}", "{{ loop.length }}"])
                + self.output(min(depth, 1)) + "({{ loop(node.sub) }})" + self.tag("endfor"))

    def state_cycle(self, depth: int) -> str:
        inner = self.pick(["{{ loop.cycle('a', 'b', 3) }}", "{{ loop.nextitem|default('-') }}", "{{ loop.previtem }}", "{{ c.next() }}{{ c.current }}", "{{ j() }}"])
        return "{% set c = cycler('o', 'e') %}{% set j = joiner('; ') %}" + self.state_for(depth, f"for v in {self.expression('list', depth)}", inner)

    def state_set(self, depth: int) -> str:
        name = self.pick(["a1", "a2", "a3"])
        text = self.tag(f"set {name} = {self.expression(None, depth)}")
        self.names.append(name)
        return text

    def state_block(self, depth: int) -> str:
        name = self.pick(["a1", "a2"])
        chain = " | " + self.pick(["upper", "trim", "length", "replace('a', 'b')|title"]) if self.chance(0.4) else ""
        text = self.tag(f"set {name}{chain}") + self.body(depth) + self.tag("endset")
        self.names.append(name)
        return text

    def state_namespace(self, depth: int) -> str:
        text = self.tag("set ns = namespace(c=0, l=[])")
        text += self.tag(f"for v in {self.expression('list', depth)}")
        text += self.tag(self.pick(["set ns.c = ns.c + 1", "set ns.l = ns.l + [v]", "set ns.x = loop.index", "set ns.c, ns.d = 1, v"]))
        return text + self.tag("endfor") + "{{ ns.c }}{{ ns.l }}{{ ns.x }}"

    def state_macro(self, depth: int) -> str:
        name, count = self.pick(["m1", "m2"]), self.random.randrange(3)
        parameters = [["", ""], ["a", "a='z'"], ["a", "b=2"]][count] if count else []
        parameters = ", ".join(parameter for parameter in (parameters[:count]) if parameter)
        names, loops = self.names, self.loops
        self.names, self.loops = ["a"] * (count > 0) + ["b"] * (count > 1), 0
        self.macros = [macro for macro in self.macros if macro[0] != name]
        extra = self.pick(["", "", "", "{{ varargs }}", "{{ kwargs }}", "{{ caller() if caller else 'none' }}", "{{ caller('q') }}"])
        body = extra + self.body(min(depth, 2))
        self.names, self.loops = names, loops
        self.macros.append((name, count))
        return self.tag(f"macro {name}({parameters})") + body + self.tag("endmacro")

    def state_call(self, depth: int) -> str:
        header = self.pick(["call", "call", "call(q)", "call(q=5)"])
        name = self.macros[-1][0] if self.macros else "m1"
        return self.tag(f"{header} {name}({self.leaf('str')})") + self.body(depth) + self.tag("endcall")

    def state_filter(self, depth: int) -> str:
        chain = self.pick(["upper", "trim", "replace('a', 'b')", "indent(2)", "title|trim", "length", "e", "center(30)"])
        return self.tag("filter " + chain) + self.body(depth) + self.tag("endfilter")

    def state_with(self, depth: int) -> str:
        text = self.tag(f"with a1 = {self.expression(None, depth)}, b1 = {self.leaf('num')}")
        self.names += ["a1", "b1"]
        return text + self.body(depth) + self.tag("endwith")

    def state_raw(self, depth: int) -> str:
        return self.pick(["{% raw %} {{ x }} {% endraw %}", "{%- raw -%}\n {% if %}\n{%- endraw %}", "{% raw %}\n a\n  {% endraw %}\n"])

    def state_comment(self, depth: int) -> str:
        return self.pick(["{# c #}", "{#- c -#}", "{# {{ x }} \n #}\n", "  {#+ c #}\n", "{##}"])

    def state_generation(self, depth: int) -> str:
        return self.tag("generation") + self.body(depth) + self.tag("endgeneration")

    def state_autoescape(self, depth: int) -> str:
        return self.tag("autoescape " + self.pick(["true", "false"])) + self.body(depth) + self.tag("endautoescape")


def template(seed: int) -> str:
    """The template of this seed."""
    grammar = Grammar(seed)
    if seed % 4 == 0:
        return grammar.output(5)
    return "".join(grammar.statement(4) + grammar.space() for _ in range(grammar.random.randrange(1, 4)))
