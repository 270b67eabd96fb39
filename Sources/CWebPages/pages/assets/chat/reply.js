import { RequestError, errorFromBody, reach, send } from "../shared/api.js";
import { readEvents } from "../shared/events.js";

/// Asks for a reply and calls `onPiece({ text, reasoning })` for what arrives. Returns how it ended:
/// `{ finishReason, statistics }`. Throws a `RequestError`, or an `AbortError` when `signal` stopped it.
export async function streamReply({ model, messages, sampling, signal, onPiece }) {
    const clock = new ReplyClock();
    const response = await send("v1/chat/completions", {
        method: "POST", signal,
        body: { model, messages, ...sampling, stream: true, stream_options: { include_usage: true } },
    });
    if (!(response.headers.get("Content-Type") ?? "").startsWith("text/event-stream")) {
        return wholeReply(await reach(() => response.json(), "stream"), clock, onPiece);
    }
    let finishReason = null;
    let isComplete = false;
    await reach(async () => {
        for await (const event of readEvents(response.body)) {
            if (event.data === "[DONE]") {
                isComplete = true;
                break;
            }
            const chunk = parseChunk(event.data);
            if (chunk.usage) clock.usage = chunk.usage;
            const choice = chunk.choices?.[0];
            if (choice === undefined) continue;
            if (choice.finish_reason) finishReason = choice.finish_reason;
            report(choice.delta, clock, onPiece);
        }
    }, "stream");
    // A reply that said why it ended is whole, even if the closing event was lost.
    if (!isComplete && finishReason === null) {
        throw new RequestError("stream", "the stream ended before the reply was complete");
    }
    return { finishReason, statistics: clock.statistics() };
}

function parseChunk(data) {
    let chunk;
    try {
        chunk = JSON.parse(data);
    } catch {
        throw new RequestError("stream", `an event is not valid JSON: ${data.slice(0, 80)}`);
    }
    if (chunk?.error) {
        const error = errorFromBody(chunk) ?? { message: data.slice(0, 200) };
        throw new RequestError("server", error.message, error);
    }
    return chunk ?? {};
}

function report(delta, clock, onPiece) {
    const piece = { text: delta?.content ?? "", reasoning: delta?.reasoning_content ?? "" };
    if (piece.text === "" && piece.reasoning === "") return;
    clock.pieceArrived();
    onPiece(piece);
}

/// A server or a proxy in between may not stream.
function wholeReply(body, clock, onPiece) {
    const choice = body?.choices?.[0];
    if (choice === undefined) throw new RequestError("stream", "the reply has no choices");
    report(choice.message, clock, onPiece);
    clock.usage = body.usage ?? null;
    return { finishReason: choice.finish_reason ?? null, statistics: clock.statistics() };
}

/// Times of one reply as the reader meets them: from sending the request to the pieces' arrival.
export class ReplyClock {
    usage = null;
    #start = performance.now();
    #first = null;
    #last = null;
    #pieces = 0;

    pieceArrived() {
        this.#last = performance.now();
        this.#first ??= this.#last;
        this.#pieces += 1;
    }

    /// Tokens are the server's count; before it is known, pieces stand for tokens and `isExact` is false.
    statistics() {
        if (this.#first === null) return null;
        const isExact = typeof this.usage?.completion_tokens === "number";
        const tokens = isExact ? this.usage.completion_tokens : this.#pieces;
        const seconds = (this.#last - this.#first) / 1000;
        return {
            firstTokenSeconds: (this.#first - this.#start) / 1000,
            tokensPerSecond: tokens > 1 && seconds > 0 ? (tokens - 1) / seconds : null,
            tokens, isExact,
            promptTokens: this.usage?.prompt_tokens ?? null,
        };
    }
}
