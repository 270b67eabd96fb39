"""What the chat page does with messages, replies and conversations."""

import json
import re

from browser import check, expect


@check(live=True)
def a_reply_streams_and_its_speed_is_shown(visit):
    visit.open()
    reply = visit.ask("Say hello.", seconds=120)
    expect(reply.locator(".message-body").inner_text().strip() != "", "the reply is empty")
    facts = reply.locator(".facts").inner_text()
    expect(re.search(r"first token \d+\.\d\d s", facts), f"no time to the first token in {facts!r}")
    expect(re.search(r"\d+ tokens", facts), f"no number of tokens in {facts!r}")
    visit.screenshot("reply")


@check()
def markdown_is_shown_and_nothing_in_it_runs(visit):
    page = visit.open()
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    body = visit.ask("markdown").locator(".message-body")
    counts = body.evaluate("""body => Object.fromEntries(
        ["strong", "em", "del", "table", "td", "th", "li", "li.task", "blockquote", "pre", "script", "img", "iframe"]
            .map((name) => [name, body.querySelectorAll(name).length]))""")
    expected = {"strong": 2, "em": 1, "del": 1, "table": 1, "td": 6, "th": 3, "li": 6, "li.task": 2, "blockquote": 1,
                "pre": 1, "script": 0, "img": 0, "iframe": 0}
    expect(counts == expected, f"found {counts}, expected {expected}")
    expect(page.evaluate("window.injected") is None, "text of the model ran as code")
    links = body.evaluate("body => [...body.querySelectorAll('a')].map((a) => [a.href, a.rel, a.target])")
    expect([href for href, _, _ in links] == ["https://example.org/a_(b)", "https://example.org/picture.png"],
           f"links are {links}")
    expect(all("noopener" in rel and target == "_blank" for _, rel, target in links), f"links are {links}")
    page.click(".copy-code")
    copied = page.evaluate("navigator.clipboard.readText()")
    expect(copied.startswith("// Reverses the list") and copied.endswith("\n}"), f"copied {copied!r}")
    visit.screenshot("markdown")


@check()
def the_request_says_what_was_asked(visit):
    visit.open()
    visit.ask("first")
    visit.ask("second")
    request = visit.requests()[-1]
    expect([m["role"] for m in request["messages"]] == ["user", "assistant", "user"], f"sent {request}")
    expect(request["stream"] is True and request["stream_options"] == {"include_usage": True}, f"sent {request}")
    expect(request["model"] == "mock-135m", f"sent {request}")
    fields = {"model", "messages", "stream", "stream_options"}
    expect(set(request) == fields, f"fields that nobody set are sent: {set(request) - fields}")


@check()
def a_reply_can_be_stopped(visit):
    page = visit.open()
    visit.send("slow")
    visit.wait_for_text(page.locator(".message.assistant").last, "word2")
    page.click("#stop")
    reply = visit.wait_for_reply()
    expect("stopped" in reply.locator(".facts").inner_text(), "the reply is not marked as stopped")
    text = reply.locator(".message-body").inner_text()
    expect("word2" in text and "word50" not in text, f"kept {text!r}")
    visit.wait_until(lambda: visit.state.disconnects == 1, "the server was not told")
    visit.ask("after")


@check(live=True)
def what_had_come_before_a_stop_is_kept(visit):
    page = visit.open()
    visit.send("slow" if visit.state else "Tell me a very long story about a lighthouse keeper and the sea.")
    body = page.locator(".message.assistant .message-body").last
    visit.wait_until(lambda: body.inner_text().strip() != "", "no text comes", seconds=120)
    page.keyboard.press("Escape")
    reply = visit.wait_for_reply()
    expect("stopped" in reply.locator(".facts").inner_text(), "the reply is not marked as stopped")
    kept = body.inner_text()
    page.wait_for_timeout(500)
    expect(kept.strip() != "" and body.inner_text() == kept, f"{kept!r} has become {body.inner_text()!r}")


@check(live=True)
def a_reload_keeps_the_conversation(visit):
    page = visit.open()
    body = visit.ask("Count to three.", seconds=120).locator(".message-body").inner_text()
    visit.open()
    expect(page.locator(".message.user .message-body").inner_text() == "Count to three.", "the message is gone")
    again = page.locator(".message.assistant .message-body").inner_text()
    expect(again == body, f"the reply was {body!r} and is {again!r}")
    expect(page.locator(".conversation").count() == 1, "the list has not one conversation")


