import { element } from "../shared/dom.js";
import { highlight } from "../shared/highlight.js";

/// Characters of an answer that are shown; a page with more of them is slow.
const LONGEST_SHOWN = 200_000;

/// Status, headers and body of an answer, while it arrives.
export class AnswerView {
    #text;
    #status = element("p", { class: "status", role: "status" });
    #headers = element("details", { class: "headers", hidden: true });
    #body = element("pre", { class: "answer-body", tabindex: "0", hidden: true });
    #note = element("p", { class: "hint" });

    constructor(text) {
        this.#text = text;
        this.element = element(
            "section", { class: "answer", hidden: true }, element("h3", { text: text("answer") }), this.#status,
            this.#headers, this.#body, this.#note);
        this.#body.setAttribute("aria-label", text("answer"));
    }

    begin() {
        this.element.hidden = false;
        this.#headers.hidden = true;
        this.#body.hidden = true;
        this.#note.textContent = "";
        this.#status.className = "status";
        this.#status.textContent = this.#text("waiting");
    }

    showHead(response) {
        const name = response.ok ? "good" : "bad";
        this.#status.replaceChildren(element("span", {
            class: `badge ${name}`, text: `${response.status} ${response.statusText}`.trim(),
        }));
        const rows = [...response.headers].flatMap(([key, value]) => [
            element("dt", { text: key }), element("dd", { text: value }),
        ]);
        this.#headers.replaceChildren(
            element("summary", { text: `${this.#text("headers")} (${rows.length / 2})` }), element("dl", {}, ...rows));
        this.#headers.hidden = false;
        this.#body.hidden = false;
        this.#body.textContent = "";
    }

    /// The body as far as it has come.
    showText(text) {
        this.#body.textContent = text.slice(0, LONGEST_SHOWN);
    }

    finish(text, isJSON, timing) {
        let shown = text;
        if (isJSON) {
            try {
                shown = JSON.stringify(JSON.parse(text), null, 2);
            } catch {
                // What calls itself JSON and is none is shown as it came.
            }
        }
        const isLong = shown.length > LONGEST_SHOWN;
        const pieces = isJSON && !isLong ? highlight(shown, "json") : [[null, shown.slice(0, LONGEST_SHOWN)]];
        this.#body.replaceChildren(...pieces.map(([name, piece]) =>
            name === null ? document.createTextNode(piece) : element("span", { class: name, text: piece })));
        if (text === "") this.#body.textContent = this.#text("emptyBody");
        this.#note.textContent = isLong ? `${timing} ${this.#text("shortened")}` : timing;
    }

    fail(message) {
        this.#status.replaceChildren(element("span", { class: "field-error", text: message }));
    }
}
