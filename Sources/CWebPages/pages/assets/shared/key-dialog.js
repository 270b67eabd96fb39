import { apiKey } from "./preferences.js";

/// Asks for the API key; `changed` is called when there is another one.
export function connectKeyDialog(dialog, field, changed) {
    dialog.addEventListener("close", () => {
        const isNew = dialog.returnValue === "save" && field.value.trim() !== apiKey.get();
        if (isNew) apiKey.set(field.value.trim());
        field.value = "";
        if (isNew) changed();
    });
    return () => {
        if (dialog.open) return;
        field.value = apiKey.get();
        dialog.returnValue = "cancel";
        dialog.showModal();
        field.select();
    };
}

/// Enter in a dialog's field means its last button; by itself the browser would press the first.
export function submitWithEnter(dialog, field) {
    field.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        dialog.close("save");
    });
}
