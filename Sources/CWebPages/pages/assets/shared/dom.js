// Elements are only ever made here, from names, properties and text: no markup is parsed, so text from a model or
// a server can never become code.

const SVG = "http://www.w3.org/2000/svg";

/// Outlines on a grid of 24.
const ICONS = {
    menu: ["M4 7h16", "M4 12h16", "M4 17h16"],
    plus: ["M12 5v14", "M5 12h14"],
    send: ["M12 19V5", "M6 11l6-6 6 6"],
    stop: ["M7 7h10v10H7z"],
    copy: ["M9 9h10v10H9z", "M15 9V5H5v10h4"],
    check: ["M5 13l4 4L19 7"],
    edit: ["M5 19h4L19 9l-4-4L5 15z", "M13 7l4 4"],
    repeat: ["M5 12a7 7 0 0 1 12-5l2 2", "M19 4v5h-5", "M19 12a7 7 0 0 1-12 5l-2-2", "M5 20v-5h5"],
    trash: ["M5 7h14", "M10 7V4h4v3", "M7 7l1 13h8l1-13"],
    download: ["M12 4v11", "M7 11l5 5 5-5", "M5 20h14"],
    sliders: ["M4 8h9", "M19 8h1", "M16 5v6", "M4 16h1", "M11 16h9", "M8 13v6"],
    close: ["M6 6l12 12", "M18 6L6 18"],
    key: ["M4 16a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "M11 13l8-8", "M15 9l3 3", "M18 6l2 2"],
    more: ["M5 11.5v1h.01", "M12 11.5v1h.01", "M19 11.5v1h.01"],
    left: ["M14 6l-6 6 6 6"],
    right: ["M10 6l6 6-6 6"],
    down: ["M12 5v14", "M6 13l6 6 6-6"],
    code: ["M9 7l-5 5 5 5", "M15 7l5 5-5 5"],
    chat: ["M5 6h14v10h-7l-4 4v-4H5z"],
};

/// An element with properties (`class`, `text`, `on` for listeners, `data`; anything else is an attribute) and
/// children, which may be lists.
export function element(name, properties = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
        if (value === undefined || value === null || value === false) continue;
        if (key === "class") made.className = value;
        else if (key === "text") made.textContent = value;
        else if (key === "on") for (const [event, run] of Object.entries(value)) made.addEventListener(event, run);
        else if (key === "data") Object.assign(made.dataset, value);
        else made.setAttribute(key, value === true ? "" : String(value));
    }
    // One by one: a call takes only so many arguments.
    for (const child of children.flat()) {
        if (child !== null && child !== undefined && child !== false) made.append(child);
    }
    return made;
}

export function icon(name) {
    const drawing = document.createElementNS(SVG, "svg");
    const attributes = {
        class: "icon", viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.8",
        "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
    };
    for (const [key, value] of Object.entries(attributes)) drawing.setAttribute(key, value);
    for (const outline of ICONS[name]) {
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("d", outline);
        drawing.append(path);
    }
    return drawing;
}

/// A button with an icon; its name is said by screen readers and shown as a tooltip.
export function iconButton(name, label, run, properties = {}) {
    return element(
        "button",
        { type: "button", class: "quiet icon small", "aria-label": label, title: label, ...properties,
            on: { click: run } },
        icon(name));
}

/// Copies text and shows for a moment that it did.
export async function copyText(text, button, copiedLabel) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        copyBySelection(text);
    }
    const before = [...button.childNodes];
    const label = button.getAttribute("aria-label");
    button.replaceChildren(icon("check"), ...before.slice(1));
    button.setAttribute("aria-label", copiedLabel);
    setTimeout(() => {
        button.replaceChildren(...before);
        if (label !== null) button.setAttribute("aria-label", label);
        else button.removeAttribute("aria-label");
    }, 1600);
}

/// Pages that come over plain HTTP from another machine have no clipboard.
function copyBySelection(text) {
    const area = element("textarea", { class: "visually-hidden", "aria-hidden": "true" });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    focused?.focus();
}

/// A message at the bottom of the page, with something to do about it.
export function toast(text, action = null, seconds = 8) {
    const region = document.querySelector(".toasts");
    const box = element("div", { class: "toast", role: "status" }, element("span", { text }));
    const timer = setTimeout(() => box.remove(), seconds * 1000);
    if (action) {
        box.append(element("button", {
            type: "button", class: "small", text: action.label,
            on: { click: () => { clearTimeout(timer); box.remove(); action.run(); } },
        }));
    }
    region.append(box);
}

export function download(name, type, text) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
