// Conversations in the browser's database. Where there is none (private windows of some browsers), they live in
// memory, and the page says so.

const DATABASE = "lmdeploy-chat";
const TABLE = "conversations";

export async function openStore() {
    try {
        return new DatabaseStore(await openDatabase());
    } catch {
        return new MemoryStore();
    }
}

function openDatabase() {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open(DATABASE, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "id" });
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
        request.onblocked = () => reject(new Error("another tab holds an old version of the database"));
    });
}

class DatabaseStore {
    isPersistent = true;
    #database;
    #channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(DATABASE) : null;

    constructor(database) {
        this.#database = database;
        // A page of a later version may change the tables; this one must not stand in its way.
        database.onversionchange = () => database.close();
    }

    /// Calls back with the identifier of a conversation that another tab changed.
    onForeignChange(run) {
        if (this.#channel !== null) this.#channel.onmessage = (event) => run(event.data);
    }

    all() {
        return this.#run("readonly", (table) => table.getAll());
    }

    get(id) {
        return this.#run("readonly", (table) => table.get(id));
    }

    async put(conversation) {
        await this.#run("readwrite", (table) => table.put(conversation));
        this.#channel?.postMessage(conversation.id);
    }

    async remove(id) {
        await this.#run("readwrite", (table) => table.delete(id));
        this.#channel?.postMessage(id);
    }

    #run(mode, work) {
        return new Promise((resolve, reject) => {
            const transaction = this.#database.transaction(TABLE, mode);
            const request = work(transaction.objectStore(TABLE));
            transaction.oncomplete = () => resolve(request.result);
            transaction.onabort = () => reject(transaction.error);
            transaction.onerror = () => reject(transaction.error);
        });
    }
}

class MemoryStore {
    isPersistent = false;
    #conversations = new Map();

    onForeignChange() {}

    async all() {
        return [...this.#conversations.values()];
    }

    async get(id) {
        return this.#conversations.get(id);
    }

    async put(conversation) {
        this.#conversations.set(conversation.id, conversation);
    }

    async remove(id) {
        this.#conversations.delete(id);
    }
}
