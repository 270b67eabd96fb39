import { element } from "../shared/dom.js";
import { SAMPLING_FIELDS, readNumber } from "./sampling.js";

/// System prompt and sampling of the open conversation, in a dialog at the side.
export class SettingsSheet {
    #dialog;
    #form;
    #system;
    #text;
    #changed;
    #rows = [];
    #settings = {};

    /// `changed` is called with the settings; a field that is wrong keeps its last right value there.
    constructor({ dialog, form, system, reset, text, changed }) {
        this.#dialog = dialog;
        this.#form = form;
        this.#system = system;
        this.#text = text;
        this.#changed = changed;
        system.addEventListener("input", () => this.#take());
        reset.addEventListener("click", () => this.#resetAll());
        dialog.addEventListener("click", (event) => {
            if (event.target === dialog) dialog.close();
        });
    }

    open(settings) {
        this.#settings = { ...settings };
        this.#system.value = settings.system ?? "";
        this.#rows = SAMPLING_FIELDS.map((field) => this.#row(field));
        this.#form.replaceChildren(...this.#rows.map((row) => row.box));
        this.#dialog.showModal();
    }

    // MARK: - Fields

    #row(field) {
        const text = this.#text;
        const id = `sampling-${field.name}`;
        const value = this.#settings[field.name];
        const input = element("input", {
            id, type: "text", inputmode: field.step === 1 ? "numeric" : "decimal", autocomplete: "off",
            placeholder: text("automatic"), "aria-describedby": `${id}-hint ${id}-error`,
        });
        input.value = typeof value === "number" ? String(value) : "";
        const error = element("p", { id: `${id}-error`, class: "field-error", role: "alert" });
        const slider = field.slider ? this.#slider(field, input) : null;
        input.addEventListener("input", () => {
            if (slider !== null) followField(slider, field, input);
            this.#take();
        });
        const hint = `${text(`${field.name}Hint`)} ${this.#range(field)}`;
        const box = element(
            "div", { class: "sampling-field" },
            element("label", { for: id, text: text(field.name) }),
            element("div", { class: "sampling-inputs" }, slider, input),
            element("p", { id: `${id}-hint`, class: "hint", text: hint }), error);
        return { field, input, slider, error, box };
    }

    #slider(field, input) {
        const slider = element("input", {
            type: "range", min: field.least, max: field.most, step: field.step, "aria-label": this.#text(field.name),
        });
        followField(slider, field, input);
        slider.addEventListener("input", () => {
            input.value = slider.value;
            slider.classList.remove("unset");
            this.#take();
        });
        return slider;
    }

    #range(field) {
        if (field.name === "seed" || field.name === "max_tokens" || field.name === "top_k") return "";
        return `(${this.#text("range", field)})`;
    }

    #resetAll() {
        for (const { field, input, slider } of this.#rows) {
            input.value = "";
            if (slider !== null) followField(slider, field, input);
        }
        this.#take();
    }

    /// Takes over the fields that are right and says what is wrong with the others.
    #take() {
        const settings = { system: this.#system.value };
        for (const { field, input, error } of this.#rows) {
            const value = readNumber(field, input.value);
            const isWrong = value === undefined;
            input.setAttribute("aria-invalid", String(isWrong));
            const name = field.step === 1 ? "outOfRangeWhole" : "outOfRange";
            error.textContent = isWrong ? this.#text(name, field) : "";
            settings[field.name] = isWrong ? this.#settings[field.name] ?? null : value;
        }
        this.#settings = settings;
        this.#changed(settings);
    }
}

/// An empty field has no place on a slider: it stands faded at the value that changes nothing.
function followField(slider, field, input) {
    const value = readNumber(field, input.value);
    slider.classList.toggle("unset", value === null || value === undefined);
    slider.value = String(value ?? field.neutral ?? 1);
}
