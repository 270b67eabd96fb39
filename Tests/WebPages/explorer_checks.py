"""The API explorer: reading the document, trying calls."""

import json
import subprocess

from browser import PHONE, check, expect
from chat_view_checks import NAMELESS, expect_contrast


@check(live=True)
def the_explorer_lists_and_filters_operations(visit):
    page = visit.open("/")
    links = page.locator("#operations a")
    count = links.count()
    expect(count >= 3, f"{count} operations are listed")
    page.fill("#filter", "chat/compl")
    expect(0 < links.count() < count, "the filter does not filter")
    links.first.click()
    heading = page.locator("#operation h1")
    visit.wait_for_text(heading, "/v1/chat/completions")
    fields = page.locator(".field-name code").all_inner_texts()
    expect({"model", "messages", "temperature"} <= set(fields), f"fields are {fields}")
    expect(fields[0] in ("model", "messages"), "required fields do not come first")
    visit.screenshot("fields")


@check(live=True)
def a_call_is_tried_from_the_explorer(visit):
    page = visit.open("/")
    page.fill("#filter", "v1/models")
    page.locator("#operations a").first.click()
    page.get_by_role("button", name="Send", exact=True).click()
    visit.wait_for_text(page.locator(".status"), "200")
    body = json.loads(visit.wait_for_text(page.locator(".answer-body"), r"\}\s*$"))
    expect(body["object"] == "list", f"answered {body}")
    page.locator(".headers summary").click()
    visit.wait_for_text(page.locator(".headers"), "content-type")


@check()
def fields_have_types_ranges_and_defaults(visit):
    page = visit.open("/#createChatCompletion")
    row = lambda name: page.locator(".field", has=page.locator(f".field-name code:text-is('{name}')")).first
    expect("number or null · [0, 2]" in row("temperature").inner_text(), row("temperature").inner_text())
    expect("default 0.7" in row("temperature").inner_text(), "no default")
    expect("integer · ≥ 1\n" in row("max_tokens").inner_text() + "\n", row("max_tokens").inner_text())
    expect("(0, 1]" in row("top_p").inner_text(), "no open range")
    expect("string or array of object" in row("messages").inner_text(), "no choice of types")
    row("messages").locator("summary").click()
    expect('"system" or "user"' in row("messages").inner_text(), "no inner fields")
    page.get_by_role("button", name="Put max_tokens into the body").click()
    body = json.loads(page.locator("#request-body").input_value())
    expect(body == {"model": "mock-135m", "messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 1},
           f"the body is {body}")


@check()
def the_curl_line_does_the_same(visit):
    page = visit.open("/#encode")
    page.fill("#request-body", '{"input": "it\'s 中文 $HOME"}')
    line = page.locator(".code-box code").inner_text()
    answer = subprocess.run(["bash", "-c", line + " -s"], capture_output=True, check=True, timeout=20).stdout
    page.get_by_role("button", name="Send", exact=True).click()
    visit.wait_for_text(page.locator(".status"), "200")
    shown = json.loads(visit.wait_for_text(page.locator(".answer-body"), r"\}\s*$"))
    expect(json.loads(answer) == shown, f"curl got {answer}, the page {shown}")
    sent = visit.requests("/v1/encode")
    expect(sent[0] == sent[1] == {"input": "it's 中文 $HOME"}, f"sent {sent}")


@check()
def streams_are_shown_as_they_come(visit):
    page = visit.open("/#createChatCompletion")
    body = {"model": "m", "messages": [{"role": "user", "content": "slow"}], "stream": True}
    page.fill("#request-body", json.dumps(body))
    page.get_by_role("button", name="Send", exact=True).click()
    shown = page.locator(".answer-body")
    visit.wait_for_text(shown, "word3")
    expect("word40" not in shown.inner_text(), "the stream is shown at its end")
    page.get_by_role("button", name="Stop", exact=True).click()
    visit.wait_for_text(page.locator(".answer"), "stopped after")
    visit.wait_until(lambda: visit.state.disconnects == 1, "the server was not told")


@check()
def mistakes_in_a_call_are_named(visit):
    page = visit.open("/#createChatCompletion")
    page.fill("#request-body", '{"model": ')
    visit.wait_for_text(page.locator(".request .field-error").first, "Not valid JSON")
    page.get_by_role("button", name="Send", exact=True).click()
    visit.wait_for_text(page.locator(".status"), "400")
    visit.wait_for_text(page.locator(".answer-body"), "the body is not valid JSON")
    page.fill("#filter", "sessions")
    page.locator("#operations a").first.click()
    page.wait_for_selector("#parameter-session")
    page.fill("#parameter-session", "")
    page.get_by_role("button", name="Send", exact=True).click()
    visit.wait_for_text(page.locator(".request .field-error").first, "session")
    page.fill("#parameter-session", "a/b")
    page.fill("#parameter-verbose", "true")
    visit.wait_for_text(page.locator(".code-box code"), r"/v1/sessions/a%2Fb\?verbose=true")


@check()
def the_explorer_asks_for_the_key(visit):
    visit.state.key = "secret-2"
    page = visit.open("/#listModels")
    page.wait_for_selector("#key-dialog[open]")
    page.fill("#key", "secret-2")
    page.press("#key", "Enter")
    page.get_by_role("button", name="Send", exact=True).click()
    visit.wait_for_text(page.locator(".status"), "200")
    line = page.locator(".code-box code").inner_text()
    expect("$API_KEY" in line and "secret-2" not in line, f"the line is {line!r}")


@check(live=True, viewport=PHONE, has_touch=True, is_mobile=True, locale="zh-CN", color_scheme="dark")
def the_explorer_fits_a_phone(visit):
    page = visit.open("/")
    visit.expect_no_overflow()
    expect(page.locator("#enter-key").text_content() == "API 密钥", "the page is not in Chinese")
    page.locator("#operations a").nth(1).click()
    page.wait_for_selector(".request")
    visit.expect_no_overflow()
    expect_contrast(page)
    nameless = page.evaluate(NAMELESS)
    expect(not nameless, f"without a name: {nameless}")
    visit.screenshot("phone")
