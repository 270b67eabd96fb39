// Markdown as models write it, into a list of blocks. Unfinished text parses too: a reply is shown while it grows.
// Indented code, HTML and footnotes stay text.

const DEEPEST = 8;
const FENCE = /^( {0,3})(`{3,}|~{3,})[ \t]*([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t](.*))?$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?:[ \t]+(.*)|[ \t]*)$/;
const TABLE_RULE = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/// Blocks, each with the lines it came from as `source`: a block whose source is the same is the same.
export function parseMarkdown(text) {
    return parseBlocks(text.replace(/\r\n?/g, "\n").replaceAll("\t", "    ").split("\n"), 0);
}

function parseBlocks(lines, depth) {
    const blocks = [];
    let at = 0;
    while (at < lines.length) {
        if (lines[at].trim() === "") {
            at += 1;
            continue;
        }
        const [block, end] = parseBlock(lines, at, depth);
        block.source = lines.slice(at, end).join("\n");
        blocks.push(block);
        at = end;
    }
    return blocks;
}

/// The block that begins at a line, and the line after it.
function parseBlock(lines, at, depth) {
    const line = lines[at];
    const fence = FENCE.exec(line);
    if (fence !== null) return parseFence(lines, at, fence);
    const heading = HEADING.exec(line);
    if (heading !== null) {
        return [{ kind: "heading", level: heading[1].length, text: headingText(heading[2] ?? "") }, at + 1];
    }
    if (RULE.test(line)) return [{ kind: "rule" }, at + 1];
    if (depth < DEEPEST && QUOTE.test(line)) return parseQuote(lines, at, depth);
    if (depth < DEEPEST && ITEM.test(line)) return parseList(lines, at, depth);
    if (startsTable(lines, at)) return parseTable(lines, at);
    return parseParagraph(lines, at, depth);
}

/// Without the marks that may close a heading.
function headingText(text) {
    const trimmed = text.trim();
    let end = trimmed.length;
    while (end > 0 && trimmed[end - 1] === "#") end -= 1;
    return end === 0 || trimmed[end - 1] === " " ? trimmed.slice(0, end).trimEnd() : trimmed;
}

function parseFence(lines, at, [, indent, marks, information]) {
    const closing = new RegExp(`^ {0,3}${marks[0] === "`" ? "`" : "~"}{${marks.length},}[ \\t]*$`);
    const inside = [];
    let end = at + 1;
    let isClosed = false;
    while (end < lines.length && !isClosed) {
        isClosed = closing.test(lines[end]);
        if (!isClosed) inside.push(lines[end].replace(new RegExp(`^ {0,${indent.length}}`), ""));
        end += 1;
    }
    const language = information.trim().split(/\s+/)[0] ?? "";
    return [{ kind: "code", language, text: inside.join("\n"), isClosed }, end];
}

function parseQuote(lines, at, depth) {
    const inside = [];
    let end = at;
    while (end < lines.length && (QUOTE.test(lines[end]) || isLazy(lines, end, inside))) {
        inside.push(lines[end].replace(QUOTE, ""));
        end += 1;
    }
    return [{ kind: "quote", blocks: parseBlocks(inside, depth + 1) }, end];
}

/// A line that continues a quotation's paragraph without a mark of its own.
function isLazy(lines, at, inside) {
    return inside.at(-1)?.trim() && lines[at].trim() !== "" && !startsBlock(lines, at);
}

function startsBlock(lines, at) {
    const line = lines[at];
    return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);
}

// MARK: - Lists

function kindOfMark(mark) {
    return /\d/.test(mark) ? mark.at(-1) : mark;
}

function parseList(lines, at, depth) {
    const [, indent, mark] = ITEM.exec(lines[at]);
    const isOrdered = /\d/.test(mark);
    const items = [];
    let end = at;
    let isLoose = false;
    while (end < lines.length) {
        const match = ITEM.exec(lines[end]);
        const isSibling = match !== null && match[1].length <= indent.length + 1
            && kindOfMark(match[2]) === kindOfMark(mark) && !RULE.test(lines[end]);
        if (!isSibling) break;
        const [inside, next] = itemLines(lines, end, match);
        items.push(makeItem(inside, depth));
        const gap = next < lines.length && lines[next - 1].trim() === "";
        const after = next < lines.length ? ITEM.exec(lines[next]) : null;
        const continues = after !== null && kindOfMark(after[2]) === kindOfMark(mark);
        isLoose ||= (gap && continues) || inside.slice(0, -1).some((line) => line.trim() === "");
        end = next;
    }
    return [{ kind: "list", isOrdered, start: Number.parseInt(mark, 10) || 0, isLoose, items }, end];
}

/// An item's lines without their indentation, and the line after the item and the blank lines below it.
function itemLines(lines, at, [, indent, mark, first]) {
    const inside = [first ?? ""];
    const least = indent.length + 2;
    const width = indent.length + mark.length + 1;
    let end = at + 1;
    while (end < lines.length) {
        const line = lines[end];
        const depth = line.length - line.trimStart().length;
        if (line.trim() === "") inside.push("");
        else if (depth >= least) inside.push(line.slice(Math.min(depth, width)));
        else if (lines[end - 1].trim() !== "" && !startsBlock(lines, end)) inside.push(line.trimStart());
        else break;
        end += 1;
    }
    while (inside.length > 1 && inside.at(-1) === "") inside.pop();
    return [inside, end];
}

function makeItem(inside, depth) {
    const task = /^\[([ xX])\][ \t]+/.exec(inside[0]);
    if (task === null) return { isChecked: null, blocks: parseBlocks(inside, depth + 1) };
    inside[0] = inside[0].slice(task[0].length);
    return { isChecked: task[1] !== " ", blocks: parseBlocks(inside, depth + 1) };
}

// MARK: - Tables

function startsTable(lines, at) {
    const rule = lines[at + 1];
    return lines[at].includes("|") && rule !== undefined && rule.includes("-") && TABLE_RULE.test(rule)
        && cells(lines[at]).length === cells(rule).length;
}

function parseTable(lines, at) {
    const header = cells(lines[at]);
    const alignments = cells(lines[at + 1]).map((cell) => {
        if (cell.startsWith(":") && cell.endsWith(":")) return "center";
        return cell.endsWith(":") ? "right" : "left";
    });
    const rows = [];
    let end = at + 2;
    while (end < lines.length && lines[end].trim() !== "" && lines[end].includes("|")) {
        const row = cells(lines[end]).slice(0, header.length);
        while (row.length < header.length) row.push("");
        rows.push(row);
        end += 1;
    }
    return [{ kind: "table", header, alignments, rows }, end];
}

/// The cells of a row; bars in code or after a backslash belong to the text.
function cells(line) {
    const found = [];
    let cell = "";
    let isCode = false;
    const text = line.trim().replace(/^\|/, "");
    for (let at = 0; at < text.length; at += 1) {
        const character = text[at];
        if (character === "\\" && text[at + 1] === "|") {
            cell += "|";
            at += 1;
        } else if (character === "|" && !isCode) {
            found.push(cell.trim());
            cell = "";
        } else {
            if (character === "`") isCode = !isCode;
            cell += character;
        }
    }
    if (cell.trim() !== "" || !text.endsWith("|")) found.push(cell.trim());
    return found;
}

// MARK: - Paragraphs

function parseParagraph(lines, at, depth) {
    const inside = [lines[at].trim()];
    let end = at + 1;
    while (end < lines.length && lines[end].trim() !== "" && !interrupts(lines, end, depth)) {
        const line = lines[end];
        if (/^ {0,3}=+ *$/.test(line)) return [{ kind: "heading", level: 1, text: inside.join("\n") }, end + 1];
        if (/^ {0,3}-+ *$/.test(line)) return [{ kind: "heading", level: 2, text: inside.join("\n") }, end + 1];
        inside.push(line.trim());
        end += 1;
    }
    return [{ kind: "paragraph", text: inside.join("\n") }, end];
}

function interrupts(lines, at, depth) {
    const line = lines[at];
    if (/^ {0,3}-+ *$/.test(line)) return false;
    return startsTable(lines, at) || (startsBlock(lines, at) && (depth < DEEPEST || !/^ *(?:>|[-*+]|\d)/.test(line)));
}