@check()
def a_reload_in_the_middle_keeps_what_was_there(visit):
    page = visit.open()
    visit.send("slow")
    # Long enough for one saving.
    visit.wait_for_text(page.locator(".message.assistant").last, "word22", seconds=8)
    visit.open()
    reply = page.locator(".message.assistant").last
    expect("word5" in reply.inner_text(), f"kept {reply.inner_text()!r}")
    expect("broken off" in reply.inner_text(), "the reply is not marked as broken off")
    expect(page.locator("#send").is_visible(), "the page still waits")


@check()
def another_reply_stands_beside_the_first(visit):
    page = visit.open()
    first = visit.ask("again").locator(".message-body").inner_text()
    page.get_by_role("button", name="Regenerate").click()
    page.wait_for_selector(".versions")
    second = visit.wait_for_reply().locator(".message-body").inner_text()
    expect(first.endswith("#1") and second.endswith("#2"), f"the replies are {first!r} and {second!r}")
    expect("2/2" in page.locator(".versions").inner_text(), "no count of versions")
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".message.assistant .message-body").inner_text() == first, "the first reply is gone")


@check()
def editing_a_message_makes_a_branch(visit):
    page = visit.open()
    visit.ask("one")
    visit.ask("two")
    page.locator(".message.user").first.hover()
    page.get_by_role("button", name="Edit").first.click()
    page.fill(".message-editor textarea", "changed")
    page.press(".message-editor textarea", "Enter")
    visit.wait_until(lambda: len(visit.requests()) == 3, "the changed message was not sent")
    visit.wait_for_reply()
    expect(visit.requests()[-1]["messages"] == [{"role": "user", "content": "changed"}], "the old branch was sent")
    expect(page.locator(".message").count() == 2, "the old branch is shown")
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".message").count() == 4, "the old branch is gone")


@check()
def conversations_are_named_deleted_restored_and_exported(visit):
    page = visit.open()
    visit.ask("about cats")
    page.click("#new-chat")
    visit.ask("about dogs")
    names = lambda: page.locator(".conversation").all_inner_texts()
    expect(names() == ["about dogs", "about cats"], f"the list has {names()}")
    page.locator(".conversation", has_text="cats").click()
    expect(page.locator(".message.user .message-body").inner_text() == "about cats", "the wrong conversation is open")

    more = page.get_by_role("button", name="More for “about cats”")
    more.click()
    page.get_by_role("button", name="Rename").click()
    page.fill("#new-name", "Felines")
    page.press("#new-name", "Enter")
    visit.wait_until(lambda: "Felines" in names(), "the new name is not shown")

    page.get_by_role("button", name="More for “Felines”").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as JSON").click()
    exported = json.loads(download.value.path().read_text())
    expect(exported["title"] == "Felines" and len(exported["nodes"]) == 2, "the export is not the conversation")
    page.get_by_role("button", name="More for “Felines”").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as Markdown").click()
    expect("You said: about cats" in download.value.path().read_text(), "the Markdown has no reply")

    page.get_by_role("button", name="More for “Felines”").click()
    page.get_by_role("button", name="Delete").click()
    visit.wait_until(lambda: names() == ["about dogs"], f"after deleting, the list has {names()}")
    page.get_by_role("button", name="Undo").click()
    visit.wait_until(lambda: "Felines" in names(), "the deleted conversation did not come back")
    visit.open()
    visit.wait_until(lambda: "Felines" in names(), "what came back was not kept")


@check()
def settings_are_sent_and_kept_in_their_ranges(visit):
    page = visit.open()
    page.click("#open-settings")
    page.fill("#system", "Be brief.")
    values = {"temperature": "0.2", "top_p": "0.9", "top_k": "12", "repetition_penalty": "1.1", "max_tokens": "77",
              "seed": "9007199254740991"}
    for name, value in values.items():
        page.fill(f"#sampling-{name}", value)
    page.fill("#sampling-temperature", "3")
    visit.screenshot("settings")
    error = page.locator("#sampling-temperature-error").inner_text()
    expect("0" in error and "2" in error, f"the error is {error!r}")
    page.fill("#sampling-top_k", "1.5")
    expect("whole" in page.locator("#sampling-top_k-error").inner_text(), "a fraction is accepted")
    page.get_by_role("button", name="Done").click()
    visit.ask("hello")
    request = visit.requests()[-1]
    expect(request["messages"][0] == {"role": "system", "content": "Be brief."}, f"sent {request['messages']}")
    sent = {name: request[name] for name in values}
    expected = {"temperature": 0.2, "top_p": 0.9, "top_k": 12, "repetition_penalty": 1.1, "max_tokens": 77,
                "seed": 9007199254740991}
    expect(sent == expected, f"sent {sent}")
    page.click("#open-settings")
    page.get_by_role("button", name="Reset all").click()
    page.get_by_role("button", name="Done").click()
    visit.ask("hello")
    expect("seed" not in visit.requests()[-1], "a reset field is sent")


