import { element } from "./dom.js";
import { LANGUAGES } from "./language.js";
import { theme } from "./preferences.js";

/// Fills the two lists that choose theme and language.
export function connectAppearance(themeList, languageList, translator) {
    const names = { auto: "themeAuto", light: "themeLight", dark: "themeDark" };
    const show = () => {
        themeList.replaceChildren(...Object.entries(names).map(([value, name]) =>
            element("option", { value, text: translator.text(name), selected: value === theme.get() })));
        languageList.replaceChildren(...Object.entries(LANGUAGES).map(([value, name]) =>
            element("option", { value, text: name, lang: value, selected: value === translator.language })));
    };
    themeList.addEventListener("change", () => theme.set(themeList.value));
    languageList.addEventListener("change", () => translator.choose(languageList.value));
    translator.onChange(show);
    show();
}
