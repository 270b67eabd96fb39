"use strict";
// A classic script in the head: it runs before the first paint, so that the page never flashes in the other theme.
(() => {
    let choice = null;
    try {
        choice = localStorage.getItem("lmdeploy.theme");
    } catch {
        // Storage may be forbidden; the system's theme it is then.
    }
    if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
