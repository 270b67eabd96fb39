import { reach, send } from "../shared/api.js";
import { element } from "../shared/dom.js";

/// The list of the server's models.
export class ModelChooser {
    #select;
    #text;
    names = [];

    constructor(select, text, changed) {
        this.#select = select;
        this.#text = text;
        select.addEventListener("change", () => changed(select.value));
        this.show(null);
    }

    /// Reads the names from the server; throws what `send` throws.
    async read() {
        const response = await send("v1/models");
        const list = await reach(() => response.json());
        this.names = (list.data ?? []).map((model) => model.id).filter((id) => typeof id === "string");
    }

    /// Shows the list with `wanted` chosen, or the first model where the server has no such one.
    show(wanted) {
        const options = this.names.map((id) => element("option", { value: id, text: id }));
        if (options.length === 0) options.push(element("option", { value: "", text: this.#text("noModels") }));
        this.#select.replaceChildren(...options);
        this.#select.disabled = this.names.length === 0;
        if (wanted !== null && this.names.includes(wanted)) this.#select.value = wanted;
        this.#select.title = this.#select.value;
        return this.#select.value;
    }

    get chosen() {
        return this.#select.value;
    }
}
