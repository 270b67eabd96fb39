"""How the chat page looks, sounds and is used: languages, themes, widths, keyboard, screen readers."""

from browser import PHONE, check, expect

NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea, a[href], summary, [role=region]")]
    .filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.length
        || node.getAttribute("aria-labelledby")))
    .map((node) => node.outerHTML.slice(0, 120))"""

CONTRASTS = """() => {
    const pairs = [["--ink", "--ground"], ["--ink", "--surface"], ["--ink", "--raised"], ["--ink", "--accent-soft"],
        ["--ink", "--code-ground"], ["--ink", "--danger-soft"], ["--muted", "--ground"], ["--muted", "--surface"],
        ["--muted", "--raised"], ["--muted", "--code-ground"], ["--accent", "--ground"], ["--accent", "--surface"],
        ["--accent-ink", "--accent"], ["--danger", "--danger-soft"], ["--danger", "--surface"],
        ["--warning", "--ground"], ["--ground", "--ink"], ["--token-comment", "--code-ground"],
        ["--token-string", "--code-ground"], ["--token-number", "--code-ground"], ["--token-keyword", "--code-ground"],
        ["--token-number", "--ground"], ["--accent", "--accent-soft"]];
    const probe = document.body.appendChild(document.createElement("i"));
    const luminance = (name) => {
        probe.style.color = `var(${name})`;
        const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number).map((value) => value / 255)
            .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    return pairs.map(([front, back]) => {
        const [light, dark] = [luminance(front), luminance(back)].sort((left, right) => right - left);
        return [front, back, (light + 0.05) / (dark + 0.05)];
    });
}"""


def expect_contrast(page):
    weak = [pair for pair in page.evaluate(CONTRASTS) if pair[2] < 4.5]
    expect(not weak, f"less contrast than 4.5: {weak}")


@check()
def light_and_dark_can_be_read(visit):
    page = visit.open()
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    expect_contrast(page)
    page.select_option("#theme", "dark")
    expect(page.evaluate(background) != light, "dark is not dark")
    expect_contrast(page)
    visit.ask("markdown")
    visit.screenshot("dark")
    visit.open()
    expect(page.evaluate("document.documentElement.dataset.theme") == "dark", "the theme is forgotten")
    page.select_option("#theme", "auto")
    expect(page.evaluate(background) == light, "auto does not follow the system")
    page.emulate_media(color_scheme="dark")
    expect(page.evaluate(background) != light, "auto does not follow the system")


@check(locale="zh-CN")
def chinese_follows_the_browser_and_can_be_changed(visit):
    page = visit.open()
    expect(page.locator("#new-chat").inner_text() == "新对话", "the page is not in Chinese")
    expect(page.evaluate("document.documentElement.lang") == "zh-CN", "the page does not say its language")
    reply = visit.ask("markdown")
    expect("首个 token" in reply.inner_text(), "the facts are not in Chinese")
    visit.ask("busy")
    visit.screenshot("chinese")
    page.select_option("#language", "en")
    expect(page.locator("#new-chat").inner_text() == "New chat", "the page is not in English")
    expect("first token" in page.locator(".message.assistant").first.inner_text(), "messages are not in English")
    visit.open()
    expect(page.locator("#new-chat").inner_text() == "New chat", "the language is forgotten")


@check(live=True, viewport=PHONE, has_touch=True, is_mobile=True)
def a_phone_shows_everything(visit):
    page = visit.open()
    visit.expect_no_overflow()
    visit.ask("markdown", seconds=120)
    visit.expect_no_overflow()
    visit.screenshot("phone")
    page.click("#open-menu")
    expect(page.locator("#new-chat").is_visible(), "the menu does not open")
    visit.expect_no_overflow()
    visit.screenshot("phone-menu")
    page.keyboard.press("Escape")
    expect(page.locator("#new-chat").is_hidden(), "Escape does not close the menu")
    page.click("#open-settings")
    visit.expect_no_overflow()
    visit.screenshot("phone-settings")
    small = page.evaluate("""() => [...document.querySelectorAll("#settings button, .top button, .composer button")]
        .filter((node) => node.checkVisibility()).map((node) => node.getBoundingClientRect())
        .filter((box) => Math.min(box.width, box.height) < 32).length""")
    expect(small == 0, f"{small} buttons are too small for a finger")


@check()
def everything_can_be_done_with_the_keyboard(visit):
    page = visit.open()
    press = page.keyboard.press
    active = lambda: page.evaluate("document.activeElement.id || document.activeElement.className")
    expect(active() == "message", f"at first, {active()!r} has the focus")
    page.keyboard.type("slow")
    press("Shift+Enter")
    expect(page.locator("#message").input_value() == "slow\n", "Shift+Enter begins no line")
    press("Backspace")
    press("Enter")
    visit.wait_for_text(page.locator(".message.assistant").last, "word1")
    press("Escape")
    reply = visit.wait_for_reply()
    expect("stopped" in reply.inner_text(), "Escape does not stop the reply")
    press("ArrowUp")
    expect(page.evaluate("document.activeElement.closest('.message-editor') !== null"), "ArrowUp does not edit")
    press("Escape")
    expect(page.locator(".message-editor").count() == 0, "Escape does not leave the editor")
    press("/")
    expect(active() == "message", "the slash does not go to the message")
    page.click("#open-settings")
    press("Escape")
    expect(active() == "open-settings", "a closed dialog does not give the focus back")


@check()
def the_focus_can_always_be_seen(visit):
    page = visit.open()
    visit.ask("markdown")
    seen = []
    for _ in range(45):
        page.keyboard.press("Tab")
        stop = page.evaluate("""() => {
            const node = document.activeElement;
            const style = getComputedStyle(node);
            const box = node.closest(".composer");
            const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
                || (box !== null && getComputedStyle(box).borderTopColor !== getComputedStyle(document.body).color);
            return [node.id || node.className || node.localName, shown, node === document.body];
        }""")
        # Between the last element and the first lies the page itself.
        if not stop[2]:
            seen.append(stop)
    hidden = [name for name, shown, _ in seen if not shown]
    expect(not hidden, f"no visible focus: {hidden}")
    names = {name for name, _, _ in seen}
    wanted = {"skip-link", "new-chat", "theme", "language", "model", "open-settings", "message", "table-box"}
    expect(wanted <= names, f"the Tab key does not reach {wanted - names}")


@check()
def screen_readers_hear_sentences(visit):
    page = visit.open()
    visit.send("slow")
    region = page.locator("#announcer")
    visit.wait_until(lambda: "word3." in region.text_content(), "nothing is said while the reply grows")
    expect(page.locator(".message.assistant").get_attribute("aria-busy") == "true", "the reply is not busy")
    page.keyboard.press("Escape")
    visit.wait_until(lambda: "Reply stopped." in region.text_content(), "the end is not said")
    said = [line for line in region.locator("p").all_text_contents()]
    expect(len(said) == len(set(said)), f"said twice: {said}")
    visit.ask("markdown")
    visit.ask("busy")
    nameless = page.evaluate(NAMELESS)
    expect(not nameless, f"without a name: {nameless}")
    expect(page.locator(".error-card[role=alert]").count() == 1, "an error is not an alert")
    page.click("#open-settings")
    nameless = page.evaluate(NAMELESS)
    expect(not nameless, f"without a name: {nameless}")


@check(reduced_motion="reduce")
def motion_stops_where_it_is_not_wanted(visit):
    page = visit.open()
    visit.send("slow")
    visit.wait_for_text(page.locator(".message.assistant").last, "word1")
    seconds = page.evaluate(
        "getComputedStyle(document.querySelector('.streaming .message-body > :last-child'), '::after')"
        ".animationDuration")
    expect(seconds in ("0.01ms", "1e-05s", "0.00001s"), f"the cursor blinks for {seconds}")
    page.click("#stop")


@check()
def a_long_reply_is_followed_until_the_reader_looks_elsewhere(visit):
    page = visit.open()
    reply = visit.ask("long", seconds=20)
    expect("line 599" in reply.inner_text(), "the reply is not whole")
    expect("limit of tokens" in reply.inner_text(), "the reason for the end is not said")
    distance = "(() => { const s = document.getElementById('scroller');" \
        " return s.scrollHeight - s.scrollTop - s.clientHeight; })()"
    expect(page.evaluate(distance) < 4, "the page did not follow the reply")
    expect(page.locator("#latest").is_hidden(), "there is a button to where the reader is")
    page.evaluate("document.getElementById('scroller').scrollTop = 0")
    page.wait_for_selector("#latest:not([hidden])")
    visit.send("slow")
    visit.wait_for_text(page.locator(".message.assistant").last, "word2")
    page.evaluate("document.getElementById('scroller').scrollTop = 100")
    page.wait_for_timeout(400)
    expect(page.evaluate("document.getElementById('scroller').scrollTop") == 100, "the page pulls the reader away")
    page.click("#latest")
    expect(page.evaluate(distance) < 80, "the button does not go to the end")
    page.click("#stop")


@check()
def selections_survive_a_growing_reply(visit):
    page = visit.open()
    visit.send("slow")
    visit.wait_for_text(page.locator(".message.assistant").last, "word3")
    page.click("#stop")
    visit.send("markdown")
    page.wait_for_selector(".message.assistant:last-child h4")
    page.evaluate("""getSelection().selectAllChildren([...document.querySelectorAll("h4")].at(-1))""")
    visit.wait_for_reply()
    expect(page.evaluate("getSelection().toString()") == "A small tour", "the selection is lost")
