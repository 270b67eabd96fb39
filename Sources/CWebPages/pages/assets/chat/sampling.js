/// What can be set for a conversation. An empty field is not sent, and the server's default holds.
export const SAMPLING_FIELDS = [
    { name: "temperature", least: 0, most: 2, step: 0.05, slider: true },
    { name: "top_p", least: 0.01, most: 1, step: 0.01, slider: true },
    { name: "repetition_penalty", least: 0.5, most: 2, step: 0.01, slider: true, neutral: 1 },
    { name: "top_k", least: 0, most: 1000, step: 1 },
    { name: "max_tokens", least: 1, most: 1048576, step: 1 },
    { name: "seed", least: 0, most: Number.MAX_SAFE_INTEGER, step: 1 },
];

/// The number in a field, null where it is empty, or undefined where it is none that may be sent.
export function readNumber(field, text) {
    const trimmed = text.trim();
    if (trimmed === "") return null;
    const value = Number(trimmed);
    if (!Number.isFinite(value) || value < field.least || value > field.most) return undefined;
    if (field.step === 1 && !Number.isInteger(value)) return undefined;
    return value;
}

/// The fields that a request takes over from a conversation's settings.
export function samplingOf(settings) {
    const fields = {};
    for (const { name } of SAMPLING_FIELDS) {
        if (typeof settings[name] === "number") fields[name] = settings[name];
    }
    return fields;
}
