// What the browser remembers. The key of the API lives as long as the tab and is in no other storage.

const PREFIX = "lmdeploy.";
const volatile = new Map();

function read(storage, name) {
    try {
        return storage().getItem(PREFIX + name);
    } catch {
        return volatile.get(name) ?? null;
    }
}

function write(storage, name, value) {
    try {
        if (value === null) storage().removeItem(PREFIX + name);
        else storage().setItem(PREFIX + name, value);
    } catch {
        volatile.set(name, value);
    }
}

const local = () => localStorage;
const session = () => sessionStorage;

export const preferences = {
    get: (name) => read(local, name),
    set: (name, value) => write(local, name, value),
    /// An object that was kept as JSON, or `otherwise` where there is none.
    getObject(name, otherwise) {
        try {
            const value = JSON.parse(read(local, name) ?? "null");
            return value !== null && typeof value === "object" ? value : otherwise;
        } catch {
            return otherwise;
        }
    },
    setObject: (name, value) => write(local, name, JSON.stringify(value)),
};

export const apiKey = {
    get: () => read(session, "key") ?? "",
    set: (value) => write(session, "key", value === "" ? null : value),
};

/// "auto", "light" or "dark".
export const theme = {
    get: () => preferences.get("theme") ?? "auto",
    set(choice) {
        preferences.set("theme", choice === "auto" ? null : choice);
        if (choice === "auto") delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = choice;
    },
};
