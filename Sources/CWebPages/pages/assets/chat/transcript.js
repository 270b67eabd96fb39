import { element } from "../shared/dom.js";
import { alternatives, shownPath } from "./conversation.js";
import { MessageView } from "./message-view.js";

/// How near to the end a reader has to be, in pixels, for the page to follow the reply.
const FOLLOW_DISTANCE = 80;

/// The messages of the open conversation.
export class Transcript {
    #scroller;
    #list;
    #latest;
    #text;
    #actions;
    #views = new Map();
    #follows = true;

    constructor({ scroller, list, latest, text, actions }) {
        this.#scroller = scroller;
        this.#list = list;
        this.#latest = latest;
        this.#text = text;
        this.#actions = actions;
        scroller.addEventListener("scroll", () => this.#readerScrolled(), { passive: true });
        latest.addEventListener("click", () => this.scrollToEnd());
    }

    /// Shows a conversation, or what an empty one begins with.
    show(conversation) {
        const path = shownPath(conversation);
        this.#views.clear();
        this.#list.replaceChildren();
        if (path.length === 0) this.#list.append(this.#welcome());
        for (const node of path) {
            const others = alternatives(conversation, node);
            const place = { index: others.indexOf(node), count: others.length };
            const view = new MessageView(node, place, this.#text, this.#actions);
            this.#views.set(node.id, view);
            this.#list.append(view.element);
        }
        this.scrollToEnd();
    }

    view(id) {
        return this.#views.get(id);
    }

    /// The last message of the user, for editing it with a key.
    lastOfUser() {
        return [...this.#views.values()].findLast((view) => view.node.role === "user");
    }

    /// A message grew: keeps its end in sight, unless the reader looks at something else.
    grew() {
        if (this.#follows) this.#scroller.scrollTop = this.#scroller.scrollHeight;
        this.#showLatest();
    }

    scrollToEnd() {
        this.#follows = true;
        this.#scroller.scrollTop = this.#scroller.scrollHeight;
        this.#showLatest();
    }

    // MARK: - Internals

    #distanceToEnd() {
        const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
        return scrollHeight - scrollTop - clientHeight;
    }

    #readerScrolled() {
        this.#follows = this.#distanceToEnd() < FOLLOW_DISTANCE;
        this.#showLatest();
    }

    #showLatest() {
        this.#latest.hidden = this.#distanceToEnd() < FOLLOW_DISTANCE;
    }

    #welcome() {
        const text = this.#text;
        const examples = ["example1", "example2", "example3", "example4"].map((name) =>
            element("button", {
                type: "button", class: "example", text: text(name),
                on: { click: () => this.#actions.useExample(text(name)) },
            }));
        return element(
            "div", { class: "welcome" },
            element("h2", { text: text("welcome") }),
            element("p", { text: text("welcomeDetail") }),
            element("div", { class: "examples" }, ...examples));
    }
}
