/// The request as a line for a shell. The key stays out of it: it comes from the variable API_KEY.
export function curlLine({ method, address, headers, body, usesKey }) {
    const parts = ["curl -N"];
    if (method !== "GET" && !(method === "POST" && body !== null)) parts.push(`-X ${method}`);
    parts.push(quoted(address));
    if (usesKey) parts.push('-H "Authorization: Bearer $API_KEY"');
    for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
    if (body !== null) parts.push(`-d ${quoted(body)}`);
    return parts.join(" \\\n  ");
}

function quoted(text) {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
