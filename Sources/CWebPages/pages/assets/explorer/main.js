import { reach, send } from "../shared/api.js";
import { connectAppearance } from "../shared/appearance.js";
import { element, icon } from "../shared/dom.js";
import { connectKeyDialog, submitWithEnter } from "../shared/key-dialog.js";
import { Translator } from "../shared/language.js";
import { MarkdownView } from "../shared/markdown-view.js";
import { ApiDocument } from "./document.js";
import { fieldView, fieldsView } from "./fields-view.js";
import { RequestForm } from "./request-form.js";
import { objectOf } from "./schema.js";
import { TEXTS } from "./texts.js";

const find = (id) => document.getElementById(id);
const translator = new Translator(TEXTS);
const { text } = translator;

let api = null;
let form = null;
/// Values that are known about this server.
const known = {};

find("enter-key").prepend(icon("key"));
translator.apply(document);
connectAppearance(find("theme"), find("language"), translator);
const askForKey = connectKeyDialog(find("key-dialog"), find("key"), () => load());
submitWithEnter(find("key-dialog"), find("key"));

// MARK: - Operations

function showList() {
    const wanted = find("filter").value.trim().toLowerCase();
    const chosen = currentOperation();
    const groups = api.groups().map((group) => {
        const rows = group.operations
            .filter(({ path, summary, method }) => `${method} ${path} ${summary}`.toLowerCase().includes(wanted))
            .map((operation) => row(operation, operation === chosen));
        if (rows.length === 0) return null;
        return element("section", {}, element("h2", { class: "label", text: group.name }), element("ul", {}, ...rows));
    }).filter((group) => group !== null);
    if (groups.length === 0) groups.push(element("p", { class: "hint", text: text("noMatches") }));
    find("operations").replaceChildren(...groups);
}

function row(operation, isChosen) {
    const made = link(operation);
    made.title = operation.summary;
    if (isChosen) made.setAttribute("aria-current", "page");
    return element("li", {}, made);
}

function link(operation) {
    return element(
        "a", { class: "operation-link", href: `#${encodeURIComponent(operation.id)}` },
        method(operation), element("span", { class: "path" }, ...breakable(operation.path)));
}

/// A path that may be broken into lines at its slashes.
function breakable(path) {
    return path.split(/(?=\/)/).flatMap((part) => [part, element("wbr")]);
}

function method(operation) {
    return element("span", { class: `method ${operation.method.toLowerCase()}`, text: operation.method });
}

function currentOperation() {
    const id = decodeURIComponent(location.hash.slice(1));
    return api?.operations.find((operation) => operation.id === id) ?? null;
}

function showOperation() {
    form?.cancel();
    form = null;
    const operation = currentOperation();
    const parts = operation === null ? overview() : operationParts(operation);
    find("operation").replaceChildren(...parts);
    const subject = operation === null ? "API" : `${operation.method} ${operation.path}`;
    document.title = `${subject} – ${api.title}`;
    showList();
}

function overview() {
    const groups = api.groups().map((group) => {
        const rows = group.operations.map((operation) => {
            return element(
                "li", { class: "field" }, element("div", { class: "field-name" }, link(operation)),
                prose(operation.summary, "field-words markdown"));
        });
        return element(
            "section", {}, element("h2", { text: group.name }),
            group.description ? element("p", { class: "hint", text: group.description }) : null,
            element("ul", { class: "fields" }, ...rows));
    });
    const hint = element("p", { class: "hint", text: text("choose") });
    return [element("h1", { text: api.title }), prose(api.description), hint, ...groups];
}

function operationParts(operation) {
    const words = prose([operation.summary, operation.description].filter(Boolean).join("\n\n"));
    form = new RequestForm(operation, api, text, known);
    const addField = (name, schema) => form.addField(name, schema);
    const parts = [
        element(
            "h1", {}, method(operation), " ", element("span", { class: "path" }, ...breakable(operation.path)),
            operation.isDeprecated ? element("span", { class: "badge bad", text: text("deprecated") }) : null),
        words, form.element,
    ];
    if (operation.parameters.length > 0) {
        const rows = operation.parameters.map((parameter) => fieldView({
            name: parameter.name, schema: parameter.schema ?? {}, isRequired: parameter.required === true, api, text,
            add: null, depth: 0, description: parameter.description,
        }));
        parts.push(section("parameters", element("ul", { class: "fields" }, ...rows)));
    }
    const body = operation.body === null ? null : objectOf(operation.body.schema, api);
    if (body !== null) {
        parts.push(section("fields", fieldsView(body, api, text, addField)));
    }
    parts.push(responses(operation));
    return parts;
}

function section(title, content) {
    return element("section", {}, element("h2", { text: text(title) }), content);
}

/// A description of the API, which is Markdown.
function prose(source, name = "markdown") {
    const words = element("div", { class: name });
    new MarkdownView(words, text).show(source);
    return words;
}

function responses(operation) {
    const rows = operation.responses.map(({ status, description }) => {
        const name = element("div", { class: "field-name" }, element("code", { text: status }));
        return element("li", { class: "field" }, name, prose(description, "field-words markdown"));
    });
    return section("responses", element("ul", { class: "fields" }, ...rows));
}

// MARK: - Loading

async function load() {
    try {
        const response = await send("openapi.json");
        api = new ApiDocument(await reach(() => response.json()));
    } catch (error) {
        showFailure(error);
        return;
    }
    // Without the list of models everything still works; the example then has a name to replace.
    const models = await send("v1/models").then((response) => response.json()).catch(() => null);
    const name = models?.data?.[0]?.id;
    if (typeof name === "string") known.model = name;
    find("api-name").textContent = api.title || "lmdeploy";
    find("api-version").textContent = api.version;
    showOperation();
}

function showFailure(error) {
    const needsKey = error.status === 401 || error.status === 403;
    find("operation").replaceChildren(element(
        "div", { class: "failure", role: "alert" },
        element("h1", { text: text(needsKey ? "needsKey" : "loadFailed") }),
        element("p", { class: "mono", text: error.message }),
        needsKey ? null : element("p", { text: text("adviceLoad") }),
        element("button", {
            type: "button", class: "primary", text: text(needsKey ? "enterKey" : "retry"),
            on: { click: needsKey ? askForKey : load },
        })));
    if (needsKey) askForKey();
}

find("filter").addEventListener("input", () => { if (api !== null) showList(); });
addEventListener("hashchange", () => {
    if (api === null) return;
    showOperation();
    find("operation").focus({ preventScroll: true });
    find("operation").scrollIntoView({ block: "start" });
});
translator.onChange(() => {
    if (api === null) load();
    else showOperation();
});

await load();
document.documentElement.dataset.ready = "true";
