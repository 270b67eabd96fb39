/// Server-sent events of a response's body: `{ event, data }` for each, as the HTML standard parses them.
export async function* readEvents(body) {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let buffer = "";
    let event = "";
    let data = [];
    try {
        for (;;) {
            const { value, done } = await reader.read();
            if (done) return;
            buffer += decoder.decode(value, { stream: true });
            for (;;) {
                const line = takeLine();
                if (line === null) break;
                if (line === "") {
                    if (data.length > 0) yield { event: event || "message", data: data.join("\n") };
                    event = "";
                    data = [];
                } else {
                    takeField(line);
                }
            }
        }
    } finally {
        reader.cancel().catch(() => {});
    }

    /// The next whole line; a carriage return at the buffer's end may be half of a line's end.
    function takeLine() {
        const match = /\r\n|\n|\r(?!$)/.exec(buffer);
        if (match === null) return null;
        const line = buffer.slice(0, match.index);
        buffer = buffer.slice(match.index + match[0].length);
        return line;
    }

    function takeField(line) {
        const colon = line.indexOf(":");
        if (colon === 0) return;
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (name === "data") data.push(value);
        else if (name === "event") event = value;
    }
}
