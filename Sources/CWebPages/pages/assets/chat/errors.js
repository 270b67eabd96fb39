/// What went wrong, and what to do about it, in the reader's language. `action` names what a button can do:
/// "retry", "key", "models" or "new".
export function explain(error, text) {
    const message = error.message;
    if (error.kind === "http") {
        return { title: text("errorStatus", { status: error.status }), message, ...adviceFor(error, text) };
    }
    const [title, advice] = {
        network: ["errorNetwork", "adviceNetwork"],
        stream: ["errorStream", "adviceStream"],
        server: ["errorServer", "adviceServer"],
    }[error.kind];
    return { title: text(title), message, advice: text(advice), action: "retry" };
}

function adviceFor(error, text) {
    switch (error.status) {
    case 401: case 403: return { advice: text("adviceKey"), action: "key" };
    case 404: return { advice: text("adviceModel"), action: "models" };
    case 413: return { advice: text("adviceTooLong"), action: "new" };
    case 429: case 503: {
        const seconds = error.retryAfterSeconds;
        const advice = seconds === null ? text("adviceBusy") : text("adviceBusySeconds", { seconds });
        return { advice, action: "retry" };
    }
    case 400: case 422:
        if (error.code === "context_length_exceeded") return { advice: text("adviceTooLong"), action: "new" };
        return {
            advice: error.param ? text("adviceField", { field: error.param }) : text("adviceRequest"), action: null,
        };
    default: return { advice: text("adviceServer"), action: "retry" };
    }
}
