import { element, icon, toast } from "../shared/dom.js";
import { connectAppearance } from "../shared/appearance.js";
import { connectKeyDialog, submitWithEnter } from "../shared/key-dialog.js";
import { Translator } from "../shared/language.js";
import { Announcer } from "./announcer.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { explain } from "./errors.js";
import { ModelChooser } from "./models.js";
import { SettingsSheet } from "./settings-sheet.js";
import { Sidebar } from "./sidebar.js";
import { openStore } from "./store.js";
import { TEXTS } from "./texts.js";
import { Transcript } from "./transcript.js";

const find = (id) => document.getElementById(id);
const translator = new Translator(TEXTS);
const { text } = translator;

const ICONS = {
    "close-menu": "close", "new-chat": "plus", "open-menu": "menu", "open-settings": "sliders", "latest": "down",
    "send": "send", "stop": "stop", "close-settings": "close", "enter-key": "key",
};
for (const [id, name] of Object.entries(ICONS)) find(id).prepend(icon(name));
translator.apply(document);

const store = await openStore();
const chat = new Chat(store, text);
const askForKey = connectKeyDialog(find("key-dialog"), find("key"), () => readModels());
submitWithEnter(find("key-dialog"), find("key"));

const actions = {
    open: (id) => { chat.open(id); closeMenu(); },
    rename: askForName,
    remove: (id) => chat.remove(id),
    export: (id, format) => chat.export(id, format),
    newChat: () => { chat.newChat(); closeMenu(); },
    regenerate: (node) => chat.regenerate(node),
    editMessage: (node, changed) => chat.editMessage(node, changed),
    showVersion: (node, offset) => chat.showVersion(node, offset),
    enterKey: askForKey,
    readModels: () => readModels(),
    useExample: (example) => chat.send(example),
};

const transcript = new Transcript({
    scroller: find("scroller"), list: find("messages"), latest: find("latest"), text, actions,
});
const composer = new Composer({
    form: find("composer"), field: find("message"), send: find("send"), stop: find("stop"),
    onSend: (message) => chat.send(message),
    onStop: () => chat.stop(),
    onEditLast: () => transcript.lastOfUser()?.edit(),
});
const models = new ModelChooser(find("model"), text, (model) => chat.chooseModel(model));
const settings = new SettingsSheet({
    dialog: find("settings"), form: find("sampling"), system: find("system"), reset: find("reset-sampling"), text,
    changed: (changed) => chat.changeSettings(changed),
});
const sidebar = new Sidebar({ list: find("conversations"), text, actions });
const announcer = new Announcer(find("announcer"));

function headline(title) {
    find("title").textContent = title;
    document.title = `${title} – lmdeploy`;
}

// MARK: - Menu

/// On narrow screens the sidebar's content moves into a dialog, which keeps the focus and closes with Escape.
const narrow = matchMedia("(max-width: 860px)");

function placeSidebar() {
    if (!narrow.matches) find("menu").close();
    find(narrow.matches ? "menu" : "sidebar").append(find("sidebar-content"));
}

function closeMenu() {
    if (find("menu").open) find("menu").close();
}

narrow.addEventListener("change", placeSidebar);
placeSidebar();
find("open-menu").addEventListener("click", () => find("menu").showModal());
find("close-menu").addEventListener("click", closeMenu);
find("menu").addEventListener("click", (event) => {
    if (event.target === find("menu")) closeMenu();
});
find("new-chat").addEventListener("click", actions.newChat);
find("open-settings").addEventListener("click", () => settings.open(chat.openConversation.settings));
find("enter-key").addEventListener("click", askForKey);
connectAppearance(find("theme"), find("language"), translator);

// MARK: - Names of conversations

let renamed = null;

function askForName(id) {
    renamed = id;
    find("new-name").value = chat.titleOf(id);
    find("rename-dialog").returnValue = "cancel";
    find("rename-dialog").showModal();
    find("new-name").select();
}

submitWithEnter(find("rename-dialog"), find("new-name"));
find("rename-dialog").addEventListener("close", () => {
    if (find("rename-dialog").returnValue === "save") chat.rename(renamed, find("new-name").value);
});

// MARK: - Models

/// Reads the list of models, and says what is wrong where that fails.
async function readModels() {
    const notice = find("notice");
    try {
        await models.read();
        notice.hidden = true;
    } catch (error) {
        const { title, message, advice } = explain(error, text);
        const needsKey = error.status === 401 || error.status === 403;
        const run = needsKey ? askForKey : readModels;
        notice.replaceChildren(
            element(
                "p", {}, element("strong", { text: needsKey ? text("keyMissing") : title }), ` ${message} ${advice}`),
            element("button", {
                type: "button", class: "small", text: text(needsKey ? "enterKey" : "retry"), on: { click: run },
            }));
        notice.hidden = false;
        if (needsKey) askForKey();
    }
    const open = chat.openConversation;
    if (open !== null) open.model = models.show(open.model) || open.model;
}

// MARK: - Keys

document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]") !== null) return;
    if (event.key === "Escape" && chat.isReplying) {
        event.preventDefault();
        chat.stop();
    } else if (event.key === "/" && !isField(event.target)) {
        event.preventDefault();
        composer.focus();
    }
});

function isField(node) {
    return ["input", "textarea", "select"].includes(node.localName);
}

translator.onChange(() => {
    chat.refresh();
});

await chat.start({ transcript, composer, models, announcer, sidebar, headline });
if (!store.isPersistent) toast(text("notPersistent"));
await readModels();
document.documentElement.dataset.ready = "true";
