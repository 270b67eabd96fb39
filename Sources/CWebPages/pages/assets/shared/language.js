import { preferences } from "./preferences.js";

export const LANGUAGES = { en: "English", zh: "中文" };

/// The language that was chosen, or the first of the browser's that there are texts in.
function currentLanguage() {
    const chosen = preferences.get("language");
    if (chosen in LANGUAGES) return chosen;
    for (const tag of navigator.languages ?? []) {
        const primary = tag.toLowerCase().split("-")[0];
        if (primary in LANGUAGES) return primary;
    }
    return "en";
}

/// Texts of a page in every language: `texts` is `{ en: { name: "…{placeholder}…" }, zh: { … } }`.
export class Translator {
    #texts;
    #listeners = [];

    constructor(texts) {
        this.#texts = texts;
        this.language = currentLanguage();
        document.documentElement.lang = this.language === "zh" ? "zh-CN" : "en";
    }

    text = (name, values = {}) => {
        const template = this.#texts[this.language][name] ?? this.#texts.en[name] ?? name;
        return template.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
    };

    choose(language) {
        preferences.set("language", language);
        this.language = language;
        document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
        this.apply(document);
        for (const run of this.#listeners) run();
    }

    onChange(run) {
        this.#listeners.push(run);
    }

    /// Fills in what the markup names: `data-text`, `data-label` (also the tooltip) and `data-placeholder`.
    apply(root) {
        for (const node of root.querySelectorAll("[data-text]")) node.textContent = this.text(node.dataset.text);
        for (const node of root.querySelectorAll("[data-label]")) {
            node.setAttribute("aria-label", this.text(node.dataset.label));
            if (node.localName === "button" || node.localName === "a") node.title = this.text(node.dataset.label);
        }
        for (const node of root.querySelectorAll("[data-placeholder]")) {
            node.placeholder = this.text(node.dataset.placeholder);
        }
    }
}
