// Markdown inside a paragraph, as a tree of plain objects: `{ kind, children }` or `{ kind, text }`.

const DEEPEST = 12;
/// How many pieces back an opening mark is looked for; more only a text made to be slow has.
const FARTHEST = 400;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;
const BARE_ADDRESS = /^https?:\/\/[^\s<>"'`，。；：！？、（）《》“”]+/;
const ANGLE_ADDRESS = /^<((?:https?:\/\/|mailto:)[^\s<>]+)>/;

/// An address that may be followed, or null: anything but http, https and mailto stays text.
export function safeAddress(text) {
    let address;
    try {
        address = new URL(text);
    } catch {
        return null;
    }
    return ["http:", "https:", "mailto:"].includes(address.protocol) ? address.href : null;
}

export function parseInline(text, depth = 0) {
    if (depth > DEEPEST) return [{ kind: "text", text }];
    return pairEmphasis(scan(text, depth));
}

// MARK: - From characters to pieces

function scan(text, depth) {
    const pieces = [];
    let plain = "";
    let at = 0;
    const flush = () => {
        if (plain !== "") pieces.push({ kind: "text", text: plain });
        plain = "";
    };
    while (at < text.length) {
        const found = special(text, at, depth);
        if (found === null) {
            plain += text[at];
            at += 1;
        } else if (found.literal !== undefined) {
            plain += found.literal;
            at = found.end;
        } else {
            flush();
            pieces.push(found.piece);
            at = found.end;
        }
    }
    flush();
    return pieces;
}

/// What begins at a character that means something, or null where it stands for itself.
function special(text, at, depth) {
    switch (text[at]) {
    case "\\": return escaped(text, at);
    case "`": return codeSpan(text, at);
    case "*": case "_": case "~": return delimiters(text, at);
    case "[": return link(text, at, at, depth);
    case "!": return text[at + 1] === "[" ? link(text, at, at + 1, depth) : null;
    case "<": return angleAddress(text, at);
    case "h": return bareAddress(text, at);
    case "\n": return { piece: { kind: "break" }, end: at + 1 };
    default: return null;
    }
}

function escaped(text, at) {
    const next = text[at + 1];
    if (next === "\n") return { piece: { kind: "break" }, end: at + 2 };
    return next !== undefined && PUNCTUATION.test(next) ? { literal: next, end: at + 2 } : null;
}

function runLength(text, at) {
    let end = at;
    while (text[end] === text[at]) end += 1;
    return end - at;
}

function codeSpan(text, at) {
    const length = runLength(text, at);
    for (let from = at + length; ;) {
        const close = text.indexOf("`", from);
        if (close < 0) return { literal: text.slice(at, at + length), end: at + length };
        const closing = runLength(text, close);
        if (closing === length) {
            let inside = text.slice(at + length, close).replaceAll("\n", " ");
            if (/^ .*[^ ].* $|^ [^ ] $/.test(inside)) inside = inside.slice(1, -1);
            return { piece: { kind: "code", text: inside }, end: close + length };
        }
        from = close + closing;
    }
}

/// A run of `*`, `_` or `~~`. Only white space decides which side it can open on, not punctuation: Chinese and
/// Japanese text has no spaces around the words it emphasises.
function delimiters(text, at) {
    const length = runLength(text, at);
    const literal = text.slice(at, at + length);
    if (text[at] === "~" && length !== 2) return { literal, end: at + length };
    const before = at === 0 ? " " : text[at - 1];
    const after = text[at + length] ?? " ";
    let opens = !/\s/.test(after);
    let closes = !/\s/.test(before);
    if (text[at] === "_") {
        opens &&= !WORD.test(before);
        closes &&= !WORD.test(after);
    }
    if (!opens && !closes) return { literal, end: at + length };
    return { piece: { kind: "run", mark: text[at], count: length, length, opens, closes }, end: at + length };
}

/// `[text](address "title")`. A picture becomes a link: the page fetches nothing from elsewhere.
function link(text, start, open, depth) {
    const close = matchingBracket(text, open);
    if (close < 0 || text[close + 1] !== "(") return null;
    const rest = text.slice(close + 2);
    const match = /^\s*(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\([^\s()]*\))*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/.exec(rest);
    if (match === null) return null;
    const address = safeAddress((match[1] ?? match[2]).replace(/\\([!-/:-@[-`{-~])/g, "$1"));
    const label = text.slice(open + 1, close);
    const end = close + 2 + match[0].length;
    const children = parseInline(label === "" ? match[1] ?? match[2] : label, depth + 1);
    if (address === null) return { piece: { kind: "group", children }, end };
    return { piece: { kind: "link", address, children }, end };
}

function matchingBracket(text, open) {
    const limit = Math.min(text.length, open + 2000);
    let depth = 0;
    for (let at = open; at < limit; at += 1) {
        if (text[at] === "\\") at += 1;
        else if (text[at] === "[") depth += 1;
        else if (text[at] === "]") {
            depth -= 1;
            if (depth === 0) return at;
        }
    }
    return -1;
}

function angleAddress(text, at) {
    const match = ANGLE_ADDRESS.exec(text.slice(at, at + 2000));
    const address = match === null ? null : safeAddress(match[1]);
    if (address === null) return null;
    const children = [{ kind: "text", text: match[1] }];
    return { piece: { kind: "link", address, children }, end: at + match[0].length };
}

function bareAddress(text, at) {
    if (at > 0 && WORD.test(text[at - 1])) return null;
    const match = BARE_ADDRESS.exec(text.slice(at, at + 2000));
    if (match === null) return null;
    let shown = match[0].replace(/[*_~.,:;!?\]]+$/, "");
    if (shown.endsWith(")") && !shown.includes("(")) shown = shown.slice(0, -1);
    const address = safeAddress(shown);
    if (address === null) return null;
    return { piece: { kind: "link", address, children: [{ kind: "text", text: shown }] }, end: at + shown.length };
}

// MARK: - Emphasis

/// Finds the opener of each closing run, the nearest first, and nests what stands between them.
function pairEmphasis(pieces) {
    const done = [];
    for (const piece of pieces) {
        if (piece.kind !== "run") {
            done.push(piece);
            continue;
        }
        while (piece.closes && piece.count > 0) {
            const opener = nearestOpener(done, piece);
            if (opener < 0) break;
            close(done, opener, piece);
        }
        if (piece.count > 0) done.push(piece);
    }
    return done.map((piece) => (piece.kind === "run" ? leftover(piece) : piece));
}

function nearestOpener(done, closer) {
    const last = Math.max(0, done.length - FARTHEST);
    for (let index = done.length - 1; index >= last; index -= 1) {
        const piece = done[index];
        if (piece.kind !== "run" || piece.mark !== closer.mark || !piece.opens) continue;
        // CommonMark's rule of three: `**a*b**` is one strong text.
        const ambiguous = piece.closes || closer.opens;
        const isThree = (piece.length + closer.length) % 3 === 0;
        const areBothThree = piece.length % 3 === 0 && closer.length % 3 === 0;
        if (ambiguous && isThree && !areBothThree) continue;
        return index;
    }
    return -1;
}

function close(done, opener, closer) {
    const run = done[opener];
    const width = run.mark === "~" || (run.count >= 2 && closer.count >= 2) ? 2 : 1;
    const kind = run.mark === "~" ? "struck" : width === 2 ? "strong" : "emphasis";
    const children = done.splice(opener + 1)
        .map((piece) => (piece.kind === "run" ? leftover(piece) : piece));
    done.push({ kind, children });
    run.count -= width;
    closer.count -= width;
    if (run.count === 0) done.splice(opener, 1);
}

function leftover(run) {
    return { kind: "text", text: run.mark.repeat(run.count) };
}
