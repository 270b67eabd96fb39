import { element, icon, iconButton } from "../shared/dom.js";

const DAY = 24 * 60 * 60 * 1000;

/// The list of conversations, newest first, under headings by age.
export class Sidebar {
    #list;
    #text;
    #actions;

    constructor({ list, text, actions }) {
        this.#list = list;
        this.#text = text;
        this.#actions = actions;
    }

    show(conversations, openID) {
        const focused = this.#list.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
        const groups = new Map();
        for (const conversation of conversations.toSorted((left, right) => right.changedAt - left.changedAt)) {
            const age = this.#ageOf(conversation.changedAt);
            if (!groups.has(age)) groups.set(age, []);
            groups.get(age).push(this.#row(conversation, conversation.id === openID));
        }
        const parts = [...groups].map(([age, rows]) => element(
            "section", {},
            element("h3", { class: "label", text: this.#text(age) }),
            element("ul", {}, ...rows)));
        if (parts.length === 0) parts.push(element("p", { class: "hint", text: this.#text("noConversations") }));
        this.#list.replaceChildren(...parts);
        if (focused) this.#list.querySelector(`[data-id="${focused}"]`)?.focus();
    }

    #ageOf(time) {
        const midnight = new Date().setHours(0, 0, 0, 0);
        if (time >= midnight) return "today";
        if (time >= midnight - DAY) return "yesterday";
        return time >= midnight - 7 * DAY ? "week" : "older";
    }

    #row(conversation, isOpen) {
        const title = conversation.title || this.#text("untitled");
        const open = element("button", {
            type: "button", class: "quiet conversation", text: title, title, data: { id: conversation.id },
            "aria-current": isOpen ? "true" : null,
            on: { click: () => this.#actions.open(conversation.id) },
        });
        return element("li", { class: isOpen ? "open" : null }, open, this.#menu(conversation, title));
    }

    /// What can be done with a conversation, folded away until it is asked for.
    #menu(conversation, title) {
        const choices = [
            ["edit", "rename", () => this.#actions.rename(conversation.id)],
            ["download", "exportMarkdown", () => this.#actions.export(conversation.id, "markdown")],
            ["download", "exportJSON", () => this.#actions.export(conversation.id, "json")],
            ["trash", "remove", () => this.#actions.remove(conversation.id)],
        ];
        const box = element("div", { class: "menu", popover: "auto" });
        box.append(...choices.map(([image, name, run]) => element(
            "button",
            { type: "button", class: name === "remove" ? "quiet danger" : "quiet",
                on: { click: () => { box.hidePopover(); run(); } } },
            icon(image), element("span", { text: this.#text(name) }))));
        const opener = iconButton("more", this.#text("more", { title }), () => {
            box.togglePopover();
            placeBelow(box, opener);
        }, { "aria-haspopup": "true" });
        opener.classList.add("more");
        return element("div", { class: "more-box" }, opener, box);
    }
}

/// Popovers lie above everything and know nothing of their opener's place.
function placeBelow(box, opener) {
    if (!box.matches(":popover-open")) return;
    const place = opener.getBoundingClientRect();
    const left = Math.max(8, Math.min(place.left, innerWidth - box.offsetWidth - 8));
    const top = place.bottom + box.offsetHeight + 8 > innerHeight ? place.top - box.offsetHeight - 4 : place.bottom + 4;
    box.style.left = `${left}px`;
    box.style.top = `${Math.max(8, top)}px`;
    box.querySelector("button").focus();
}
