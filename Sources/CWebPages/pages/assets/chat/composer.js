/// The field for a message, with one button that sends, or stops while a reply grows.
export class Composer {
    #form;
    #field;
    #send;
    #stop;
    #tallest = 240;

    constructor({ form, field, send, stop, onSend, onStop, onEditLast }) {
        this.#form = form;
        this.#field = field;
        this.#send = send;
        this.#stop = stop;
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            if (field.value.trim() !== "" && stop.hidden) onSend(field.value);
        });
        stop.addEventListener("click", onStop);
        field.addEventListener("input", () => this.#fit());
        field.addEventListener("keydown", (event) => {
            // While an input method composes, Enter chooses characters.
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
                event.preventDefault();
                form.requestSubmit();
            } else if (event.key === "ArrowUp" && field.value === "") {
                event.preventDefault();
                onEditLast();
            }
        });
        this.#fit();
    }

    get text() {
        return this.#field.value;
    }

    set text(value) {
        this.#field.value = value;
        this.#fit();
    }

    /// On a touch screen, the focus would bring up the keyboard over what there is to read.
    focus() {
        if (matchMedia("(hover: hover)").matches) this.#field.focus();
    }

    set isBusy(isBusy) {
        const hadFocus = document.activeElement === this.#send || document.activeElement === this.#stop;
        this.#send.hidden = isBusy;
        this.#stop.hidden = !isBusy;
        if (hadFocus) (isBusy ? this.#stop : this.#field).focus();
    }

    #fit() {
        this.#field.style.height = "auto";
        this.#field.style.height = `${Math.min(this.#tallest, this.#field.scrollHeight + 2)}px`;
        this.#send.disabled = this.#field.value.trim() === "";
    }
}
