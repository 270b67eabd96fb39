// Colours for code: comments, strings, numbers and common keywords. It guesses from the language's name and is
// content to be wrong; the text is never changed.

const HASH_COMMENTS = new Set([
    "python", "py", "bash", "sh", "shell", "zsh", "ruby", "rb", "yaml", "yml", "toml", "r", "perl", "makefile",
    "dockerfile", "ini", "conf", "julia", "elixir",
]);
const DASH_COMMENTS = new Set(["sql", "lua", "haskell", "hs", "ada", "vhdl"]);
const MARKUP = new Set(["html", "xml", "svg", "vue"]);
const PLAIN = new Set(["", "text", "txt", "plain", "plaintext", "markdown", "md", "console", "output", "diff"]);

const KEYWORDS = new Set(`
    abstract and as async await begin break case catch class const continue def default defer del do done elif else
    elseif end enum except export extends extension extern false fi final finally fn for from func function guard if
    impl implements import in init inout instanceof int interface internal is lambda let local match mod module mut
    namespace new nil none None not null of or override package pass private protected protocol public pub raise
    return self Self static struct super switch template then this throw throws trait true True False try type
    typedef typeof union unless until unsafe use using var virtual void where while with yield
    select insert update delete create table into values join left right inner outer on group by order having limit
`.trim().split(/\s+/));

const STRING = /"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\.|[^`\\])*`?/.source;
const NUMBER = /\b(?:0[xX][\da-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\b/.source;
const WORD = /[A-Za-z_$][\w$]*/.source;

/// `[class or null, text]` for every piece of the code, in order.
export function highlight(text, language) {
    const name = language.toLowerCase();
    if (PLAIN.has(name) || text.length > 40_000) return [[null, text]];
    const comment = commentPattern(name);
    const triple = name === "python" || name === "py" ? `"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|` : "";
    const pattern = new RegExp(`(${comment})|(${triple}${STRING})|(${NUMBER})|(${WORD})`, "g");
    const pieces = [];
    let at = 0;
    for (const match of text.matchAll(pattern)) {
        if (match.index > at) pieces.push([null, text.slice(at, match.index)]);
        pieces.push([classOf(match, name), match[0]]);
        at = match.index + match[0].length;
    }
    if (at < text.length) pieces.push([null, text.slice(at)]);
    return pieces;
}

function commentPattern(name) {
    if (MARKUP.has(name)) return "<!--[^]*?(?:-->|$)";
    if (HASH_COMMENTS.has(name)) return "#.*";
    if (DASH_COMMENTS.has(name)) return "--.*";
    return "//.*|/\\*[^]*?(?:\\*/|$)";
}

function classOf(match, name) {
    if (match[1] !== undefined) return "token-comment";
    if (match[2] !== undefined) return "token-string";
    if (match[3] !== undefined) return "token-number";
    const word = name === "sql" ? match[4].toLowerCase() : match[4];
    return KEYWORDS.has(word) ? "token-keyword" : null;
}
