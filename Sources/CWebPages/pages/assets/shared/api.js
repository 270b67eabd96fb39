import { apiKey } from "./preferences.js";

/// The pages address the server relative to themselves, so that they also work behind a path of a proxy.
const BASE = new URL("./", document.baseURI);

export function addressOf(path) {
    return new URL(path.replace(/^\//, ""), BASE);
}

/// What the server said about a request that it did not answer as asked, or what the network did.
export class RequestError extends Error {
    /// `kind`: "http", "network", "stream" (the reply broke off) or "server" (the reply itself reports an error).
    constructor(kind, message, details = {}) {
        super(message);
        this.kind = kind;
        this.status = details.status ?? 0;
        this.code = details.code ?? null;
        this.type = details.type ?? null;
        this.param = details.param ?? null;
        this.retryAfterSeconds = details.retryAfterSeconds ?? null;
    }
}

export function authorization() {
    const key = apiKey.get();
    return key === "" ? {} : { Authorization: `Bearer ${key}` };
}

/// Sends a request with the API key; anything but a 2xx status throws a `RequestError`.
export async function send(path, { method = "GET", body = undefined, signal = undefined } = {}) {
    const headers = authorization();
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await reach(() =>
        fetch(addressOf(path), {
            method, headers, signal, cache: "no-store", credentials: "same-origin",
            body: body === undefined ? undefined : JSON.stringify(body),
        }));
    if (!response.ok) throw await errorOf(response);
    return response;
}

/// Runs something that reads from the network; its failures become `RequestError`s, aborts stay what they are.
export async function reach(run, kind = "network") {
    try {
        return await run();
    } catch (error) {
        if (error.name === "AbortError" || error instanceof RequestError) throw error;
        throw new RequestError(kind, String(error.message ?? error));
    }
}

/// Reads the error out of the body, as OpenAI's API nests it, or flat.
export function errorFromBody(value) {
    const error = value?.error ?? value?.detail?.error ?? value;
    if (typeof error === "string") return { message: error };
    if (error === null || typeof error !== "object" || typeof error.message !== "string") return null;
    return { message: error.message, code: error.code ?? null, type: error.type ?? null, param: error.param ?? null };
}

async function errorOf(response) {
    const text = await response.text().catch(() => "");
    let found = null;
    try {
        found = errorFromBody(JSON.parse(text));
    } catch {
        // No JSON: what stands there, shortened, has to do.
    }
    const message = found?.message ?? (text.trim().slice(0, 300) || response.statusText || "no message");
    const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
    return new RequestError("http", message, {
        ...found, status: response.status, retryAfterSeconds: Number.isFinite(seconds) ? seconds : null,
    });
}
