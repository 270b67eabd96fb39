/// Says a growing reply to screen readers in whole sentences: letter by letter nobody could listen to it.
export class Announcer {
    #region;
    #said = 0;

    constructor(region) {
        this.#region = region;
    }

    begin() {
        this.#said = 0;
        this.#region.replaceChildren();
    }

    /// Says the sentences of `text` that were completed since the last call.
    grew(text) {
        const rest = text.slice(this.#said);
        let end = 0;
        for (const match of rest.matchAll(/[.!?](?=\s)|[。!?]|\n/g)) end = match.index + match[0].length;
        // Code and tables have ends of lines only; a region that changes all the time says nothing at all.
        if (end > 0) {
            this.say(rest.slice(0, end));
            this.#said += end;
        }
    }

    finish(text, ending) {
        this.say(`${text.slice(this.#said)} ${ending}`);
        this.#said = text.length;
    }

    say(text) {
        const trimmed = text.trim();
        if (trimmed === "") return;
        const line = document.createElement("p");
        line.textContent = trimmed;
        this.#region.append(line);
        while (this.#region.childNodes.length > 40) this.#region.firstChild.remove();
    }
}
