import { download, toast } from "../shared/dom.js";
import { preferences } from "../shared/preferences.js";
import {
    addMessage, alternatives, createConversation, mendAfterReload, messagesFor, showBranch, titleOf, toMarkdown,
} from "./conversation.js";
import { streamReply } from "./reply.js";
import { samplingOf } from "./sampling.js";

/// Milliseconds between two drawings of a growing reply, and between two savings of it.
const DRAW_INTERVAL = 50;
const SAVE_INTERVAL = 1500;

/// The conversations and what happens to them. `views` has what shows them: transcript, sidebar, composer, models,
/// announcer, and `headline(title)`.
export class Chat {
    #store;
    #text;
    #views;
    #conversations = new Map();
    #open = null;
    /// The reply that is growing: `{ conversation, node, controller }`.
    #running = null;

    constructor(store, text) {
        this.#store = store;
        this.#text = text;
        store.onForeignChange((id) => this.#takeFromOtherTab(id));
        // What has arrived since the last saving would be lost with the page.
        addEventListener("pagehide", () => {
            if (this.#running !== null) this.#save(this.#running.conversation);
        });
    }

    async start(views) {
        this.#views = views;
        for (const conversation of await this.#store.all()) {
            this.#conversations.set(conversation.id, mendAfterReload(conversation));
        }
        const last = this.#conversations.get(preferences.get("open"));
        if (last === undefined) this.newChat();
        else this.open(last.id);
    }

    get openConversation() {
        return this.#open;
    }

    get isReplying() {
        return this.#running !== null;
    }

    // MARK: - Conversations

    /// An empty conversation, which is kept once it has a message.
    newChat() {
        const defaults = preferences.getObject("defaults", {});
        this.#show(createConversation(defaults, this.#views.models.chosen || preferences.get("model")));
        this.#views.composer.focus();
    }

    open(id) {
        const conversation = this.#conversations.get(id);
        if (conversation !== undefined) this.#show(conversation);
    }

    rename(id, title) {
        const conversation = this.#conversations.get(id);
        if (conversation === undefined || title.trim() === "") return;
        conversation.title = titleOf(title);
        this.#save(conversation);
        this.#refreshLists();
    }

    /// Deletes a conversation, which the reader can take back for a while.
    remove(id) {
        const conversation = this.#conversations.get(id);
        if (conversation === undefined) return;
        if (this.#running?.conversation === conversation) this.stop();
        this.#conversations.delete(id);
        this.#guard(this.#store.remove(id));
        if (this.#open === conversation) this.newChat();
        else this.#refreshLists();
        const title = conversation.title || this.#text("untitled");
        toast(this.#text("removed", { title }), {
            label: this.#text("undo"),
            run: () => {
                this.#conversations.set(id, conversation);
                this.#save(conversation);
                this.open(id);
            },
        });
    }

    export(id, format) {
        const conversation = this.#conversations.get(id);
        if (conversation === undefined) return;
        const text = this.#text;
        const name = (conversation.title || text("untitled")).replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40);
        if (format === "json") download(`${name}.json`, "application/json", JSON.stringify(conversation, null, 2));
        else {
            const names = { untitled: text("untitled"), user: text("user"), assistant: text("assistant") };
            download(`${name}.md`, "text/markdown", toMarkdown(conversation, names));
        }
    }

    /// Settings hold for the open conversation, and for those that are begun later.
    changeSettings(settings) {
        this.#open.settings = settings;
        preferences.setObject("defaults", settings);
        if (this.#conversations.has(this.#open.id)) this.#save(this.#open);
    }

    chooseModel(model) {
        this.#open.model = model;
        preferences.set("model", model);
        if (this.#conversations.has(this.#open.id)) this.#save(this.#open);
    }

    /// Draws everything anew, in another language for instance.
    refresh() {
        this.#show(this.#open);
    }

    titleOf(id) {
        return this.#conversations.get(id)?.title ?? "";
    }

    // MARK: - Messages

    send(text) {
        if (this.#running !== null) return;
        const conversation = this.#open;
        this.#views.composer.text = "";
        this.#conversations.set(conversation.id, conversation);
        const question = addMessage(conversation, conversation.leaf, "user", text.trimEnd());
        this.#reply(conversation, question.id);
    }

    /// Another reply to the same message, beside the one there is.
    regenerate(node) {
        if (this.#running === null) this.#reply(this.#open, node.parent);
    }

    /// The message in other words, as a branch beside it, with a reply of its own.
    editMessage(node, text) {
        if (this.#running !== null) return;
        const question = addMessage(this.#open, node.parent, "user", text.trimEnd());
        this.#reply(this.#open, question.id);
    }

    showVersion(node, offset) {
        if (this.#running?.conversation === this.#open) return;
        const versions = alternatives(this.#open, node);
        const other = versions[versions.indexOf(node) + offset];
        if (other === undefined) return;
        showBranch(this.#open, other);
        this.#save(this.#open);
        this.#views.transcript.show(this.#open);
    }

    stop() {
        this.#running?.controller.abort();
    }

    // MARK: - Replies

    async #reply(conversation, questionID) {
        const node = addMessage(conversation, questionID, "assistant", "");
        const model = this.#views.models.chosen || conversation.model || "";
        Object.assign(node, { state: "streaming", model });
        conversation.model = model;
        const controller = new AbortController();
        this.#running = { conversation, node, controller };
        this.#views.composer.isBusy = true;
        this.#views.announcer.begin();
        this.#show(conversation);
        this.#save(conversation);
        const drawing = new Repeated(DRAW_INTERVAL, () => this.#draw(conversation, node));
        const saving = new Repeated(SAVE_INTERVAL, () => this.#save(conversation));
        try {
            const ending = await streamReply({
                model, messages: messagesFor(conversation, node), sampling: samplingOf(conversation.settings),
                signal: controller.signal,
                onPiece: ({ text, reasoning }) => {
                    node.text += text;
                    node.reasoning += reasoning;
                    drawing.request();
                    saving.request();
                },
            });
            Object.assign(node, ending, { state: "done" });
        } catch (error) {
            this.#noteFailure(node, error);
        }
        drawing.cancel();
        saving.cancel();
        this.#finish(conversation, node);
    }

    #noteFailure(node, error) {
        if (error.name === "AbortError") {
            node.state = "stopped";
            return;
        }
        node.state = "failed";
        const { kind = "stream", message, status, code, type, param, retryAfterSeconds } = error;
        node.error = { kind, message, status, code, type, param, retryAfterSeconds };
    }

    #draw(conversation, node) {
        if (this.#open !== conversation) return;
        this.#views.transcript.view(node.id)?.updateText();
        this.#views.transcript.grew();
        this.#views.announcer.grew(node.text);
    }

    #finish(conversation, node) {
        this.#running = null;
        this.#views.composer.isBusy = false;
        this.#save(conversation);
        this.#refreshLists();
        if (this.#open !== conversation) return;
        this.#views.transcript.view(node.id)?.update();
        this.#views.transcript.grew();
        // An error card is an alert and speaks for itself.
        if (node.state === "failed") return;
        const ending = node.state === "stopped" ? "replyStopped" : "replyDone";
        this.#views.announcer.finish(node.text, this.#text(ending));
    }

    // MARK: - Internals

    #show(conversation) {
        this.#open = conversation;
        preferences.set("open", conversation.id);
        this.#views.models.show(conversation.model);
        this.#views.transcript.show(conversation);
        this.#refreshLists();
    }

    #refreshLists() {
        this.#views.sidebar.show([...this.#conversations.values()], this.#open.id);
        this.#views.headline(this.#open.title || this.#text("untitled"));
    }

    #save(conversation) {
        // A conversation that was deleted while its reply grew stays deleted.
        if (this.#conversations.has(conversation.id)) this.#guard(this.#store.put(conversation));
    }

    #guard(writing) {
        writing.catch((error) => toast(this.#text("storageFailed", { message: error?.message ?? error })));
    }

    async #takeFromOtherTab(id) {
        if (this.#running?.conversation.id === id) return;
        const conversation = await this.#store.get(id);
        if (conversation === undefined) this.#conversations.delete(id);
        else this.#conversations.set(id, conversation);
        if (this.#open?.id === id && conversation !== undefined) this.#show(conversation);
        else this.#refreshLists();
    }
}

/// Runs something at most once in an interval, however often it is asked for.
class Repeated {
    #interval;
    #run;
    #timer = null;

    constructor(interval, run) {
        this.#interval = interval;
        this.#run = run;
    }

    request() {
        this.#timer ??= setTimeout(() => {
            this.#timer = null;
            this.#run();
        }, this.#interval);
    }

    cancel() {
        clearTimeout(this.#timer);
        this.#timer = null;
    }
}
