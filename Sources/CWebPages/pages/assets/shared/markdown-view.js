import { copyText, element, icon } from "./dom.js";
import { highlight } from "./highlight.js";
import { parseInline } from "./markdown-inline.js";
import { parseMarkdown } from "./markdown.js";

const INLINE = { strong: "strong", emphasis: "em", struck: "del", group: "span" };

/// Shows Markdown in a container. Shown again with more text, blocks that did not change keep their elements, so
/// that a selection or the focus in an earlier block survives the rest of the reply.
export class MarkdownView {
    #shown = [];

    constructor(container, text) {
        this.container = container;
        /// The page's translator function, for the names of buttons.
        this.text = text;
    }

    show(source) {
        const blocks = parseMarkdown(source);
        blocks.forEach((block, index) => {
            const before = this.#shown[index];
            if (before?.block.source === block.source) return;
            if (before?.block.kind === "code" && block.kind === "code" && before.block.language === block.language) {
                before.block = block;
                fillCode(before.node.querySelector("code"), block);
                return;
            }
            const node = this.#block(block);
            if (before === undefined) this.container.append(node);
            else before.node.replaceWith(node);
            this.#shown[index] = { block, node };
        });
        for (const { node } of this.#shown.splice(blocks.length)) node.remove();
    }

    // MARK: - Blocks

    #block(block) {
        switch (block.kind) {
        case "heading": return element(`h${Math.min(6, block.level + 2)}`, {}, inline(block.text));
        case "rule": return element("hr");
        case "quote": return element("blockquote", {}, this.#blocks(block.blocks));
        case "list": return this.#list(block);
        case "table": return this.#table(block);
        case "code": return this.#code(block);
        default: return element("p", {}, inline(block.text));
        }
    }

    #blocks(blocks) {
        return blocks.map((block) => this.#block(block));
    }

    #list(list) {
        const items = list.items.map((item) => {
            const isTight = !list.isLoose && item.blocks[0]?.kind === "paragraph";
            const children = isTight
                ? [...inline(item.blocks[0].text), ...this.#blocks(item.blocks.slice(1))]
                : this.#blocks(item.blocks);
            if (item.isChecked === null) return element("li", {}, children);
            const box = element("input", { type: "checkbox", disabled: true, checked: item.isChecked });
            box.setAttribute("aria-label", this.text(item.isChecked ? "taskDone" : "taskOpen"));
            return element("li", { class: "task" }, box, element("div", {}, children));
        });
        if (!list.isOrdered) return element("ul", {}, items);
        return element("ol", { start: list.start === 1 ? null : list.start }, items);
    }

    #table(table) {
        const row = (cells, name) => element("tr", {}, cells.map((cell, column) =>
            element(name, { class: `align-${table.alignments[column]}`, scope: name === "th" ? "col" : null },
                inline(cell))));
        // Wide tables scroll by themselves, with the keyboard too.
        return element(
            "div", { class: "table-box", tabindex: "0", role: "region", "aria-label": this.text("table") },
            element(
                "table", {},
                element("thead", {}, row(table.header, "th")),
                element("tbody", {}, table.rows.map((cells) => row(cells, "td")))));
    }

    #code(block) {
        const code = element("code");
        fillCode(code, block);
        const copy = element(
            "button", { type: "button", class: "quiet small copy-code" }, icon("copy"),
            element("span", { text: this.text("copy") }));
        copy.addEventListener("click", () => copyText(code.textContent, copy, this.text("copied")));
        return element(
            "figure", { class: "code-box" },
            element("figcaption", {}, element("span", { text: block.language || this.text("code") }), copy),
            element("pre", { tabindex: "0" }, code));
    }
}

function fillCode(code, block) {
    code.replaceChildren(...highlight(block.text, block.language).map(([name, text]) =>
        name === null ? document.createTextNode(text) : element("span", { class: name, text })));
}

function inline(text) {
    return parseInline(text).map(inlineNode);
}

function inlineNode(piece) {
    switch (piece.kind) {
    case "text": return document.createTextNode(piece.text);
    case "code": return element("code", { text: piece.text });
    case "break": return element("br");
    case "link":
        return element(
            "a", { href: piece.address, rel: "noopener noreferrer nofollow", target: "_blank" },
            piece.children.map(inlineNode));
    default: return element(INLINE[piece.kind], {}, piece.children.map(inlineNode));
    }
}