@check()
def errors_say_what_happened_and_what_to_do(visit):
    page = visit.open()
    cases = [
        ("too long", "9000 tokens", "Shorten", "New chat"),
        ("busy", "Too many requests", "7 s", "Try again"),
        ("refuse 500", "as asked for", "log", "Try again"),
        ("refuse 404", "as asked for", "choose one", "Read the models again"),
        ("break", "You", "broke off", "Try again"),
        ("fail", "The engine has stopped.", "Try again", "Try again"),
    ]
    for message, said, advice, button in cases:
        reply = visit.ask(message)
        text = reply.inner_text()
        expect(said in text and advice in text, f"{message}: {text!r}")
        expect(reply.locator(".error-card button").inner_text() == button, f"{message}: no button {button!r}")
    visit.screenshot("error")
    page.route("**/v1/chat/completions", lambda route: route.abort())
    expect("cannot be reached" in visit.ask("hello").inner_text(), "a dead server is not explained")
    page.unroute("**/v1/chat/completions")
    page.locator(".error-card").last.get_by_role("button", name="Try again").click()
    visit.wait_for_text(page.locator(".message.assistant").last, "You said: hello")


@check()
def a_key_is_asked_for_and_forgotten_with_the_tab(visit):
    visit.state.key = "secret-1"
    page = visit.open()
    page.wait_for_selector("#key-dialog[open]")
    page.fill("#key", "wrong")
    page.press("#key", "Enter")
    page.wait_for_selector("#key-dialog[open]")
    visit.screenshot("key")
    page.fill("#key", "secret-1")
    page.get_by_role("button", name="Save").click()
    visit.wait_until(lambda: page.locator("#model").input_value() == "mock-135m", "no models with the right key")
    expect(page.locator("#notice").is_hidden(), "the notice stays")
    expect("You said: hello" in visit.ask("hello").inner_text(), "no reply with the right key")
    kept = page.evaluate("JSON.stringify({...localStorage}) + document.cookie")
    expect("secret-1" not in kept, "the key outlives the tab")
    other = visit.new_page()
    visit.open(page=other)
    other.wait_for_selector("#key-dialog[open]")


@check()
def another_tab_sees_what_happens(visit):
    visit.open()
    other = visit.new_page()
    visit.open(page=other)
    visit.ask("from the first tab")
    visit.wait_until(
        lambda: other.locator(".conversation").all_inner_texts() == ["from the first tab"],
        "the other tab does not list the conversation")


@check()
def a_chosen_model_is_asked_and_remembered(visit):
    page = visit.open()
    page.select_option("#model", "mock-500m")
    visit.ask("hello")
    expect(visit.requests()[-1]["model"] == "mock-500m", "another model was asked")
    visit.open()
    expect(page.locator("#model").input_value() == "mock-500m", "the choice is forgotten")


@check()
def reasoning_folds_away(visit):
    visit.open()
    reply = visit.ask("think")
    expect(reply.locator(".message-body").inner_text() == "Four.", "the answer is not alone")
    expect(reply.locator(".reasoning p").is_hidden(), "the reasoning is not folded")
    reply.locator("summary").click()
    expect(reply.locator(".reasoning p").inner_text() == "Two and two are four.", "the reasoning is not there")


@check()
def servers_that_do_less_are_understood(visit):
    visit.open()
    reply = visit.ask("unstreamed")
    expect("You said: unstreamed" in reply.inner_text(), "a reply in one piece is not shown")
    facts = visit.ask("uncounted").locator(".facts").inner_text()
    expect("about" in facts, f"a guess is not called one: {facts!r}")
