// JSON Schema, as far as an API's reader needs it: a type in words, what limits it, and a value to begin with.

const DEEPEST = 6;
/// Fields that a model reads.
const SPOKEN = new Set(["content", "prompt", "messages", "input", "text"]);

/// The schema itself, with references followed and `allOf` merged.
export function flatten(schema, api) {
    const own = api.resolve(schema);
    if (!Array.isArray(own.allOf)) return own;
    const merged = { ...own, properties: { ...own.properties }, required: [...(own.required ?? [])] };
    delete merged.allOf;
    for (const part of own.allOf) {
        const other = flatten(part, api);
        merged.type ??= other.type;
        merged.description ??= other.description;
        Object.assign(merged.properties, other.properties);
        merged.required.push(...(other.required ?? []));
    }
    return merged;
}

function choicesOf(schema) {
    return schema.anyOf ?? schema.oneOf ?? null;
}

/// "string", "array of string", "number or null", …
export function typeText(schema, api, text, depth = 0) {
    const own = flatten(schema, api);
    if (depth > DEEPEST) return "…";
    const choices = choicesOf(own);
    if (choices !== null) {
        return [...new Set(choices.map((choice) => typeText(choice, api, text, depth + 1)))].join(text("or"));
    }
    if (own.const !== undefined) return JSON.stringify(own.const);
    if (Array.isArray(own.enum)) return own.enum.map((value) => JSON.stringify(value)).join(text("or"));
    const types = Array.isArray(own.type) ? own.type : [own.type ?? (own.properties ? "object" : "any")];
    const name = (type) => {
        if (type !== "array") return type;
        return own.items ? text("arrayOf", { type: typeText(own.items, api, text, depth + 1) }) : "array";
    };
    return types.map(name).join(text("or"));
}

/// A bound, or nothing where it only says what the type can hold.
function sayable(bound) {
    return typeof bound === "number" && Math.abs(bound) < 2 ** 31 - 1 ? bound : undefined;
}

/// Range, length and pattern in a short line; empty where there are none.
export function limitsText(schema, api, text) {
    const own = flatten(schema, api);
    const parts = [];
    const least = sayable(own.minimum ?? own.exclusiveMinimum);
    const most = sayable(own.maximum ?? own.exclusiveMaximum);
    if (least !== undefined && most !== undefined) {
        const open = own.minimum === undefined ? "(" : "[";
        const close = own.maximum === undefined ? ")" : "]";
        parts.push(`${open}${least}, ${most}${close}`);
    } else if (least !== undefined) parts.push(`${own.minimum === undefined ? ">" : "≥"} ${least}`);
    else if (most !== undefined) parts.push(`${own.maximum === undefined ? "<" : "≤"} ${most}`);
    if (own.minLength !== undefined) parts.push(text("minLength", { count: own.minLength }));
    if (own.maxLength !== undefined) parts.push(text("maxLength", { count: own.maxLength }));
    if (own.minItems !== undefined) parts.push(text("minItems", { count: own.minItems }));
    if (own.maxItems !== undefined) parts.push(text("maxItems", { count: own.maxItems }));
    if (own.pattern !== undefined) parts.push(own.pattern);
    for (const choice of choicesOf(own) ?? []) {
        const inner = limitsText(choice, api, text);
        if (inner !== "") parts.push(inner);
    }
    return parts.join(", ");
}

/// The object that fields can be shown of: the schema, or an array's items, or the first such choice.
export function objectOf(schema, api, depth = 0) {
    const own = flatten(schema, api);
    if (depth > DEEPEST) return null;
    if (own.properties !== undefined) return own;
    if (own.items !== undefined) return objectOf(own.items, api, depth + 1);
    for (const choice of choicesOf(own) ?? []) {
        const found = objectOf(choice, api, depth + 1);
        if (found !== null) return found;
    }
    return null;
}

/// A value that the schema allows: its own example or default, or the simplest one. `known` gives values by name
/// of field; with `isFull` also fields that are not required are in it.
export function sample(schema, api, { known = {}, isFull = false, name = null } = {}, depth = 0) {
    const own = flatten(schema, api);
    if (name !== null && known[name] !== undefined) return known[name];
    if (own.example !== undefined) return own.example;
    if (Array.isArray(own.examples) && own.examples.length > 0) return own.examples[0];
    if (own.default !== undefined) return own.default;
    if (own.const !== undefined) return own.const;
    if (Array.isArray(own.enum)) return own.enum.includes("user") ? "user" : own.enum[0];
    const choices = choicesOf(own);
    if (choices !== null) {
        // A conversation as a list of messages shows more than one as a text.
        const list = name === "messages" ? choices.find((choice) => objectOf(choice, api) !== null) : undefined;
        const best = list ?? choices[0];
        return sample(best, api, { known, isFull, name }, depth + 1);
    }
    return plainSample(own, api, { known, isFull, name }, depth);
}

function plainSample(own, api, options, depth) {
    const type = Array.isArray(own.type) ? own.type[0] : own.type ?? (own.properties ? "object" : "string");
    switch (type) {
    case "boolean": return false;
    case "integer": case "number":
        return Math.min(Math.max(1, own.minimum ?? -Infinity), own.maximum ?? Infinity);
    case "null": return null;
    case "array": return depth > DEEPEST || !own.items ? [] : [sample(own.items, api, options, depth + 1)];
    case "object": {
        const made = {};
        if (depth > DEEPEST) return made;
        for (const [key, value] of Object.entries(own.properties ?? {})) {
            const isKnown = depth === 0 && options.known[key] !== undefined;
            if (!options.isFull && !isKnown && !(own.required ?? []).includes(key)) continue;
            made[key] = sample(value, api, { ...options, name: key }, depth + 1);
        }
        return made;
    }
    default: return SPOKEN.has(options.name) ? "Hello!" : "text";
    }
}
