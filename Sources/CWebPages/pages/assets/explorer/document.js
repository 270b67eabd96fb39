const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];
const FARTHEST_REFERENCE = 16;

/// An OpenAPI 3.1 document: its operations, with references followed.
export class ApiDocument {
    constructor(source) {
        this.source = source;
        this.title = source.info?.title ?? "";
        this.version = source.info?.version ?? "";
        this.description = source.info?.description ?? "";
        this.operations = [];
        for (const [path, item] of Object.entries(source.paths ?? {})) {
            const entry = this.resolve(item);
            for (const method of METHODS.filter((name) => name in entry)) {
                this.operations.push(this.#operation(path, method, entry));
            }
        }
    }

    /// Tags with their operations, in the document's order.
    groups() {
        const named = new Map((this.source.tags ?? []).map((tag) => [tag.name, { ...tag, operations: [] }]));
        for (const operation of this.operations) {
            if (!named.has(operation.tag)) named.set(operation.tag, { name: operation.tag, operations: [] });
            named.get(operation.tag).operations.push(operation);
        }
        return [...named.values()].filter((group) => group.operations.length > 0);
    }

    /// What a value with `$ref` stands for; others are returned as they are.
    resolve(value) {
        let found = value;
        for (let steps = 0; typeof found?.$ref === "string" && steps < FARTHEST_REFERENCE; steps += 1) {
            found = this.#at(found.$ref);
        }
        return found ?? {};
    }

    // MARK: - Internals

    #at(reference) {
        if (!reference.startsWith("#/")) return {};
        let value = this.source;
        for (const part of reference.slice(2).split("/")) {
            const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
            if (value === null || typeof value !== "object" || !Object.hasOwn(value, name)) return {};
            value = value[name];
        }
        return value;
    }

    #operation(path, method, item) {
        const source = item[method];
        const parameters = [...(item.parameters ?? []), ...(source.parameters ?? [])]
            .map((parameter) => this.resolve(parameter));
        const body = this.resolve(source.requestBody);
        const responses = Object.entries(source.responses ?? {})
            .map(([status, response]) => ({ status, description: this.resolve(response).description ?? "" }));
        return {
            id: source.operationId ?? `${method}${path.replaceAll(/[^A-Za-z0-9]+/g, "-")}`,
            path, method: method.toUpperCase(), tag: source.tags?.[0] ?? "API",
            summary: source.summary ?? "", description: source.description ?? "",
            isDeprecated: source.deprecated === true, parameters, responses, body: this.#bodyOf(body),
        };
    }

    #bodyOf(body) {
        const [contentType, media] = Object.entries(body.content ?? {})
            .find(([name]) => name.includes("json")) ?? Object.entries(body.content ?? {})[0] ?? [];
        if (media === undefined) return null;
        const firstExample = this.resolve(Object.values(media.examples ?? {})[0]).value;
        return {
            contentType, schema: media.schema ?? {}, isRequired: body.required === true,
            example: media.example ?? firstExample,
        };
    }
}
