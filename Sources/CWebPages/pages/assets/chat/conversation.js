// A conversation is a tree: editing a message or asking for another reply grows a branch and loses nothing. What is
// shown is the path to `leaf`. Everything here is plain data, which the browser can store as it is.

export function createConversation(settings, model) {
    const now = Date.now();
    return {
        id: makeIdentifier(), title: "", createdAt: now, changedAt: now, settings: { ...settings }, model,
        nodes: {}, leaf: null,
    };
}

/// `crypto.randomUUID` is not there for pages that come over plain HTTP from another machine.
function makeIdentifier() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/// Adds a message below `parent` (null: a first one) and makes it the end of the shown path.
export function addMessage(conversation, parent, role, text) {
    const id = `m${Object.keys(conversation.nodes).length + 1}`;
    const node = {
        id, parent, role, text, reasoning: "", state: "done", createdAt: Date.now(), model: null, statistics: null,
        finishReason: null, error: null,
    };
    conversation.nodes[id] = node;
    conversation.leaf = id;
    conversation.changedAt = Date.now();
    if (role === "user" && conversation.title === "") conversation.title = titleOf(text);
    return node;
}

/// The messages that are shown, the first one first.
export function shownPath(conversation) {
    const path = [];
    for (let id = conversation.leaf; id !== null; id = conversation.nodes[id].parent) {
        path.push(conversation.nodes[id]);
    }
    return path.reverse();
}

/// All messages that answer or ask at the same place as `node`, `node` included, in the order they were made.
export function alternatives(conversation, node) {
    return Object.values(conversation.nodes).filter((other) => other.parent === node.parent);
}

/// Shows the branch of `node`, down to its newest end.
export function showBranch(conversation, node) {
    let end = node;
    for (;;) {
        const children = Object.values(conversation.nodes).filter((other) => other.parent === end.id);
        if (children.length === 0) break;
        end = children.at(-1);
    }
    conversation.leaf = end.id;
}

/// What the server is sent to get `reply`: the system prompt and the path above it, without empty replies.
export function messagesFor(conversation, reply) {
    const messages = [];
    for (let id = reply.parent; id !== null; id = conversation.nodes[id].parent) {
        const node = conversation.nodes[id];
        if (node.role === "user" || node.text !== "") messages.unshift({ role: node.role, content: node.text });
    }
    const system = conversation.settings.system?.trim();
    if (system) messages.unshift({ role: "system", content: system });
    return messages;
}

/// A reply that was growing when the page was left has ended there.
export function mendAfterReload(conversation) {
    for (const node of Object.values(conversation.nodes)) {
        if (node.state === "streaming") node.state = "interrupted";
    }
    return conversation;
}

export function titleOf(text) {
    const line = text.trim().split("\n")[0].trim();
    const characters = Array.from(line);
    return characters.length <= 48 ? line : characters.slice(0, 47).join("") + "…";
}

export function toMarkdown(conversation, names) {
    const parts = [`# ${conversation.title || names.untitled}`];
    const system = conversation.settings.system?.trim();
    if (system) parts.push(`> ${system.replaceAll("\n", "\n> ")}`);
    for (const node of shownPath(conversation)) parts.push(`**${names[node.role]}**`, node.text);
    return parts.join("\n\n") + "\n";
}
