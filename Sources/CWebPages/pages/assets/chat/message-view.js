import { copyText, element, iconButton } from "../shared/dom.js";
import { explain } from "./errors.js";
import { MarkdownView } from "../shared/markdown-view.js";

/// One message on the page. `actions` are what its buttons call; `place` is `{ index, count }` among the versions.
export class MessageView {
    #text;
    #actions;
    #markdown = null;
    #editor = null;

    constructor(node, place, text, actions) {
        this.node = node;
        this.#text = text;
        this.#actions = actions;
        this.#place = place;
        this.element = element("article", { class: `message ${node.role}`, "aria-label": text(node.role) });
        this.#build();
    }

    #place;
    #body;
    #reasoning;
    #footer;

    #build() {
        this.#body = element("div", { class: "message-body", dir: "auto" });
        this.#footer = element("footer", { class: "message-footer" });
        const name = element("h2", { class: "visually-hidden", text: this.#text(this.node.role) });
        if (this.node.role === "assistant") {
            this.#reasoning = element(
                "details", { class: "reasoning", hidden: true },
                element("summary", { text: this.#text("thinking") }), element("p"));
            this.#body.classList.add("markdown");
            this.#markdown = new MarkdownView(this.#body, this.#text);
            this.element.append(name, this.#reasoning, this.#body, this.#footer);
        } else {
            this.#body.textContent = this.node.text;
            this.element.append(name, this.#body, this.#footer);
        }
        this.update();
    }

    /// Shows what the message has become.
    update() {
        if (this.node.role === "assistant") this.#updateReply();
        this.#footer.replaceChildren(...this.#footerParts());
    }

    /// Shows the growing text alone: called many times a second.
    updateText() {
        this.#updateReply();
    }

    #updateReply() {
        const { node } = this;
        this.#markdown.show(node.text);
        this.#reasoning.hidden = node.reasoning === "";
        this.#reasoning.querySelector("p").textContent = node.reasoning;
        const isWaiting = node.state === "streaming" && node.text === "";
        this.element.classList.toggle("waiting", isWaiting);
        this.element.classList.toggle("streaming", node.state === "streaming");
        this.element.setAttribute("aria-busy", String(node.state === "streaming"));
    }

    // MARK: - Footer

    #footerParts() {
        const { node } = this;
        if (node.state === "streaming") {
            return [element("span", { class: "facts", text: this.#text("waiting") })];
        }
        const parts = [];
        if (node.error !== null) parts.push(this.#errorCard());
        parts.push(element("div", { class: "message-tools" }, ...this.#tools(), ...this.#facts()));
        return parts;
    }

    #tools() {
        const { node } = this;
        const text = this.#text;
        const tools = [];
        if (this.#place.count > 1) {
            const { index, count } = this.#place;
            const step = (offset) => () => this.#actions.showVersion(node, offset);
            tools.push(element(
                "span", { class: "versions" },
                iconButton("left", text("previous"), step(-1), { disabled: index === 0 }),
                element("span", { class: "visually-hidden", text: text("version", { index: index + 1, count }) }),
                element("span", { "aria-hidden": "true", text: `${index + 1}/${count}` }),
                iconButton("right", text("next"), step(1), { disabled: index === count - 1 })));
        }
        if (node.text !== "") {
            const copy = iconButton("copy", text("copy"), () => copyText(node.text, copy, text("copied")));
            tools.push(copy);
        }
        if (node.role === "user") tools.push(iconButton("edit", text("edit"), () => this.edit()));
        else tools.push(iconButton("repeat", text("regenerate"), () => this.#actions.regenerate(node)));
        return tools;
    }

    #facts() {
        const { node } = this;
        const text = this.#text;
        const facts = [];
        const statistics = node.statistics;
        if (statistics) {
            const about = statistics.isExact ? "" : text("about");
            facts.push(text("firstToken", { seconds: statistics.firstTokenSeconds.toFixed(2) }));
            if (statistics.tokensPerSecond !== null) {
                facts.push(about + text("speed", { speed: statistics.tokensPerSecond.toFixed(1) }));
            }
            facts.push(about + text("tokens", { count: statistics.tokens }));
        }
        if (node.state === "stopped") facts.push(text("endedStopped"));
        else if (node.state === "interrupted") facts.push(text("endedInterrupted"));
        else if (node.finishReason === "length") facts.push(text("endedLength"));
        else if (node.finishReason && node.finishReason !== "stop") {
            facts.push(text("endedOther", { reason: node.finishReason }));
        }
        if (facts.length === 0) return [];
        return [element("span", { class: "facts", text: facts.join(" · "), title: node.model })];
    }

    #errorCard() {
        const { title, message, advice, action } = explain(this.node.error, this.#text);
        const run = {
            retry: ["retry", () => this.#actions.regenerate(this.node)],
            key: ["enterKey", () => this.#actions.enterKey()],
            models: ["readModels", () => this.#actions.readModels()],
            new: ["newChat", () => this.#actions.newChat()],
        }[action];
        const button = run === undefined ? null : element(
            "button", { type: "button", class: "small", text: this.#text(run[0]), on: { click: run[1] } });
        return element(
            "div", { class: "error-card", role: "alert" },
            element("strong", { text: title }),
            element("p", { class: "error-message", text: message }),
            element("p", { text: advice }),
            button);
    }

    // MARK: - Editing

    /// Turns the message into a field; saving sends it as a new version.
    edit() {
        if (this.#editor !== null) return;
        const text = this.#text;
        const rows = Math.min(12, lines(this.node.text));
        const area = element("textarea", { "aria-label": text("editMessage"), rows });
        area.value = this.node.text;
        const leave = () => {
            this.#editor.remove();
            this.#editor = null;
            this.#body.hidden = false;
            this.#footer.hidden = false;
            this.#footer.querySelector("button:last-of-type")?.focus();
        };
        const save = () => {
            if (area.value.trim() !== "") this.#actions.editMessage(this.node, area.value);
        };
        area.addEventListener("keydown", (event) => {
            if (event.key === "Escape") {
                event.stopPropagation();
                leave();
            } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
                event.preventDefault();
                save();
            }
        });
        this.#editor = element(
            "div", { class: "message-editor" }, area,
            element(
                "div", { class: "dialog-buttons" },
                element("button", { type: "button", text: text("cancel"), on: { click: leave } }),
                element("button", {
                    type: "button", class: "primary", text: text("saveAndSend"), on: { click: save },
                })));
        this.#body.hidden = true;
        this.#footer.hidden = true;
        this.#body.after(this.#editor);
        area.focus();
        area.setSelectionRange(area.value.length, area.value.length);
    }
}

function lines(text) {
    return Math.max(3, text.split("\n").length, Math.ceil(text.length / 60));
}
