import { addressOf, authorization } from "../shared/api.js";
import { copyText, element, icon } from "../shared/dom.js";
import { AnswerView } from "./answer-view.js";
import { curlLine } from "./curl.js";
import { sample, typeText } from "./schema.js";

/// Fills in an operation's parameters and body, sends it, and shows the answer.
export class RequestForm {
    #operation;
    #api;
    #text;
    #known;
    #fields = [];
    #body = null;
    #error = element("p", { class: "field-error", role: "alert" });
    #curl = element("code");
    #send;
    #stop;
    #answer;
    #controller = null;

    /// `known` has values for fields by name: the server's model, for instance.
    constructor(operation, api, text, known) {
        this.#operation = operation;
        this.#api = api;
        this.#text = text;
        this.#known = known;
        this.#answer = new AnswerView(text);
        this.element = element("form", { class: "request", novalidate: true }, element("h3", { text: text("tryIt") }));
        this.#addParameters();
        if (operation.body !== null) this.#addBody();
        this.#addButtons();
        this.element.addEventListener("submit", (event) => {
            event.preventDefault();
            this.#run();
        });
        this.element.addEventListener("input", () => this.#showCurl());
        this.element.addEventListener("keydown", (event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.element.requestSubmit();
        });
        this.#showCurl();
    }

    /// Puts a field with a value to begin with into the body.
    addField(name, schema) {
        let value;
        try {
            value = JSON.parse(this.#body.value);
        } catch {
            return this.#check();
        }
        value[name] ??= sample(schema, this.#api, { known: this.#known, name });
        this.#setBody(value);
        this.#body.focus();
    }

    cancel() {
        this.#controller?.abort();
    }

    // MARK: - Building

    #addParameters() {
        for (const parameter of this.#operation.parameters) {
            if (parameter.in === "cookie") continue;
            const id = `parameter-${parameter.name}`;
            const schema = parameter.schema ?? {};
            const input = element("input", {
                id, autocomplete: "off", placeholder: typeText(schema, this.#api, this.#text),
                required: parameter.required,
            });
            // What is not required stays out of the address until somebody wants it there.
            const value = parameter.example ?? (parameter.required ? sample(schema, this.#api) : "");
            input.value = String(value);
            this.#fields.push({ parameter, input });
            const label = element("label", { for: id }, element("code", { text: parameter.name }));
            this.element.append(element("div", { class: "parameter" }, label, input));
        }
    }

    #addBody() {
        const text = this.#text;
        this.#body = element("textarea", {
            id: "request-body", class: "mono", rows: 12, spellcheck: false, autocomplete: "off", autocapitalize: "off",
        });
        this.#body.addEventListener("input", () => this.#check());
        const small = (name, run) =>
            element("button", { type: "button", class: "quiet small", text: text(name), on: { click: run } });
        this.element.append(
            element(
                "div", { class: "body-head" }, element("label", { for: "request-body", text: text("body") }),
                element(
                    "span", {}, small("example", () => this.#setBody(this.#example(false))),
                    small("allFields", () => this.#setBody(this.#example(true))),
                    small("tidy", () => { if (this.#check()) this.#setBody(JSON.parse(this.#body.value)); }))),
            this.#body);
        this.#body.value = JSON.stringify(this.#example(false), null, 2);
    }

    #addButtons() {
        const text = this.#text;
        this.#send = element("button", { type: "submit", class: "primary" }, icon("send"), text("send"));
        this.#stop = element(
            "button", { type: "button", hidden: true, on: { click: () => this.cancel() } }, icon("stop"), text("stop"));
        const copy = element("button", { type: "button", class: "quiet small" }, icon("copy"), text("copy"));
        copy.addEventListener("click", () => copyText(this.#curl.textContent, copy, text("copied")));
        this.element.append(
            this.#error,
            element("div", { class: "request-buttons" }, this.#send, this.#stop),
            element(
                "figure", { class: "code-box" },
                element("figcaption", {}, element("span", { text: text("curl") }), copy),
                element("pre", { tabindex: "0" }, this.#curl)),
            this.#answer.element);
    }

    #example(isFull) {
        const { body } = this.#operation;
        if (!isFull && body.example !== undefined) return this.#withKnown(body.example);
        return sample(body.schema, this.#api, { known: this.#known, isFull });
    }

    /// An example of the document, with the name of the model that is really there.
    #withKnown(example) {
        if (example === null || typeof example !== "object" || Array.isArray(example)) return example;
        const made = { ...example };
        for (const [name, value] of Object.entries(this.#known)) if (name in made) made[name] = value;
        return made;
    }

    #setBody(value) {
        this.#body.value = JSON.stringify(value, null, 2);
        this.#check();
        this.#showCurl();
    }

    #check() {
        try {
            JSON.parse(this.#body.value);
            this.#error.textContent = "";
            return true;
        } catch (error) {
            this.#error.textContent = this.#text("jsonError", { message: error.message });
            return false;
        }
    }

    // MARK: - Sending

    /// Address and headers as the fields stand; a missing parameter is named and gives null.
    #request() {
        let path = this.#operation.path;
        const query = new URLSearchParams();
        const headers = {};
        for (const { parameter, input } of this.#fields) {
            const value = input.value.trim();
            if (value === "" && parameter.required) return { missing: parameter.name };
            if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
            else if (value !== "" && parameter.in === "query") query.append(parameter.name, value);
            else if (value !== "") headers[parameter.name] = value;
        }
        if (this.#body !== null) headers["Content-Type"] = this.#operation.body.contentType;
        const address = addressOf(path);
        address.search = query.toString();
        return { address, headers, body: this.#body === null ? null : this.#body.value, missing: null };
    }

    #showCurl() {
        const { address, headers, body, missing } = this.#request();
        if (missing !== null) return;
        const usesKey = "Authorization" in authorization();
        let compact = body;
        try {
            compact = body === null ? null : JSON.stringify(JSON.parse(body));
        } catch {
            // It goes out as it stands, and the server says what is wrong with it.
        }
        this.#curl.textContent = curlLine({
            method: this.#operation.method, address: address.href, headers, body: compact, usesKey,
        });
    }

    async #run() {
        const { address, headers, body, missing } = this.#request();
        if (missing !== null) {
            this.#error.textContent = this.#text("missing", { name: missing });
            this.#fields.find(({ parameter }) => parameter.name === missing)?.input.focus();
            return;
        }
        this.#controller?.abort();
        const controller = new AbortController();
        this.#controller = controller;
        this.#send.disabled = true;
        this.#stop.hidden = false;
        this.#answer.begin();
        try {
            await this.#exchange(address, {
                method: this.#operation.method, headers: { ...headers, ...authorization() }, body: body ?? undefined,
                signal: controller.signal, cache: "no-store", credentials: "same-origin",
            });
        } catch (error) {
            const message = this.#text("networkError", { message: error.message });
            this.#answer.fail(error.name === "AbortError" ? this.#text("stop") : message);
        }
        if (this.#controller !== controller) return;
        this.#controller = null;
        this.#send.disabled = false;
        this.#stop.hidden = true;
    }

    async #exchange(address, options) {
        const start = performance.now();
        const since = () => Math.round(performance.now() - start);
        const response = await fetch(address, options);
        const headersAfter = since();
        this.#answer.showHead(response);
        const decoder = new TextDecoder();
        let text = "";
        let bytes = 0;
        let shownAt = 0;
        let isStopped = false;
        try {
            const reader = response.body?.getReader();
            for (;;) {
                const { value, done } = (await reader?.read()) ?? { done: true };
                if (done) break;
                bytes += value.byteLength;
                text += decoder.decode(value, { stream: true });
                if (performance.now() - shownAt < 60) continue;
                shownAt = performance.now();
                this.#answer.showText(text);
            }
        } catch (error) {
            if (error.name !== "AbortError") throw error;
            isStopped = true;
        }
        const isJSON = !isStopped && (response.headers.get("Content-Type") ?? "").includes("json");
        const timing = { headers: headersAfter, whole: since(), bytes };
        this.#answer.finish(text, isJSON, this.#text(isStopped ? "stopped" : "timing", timing));
    }
}
