import { element, icon } from "../shared/dom.js";
import { MarkdownView } from "../shared/markdown-view.js";
import { flatten, limitsText, objectOf, typeText } from "./schema.js";

const DEEPEST = 4;

/// The fields of an object, each with type, limits, default and description; objects inside fold out. `add` puts
/// a field into the example, where there is one.
export function fieldsView(schema, api, text, add = null, depth = 0) {
    const own = flatten(schema, api);
    const required = new Set(own.required ?? []);
    const rows = Object.entries(own.properties ?? {})
        .toSorted(([left], [right]) => required.has(right) - required.has(left))
        .map(([name, field]) =>
            fieldView({ name, schema: field, isRequired: required.has(name), api, text, add, depth }));
    return element("ul", { class: "fields" }, ...rows);
}

/// One field, or one parameter of the address.
export function fieldView({ name, schema, isRequired, api, text, add, depth, description }) {
    const own = flatten(schema, api);
    const facts = [typeText(own, api, text), limitsText(own, api, text)].filter((fact) => fact !== "");
    const words = element("div", { class: "field-words markdown" });
    const prose = description ?? own.description ?? "";
    if (prose !== "") new MarkdownView(words, text).show(prose);
    if (own.default !== undefined) {
        words.append(element("p", { class: "hint" }, `${text("default")} `, element("code", {
            text: JSON.stringify(own.default),
        })));
    }
    const inner = depth < DEEPEST ? objectOf(own, api) : null;
    if (inner !== null) {
        words.append(element(
            "details", {}, element("summary", { text: text("innerFields") }),
            fieldsView(inner, api, text, null, depth + 1)));
    }
    return element(
        "li", { class: "field" },
        element(
            "div", { class: "field-name" },
            element("code", { text: name }),
            isRequired ? element("span", { class: "required", text: text("required") }) : null,
            add === null ? null : addButton(name, own, text, add),
            element("p", { class: "hint", text: facts.join(" · ") })),
        words);
}

function addButton(name, schema, text, add) {
    const label = text("addField", { name });
    return element(
        "button",
        { type: "button", class: "quiet icon small", "aria-label": label, title: label,
            on: { click: () => add(name, schema) } },
        icon("plus"));
}
