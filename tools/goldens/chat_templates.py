"""Writes Tests/Goldens/chat-templates: what Jinja2, set up as transformers sets it up, makes of templates, and
what the rules of the built-in templates make of conversations."""

import datetime
import json

import jinja2
from transformers.utils import chat_template_utils

from . import common
from .chat_template_cases import EXPRESSIONS, FAILURES, MIXED, STATEMENTS
from .chat_template_families import CONVERSATIONS, FAMILIES, FOLDER as TEMPLATES, KEPT
from .chat_template_rules import TABLE, conversation, single, with_tools

FOLDER = common.GOLDENS / "chat-templates"
PACKAGES = ("jinja2", "transformers")
NOW = 1_700_000_000

# What a failure of Jinja2 or Python is called here. RuntimeErrors of the template are in `JinjaError.Kind`.
KINDS = {
    "TemplateError": "raised",
    "UndefinedError": "undefined",
    "SecurityError": "security",
    "TypeError": "type",
    "ValueError": "value",
    "IndexError": "value",
    "FilterArgumentError": "value",
    "KeyError": "value",
    "ZeroDivisionError": "value",
    "OverflowError": "limit",
    "TemplateSyntaxError": "syntax",
    "SyntaxError": "syntax",
    "TemplateAssertionError": "undefined-name",
}


def environment() -> jinja2.Environment:
    """The environment that transformers compiles templates in, with its clock stopped."""
    env = chat_template_utils._compile_jinja_template("").environment
    moment = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)
    env.globals["strftime_now"] = moment.strftime
    return env


def tagged(value):
    """JSON that keeps what plain JSON readers lose: the order of members, and 1.0 apart from 1."""
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, dict):
        return {"object": [[key, tagged(item)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return [tagged(item) for item in value]
    return value


def result(env: jinja2.Environment, template: str, context: dict) -> dict:
    try:
        return {"output": env.from_string(template).render(**context)}
    except Exception as error:
        kind = KINDS[type(error).__name__]
        # Other messages are Python's own words, which this project does not repeat.
        compared = kind == "raised" or kind == "undefined"
        return {"error": kind} | ({"message": str(error)} if compared else {})


def small_cases(env: jinja2.Environment) -> list[dict]:
    cases = [(template, MIXED) for template in EXPRESSIONS] + STATEMENTS
    golden = []
    for template, context in cases:
        outcome = result(env, template, context)
        if "output" not in outcome:
            raise SystemExit(f"fails, but is not among the failures: {template}: {outcome}")
        golden.append({"template": template, "context": tagged(context)} | outcome)
    for template, context, kind in FAILURES:
        outcome = result(env, template, context)
        if outcome.get("error") != kind:
            raise SystemExit(f"expected {kind}: {template}: {outcome}")
        golden.append({"template": template, "context": tagged(context)} | outcome)
    return golden


def family_cases(env: jinja2.Environment) -> list[dict]:
    golden = []
    for name, template in FAMILIES.items():
        is_long_list = (TEMPLATES / f"{name}.jinja").exists()
        for title in KEPT if is_long_list else CONVERSATIONS:
            given = CONVERSATIONS[title]
            for adds in (True,) if is_long_list else (True, False):
                context = {
                    "tools": None, "documents": None, "bos_token": "<s>", "eos_token": "</s>",
                    "add_generation_prompt": adds, **given,
                }
                golden.append(
                    {"family": name, "conversation": title, "addGenerationPrompt": adds}
                    | result(env, template, context)
                )
    return golden


def chat(*pairs: tuple[str, str]) -> list[dict]:
    return [{"role": role, "content": content} for role, content in pairs]


BUILTIN_CONVERSATIONS = {
    "one turn": chat(("user", "Hello {name}")),
    "two turns": chat(("user", "Hi"), ("assistant", "Hello!"), ("user", "How are \u4f60?")),
    "system": chat(("system", "Be kind."), ("user", "Hi"), ("assistant", "Yes"), ("user", "")),
    "later system": chat(("user", "Hi"), ("system", "Now in French."), ("user", "Go on")),
    "continued reply": chat(("user", "Count"), ("assistant", "One, two,")),
    "tool results": chat(
        ("user", "Hi"), ("assistant", "<function=f>{}</function>"), ("tool", "1"), ("tool", "2"),
        ("assistant", "Three"), ("tool", "4"),
    ),
}


BUILTIN_TOOLS = [
    {"name": name, "description": f"Does \u201c{name}\u201d.", "parameters": {"type": "object", "properties": {"x": {"type": "number"}}}}
    for name in ("add", "multiply")
]
BUILTIN_CALL = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"x": 1.0, "y": "\u00e9"}'}}
TOOL_CONVERSATIONS = {
    "tools": chat(("user", "Hi")),
    "tools and a system text": chat(("system", "Be kind."), ("user", "Hi")),
    "a call": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Well", "tool_calls": [BUILTIN_CALL, BUILTIN_CALL]},
        {"role": "tool", "content": "2", "tool_call_id": "1"}, {"role": "assistant", "content": "It is 2."},
        {"role": "user", "content": "Good"},
    ],
    "a call without content": [
        {"role": "user", "content": "Hi"}, {"role": "assistant", "content": None, "tool_calls": [BUILTIN_CALL]},
        {"role": "tool", "content": "2", "tool_call_id": "1"},
    ],
}


def tool_cases() -> list[dict]:
    return [
        {"name": name, "conversation": title, "prompt": with_tools(fields, messages, BUILTIN_TOOLS)}
        for name, fields in sorted(TABLE.items()) if "style" in fields or "tagged_tools" in fields
        for title, messages in TOOL_CONVERSATIONS.items()
    ]


def builtin_cases() -> list[dict]:
    golden = []
    for name, fields in sorted(TABLE.items()):
        prompts = {}
        for title, messages in BUILTIN_CONVERSATIONS.items():
            roles = {message["role"] for message in messages}
            if not (fields.get("rounds") and roles & {"system", "tool"}):
                prompts[title] = conversation(fields, messages)
        golden.append(
            {
                "name": name,
                "stopWords": fields["stop"],
                "prompts": [{"conversation": title, "prompt": text} for title, text in prompts.items()],
                "firstTurn": single(fields, "One?", True, 1),
                "laterTurn": single(fields, "Two?", False, 2),
            }
        )
    return golden


def main() -> None:
    common.check_versions(*PACKAGES)
    env = environment()
    versions = common.versions(*PACKAGES)
    common.write_json(
        FOLDER / "jinja.json", {"versions": versions, "utcSeconds": NOW, "cases": small_cases(env)}
    )
    common.write_json(
        FOLDER / "families.json",
        {
            "versions": versions,
            "utcSeconds": NOW,
            "templates": [{"family": name, "source": source} for name, source in FAMILIES.items()],
            "conversations": [
                {"title": title, "context": tagged(given)} for title, given in CONVERSATIONS.items()
            ],
            "cases": family_cases(env),
        },
    )
    common.write_json(
        FOLDER / "builtin.json",
        {
            "conversations": [
                {"title": title, "messages": messages} for title, messages in BUILTIN_CONVERSATIONS.items()
            ],
            "templates": builtin_cases(),
            "tools": json.dumps(BUILTIN_TOOLS, ensure_ascii=False),
            "toolConversations": [
                {"title": title, "messages": json.dumps(messages, ensure_ascii=False)}
                for title, messages in TOOL_CONVERSATIONS.items()
            ],
            "toolPrompts": tool_cases(),
        },
    )


if __name__ == "__main__":
    main()
