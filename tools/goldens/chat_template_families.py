"""Chat templates in the constructs of published model families, and conversations for them.

The templates are written for these goldens: they use the statements, filters and whitespace control that the
families' templates use, with the families' special tokens, and words of their own.
"""

import pathlib

CHATML = """\
{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are a small model that answers briefly<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}"""

LLAMA2 = """\
{% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set system = messages[0]['content'] %}\
{% else %}{% set rest = messages %}{% set system = false %}{% endif %}\
{% for message in rest %}\
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('The roles must alternate: user, assistant, user, and so on') }}{% endif %}\
{% if loop.index0 == 0 and system != false %}\
{% set content = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + message['content'] %}\
{% else %}{% set content = message['content'] %}{% endif %}\
{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}\
{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"""

LLAMA3 = """\
{% set loop_messages = messages %}
{% for message in loop_messages %}
{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}
{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}
{{- content }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}
"""

LLAMA31 = """\
{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not first_message_has_tools is defined %}
    {%- set first_message_has_tools = true %}
{%- endif %}
{%- if not today is defined %}
    {%- if strftime_now is defined %}
        {%- set today = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set today = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system text leaves the list, so that what follows sees turns only. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_text = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_text = "" %}
{%- endif %}

{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\n" }}
{%- endif %}
{{- "Knowledge ends: December 2023\n" }}
{{- "Today: " + today + "\n\n" }}
{%- if tools is not none and not first_message_has_tools %}
    {{- "These functions can be called. Answer with JSON to call one.\n\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
{%- endif %}
{{- system_text }}
{{- "<|eot_id|>" }}

{%- if first_message_has_tools and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first_message = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("Tools cannot go into the first user message, because there is none!") }}
    {%- endif %}
    {{- '<|start_header_id|>user<|end_header_id|>\n\n' -}}
    {{- "Call one of these functions if that helps, as " }}
    {{- '{"name": name of the function, "parameters": arguments by name}. ' }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
    {{- first_message + "<|eot_id|>"}}
{%- endif %}

{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("Only one function can be called at a time!") }}
        {%- endif %}
        {%- set call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}
        {{- '{"name": "' + call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\n\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""

QWEN2 = """\
{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}\
{{ '<|im_start|>system\nYou are the model under test.<|im_end|>\n' }}{% endif %}\
{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}\
{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""

QWEN25 = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are the model under test.' }}
    {%- endif %}
    {{- "\\n\\n# Tools\\n\\nThese functions are at hand:\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools>\\n\\nTo call one, write\\n<tool_call>\\n{\\"name\\": <name>, \\"arguments\\": <object>}\\n</tool_call><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are the model under test.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\\n<tool_call>\\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- message.content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

REASONING = """\
{%- set ns = namespace(system='', last_user=-1, in_tools=false) -%}
{%- for m in messages -%}
  {%- if m.role == 'system' -%}{%- set ns.system = ns.system ~ ('\\n\\n' if ns.system else '') ~ m.content -%}{%- endif -%}
  {%- if m.role == 'user' -%}{%- set ns.last_user = loop.index0 -%}{%- endif -%}
{%- endfor -%}
{%- macro think(text) -%}{%- if text -%}<think>
{{ text | trim }}
</think>

{% endif -%}{%- endmacro -%}
{{ bos_token }}{{ ns.system }}
{%- for m in messages | rejectattr('role', 'equalto', 'system') -%}
  {%- if m['role'] == 'user' -%}<|User|>{{ m['content'] }}
  {%- elif m['role'] == 'assistant' -%}<|Assistant|>
    {%- set content = m.content or '' -%}
    {%- set reasoning = m.reasoning_content | default('') -%}
    {%- if not reasoning and '</think>' in content -%}
      {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') -%}
      {%- set content = content.split('</think>')[-1].lstrip('\\n') -%}
    {%- endif -%}
    {%- if loop.last or loop.index0 > ns.last_user -%}{{ think(reasoning) }}{%- endif -%}
    {{ content }}{% generation %}{{ eos_token }}{% endgeneration %}
  {%- elif m['role'] == 'tool' -%}
    {%- if loop.previtem is undefined or loop.previtem.role != 'tool' -%}<|tools|>{%- endif -%}
    [{{ m.content }}]
    {%- if loop.last or loop.nextitem.role != 'tool' -%}</|tools|>{%- endif -%}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|Assistant|><think>
{% endif %}"""

# More families, one file each: what real ones use in tools, reasoning, parts of content, documents and macros.
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "conformance" / "templates"

FAMILIES = {
    "chatml": CHATML,
    "llama-2": LLAMA2,
    "llama-3": LLAMA3,
    "llama-3.1": LLAMA31,
    "qwen2": QWEN2,
    "qwen2.5": QWEN25,
    "reasoning": REASONING,
} | {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.jinja"))}


def message(role, content, **more):
    return {"role": role, "content": content, **more}


WEATHER = {
    "type": "function",
    "function": {
        "name": "current_weather",
        "description": "Weather at a place, in \u00b0C \u2013 \"now\" & <soon>",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "Town, e.g. K\u00f6ln"},
                "days": {"type": "integer", "minimum": 0, "default": None},
            },
            "required": ["place"],
        },
    },
}
CALL = [
    {"type": "function", "function": {"name": "current_weather", "arguments": {"place": "K\u00f6ln", "days": 1}}}
]

CONVERSATIONS = {
    "one turn": {"messages": [message("user", "How do tides work?")]},
    "system": {"messages": [message("system", "Answer in rhyme."), message("user", "Hello")]},
    "multi-turn": {
        "messages": [
            message("system", "  Be brief. \n"), message("user", " One "), message("assistant", "Two"),
            message("user", "Three"), message("assistant", "Four\n"), message("user", "Five"),
        ]
    },
    "unicode": {
        "messages": [
            message("user", "\u4f60\u597d\uff0c\u4e16\u754c \U0001f44b\U0001f3fd e\u0301 \u00e9 \u202e\u200b"),
            message("assistant", "\u041f\u0440\u0438\u0432\u0435\u0442 \u0660"), message("user", "\u00a0nbsp\u00a0\u3000"),
        ]
    },
    "template syntax": {
        "messages": [message("user", "{{ messages }} {% if x %} {# c #} <|im_end|> ' \" \\n \\ {{'a'}}")]
    },
    "empty content": {"messages": [message("user", ""), message("assistant", ""), message("user", " \n ")]},
    "two users": {"messages": [message("user", "a"), message("user", "b")]},
    "assistant last": {"messages": [message("user", "a"), message("assistant", "b")]},
    "tools": {"messages": [message("system", "Use tools."), message("user", "Weather?")], "tools": [WEATHER]},
    "tools without system": {"messages": [message("user", " Weather? ")], "tools": [WEATHER, WEATHER]},
    "tool call": {
        "messages": [
            message("user", "Weather in K\u00f6ln?"), message("assistant", "", tool_calls=CALL),
            message("tool", "{\"celsius\": 4}"), message("tool", "{\"wind\": \"N\"}"),
            message("assistant", "Cold."), message("user", "Thanks"),
        ],
        "tools": [WEATHER],
    },
    "two calls": {
        "messages": [message("user", "a"), message("assistant", "x", tool_calls=CALL + CALL)], "tools": [WEATHER]
    },
    "tools in the system message": {
        "messages": [message("user", "a")], "tools": [WEATHER], "first_message_has_tools": False
    },
    "tools without messages": {"messages": [message("system", "s")], "tools": [WEATHER]},
    "thinking": {
        "messages": [
            message("user", "a"), message("assistant", "<think>\nhm\n</think>\n\nb"), message("user", "c"),
            message("assistant", "d", reasoning_content=" ok "),
        ]
    },
    "structured content": {"messages": [message("user", [{"type": "text", "text": "a"}])]},
    "no messages": {"messages": []},
    "no content": {
        "messages": [
            message("user", "a"), message("assistant", None, tool_calls=[{"id": "call00001"} | CALL[0]]),
            message("tool", "1", tool_call_id="call00001", name="current_weather"), message("user", "b"),
        ],
        "tools": [WEATHER],
    },
    "arguments as text": {
        "messages": [
            message("user", "a"),
            message("assistant", "", tool_calls=[
                {"id": "call00002", "type": "function", "function": {"name": "f", "arguments": "{\"x\": \"\u00e9\"}"}}]),
            message("tool", "x", tool_call_id="call00002"),
        ],
    },
    "several steps": {
        "messages": [
            message("system", "s"), message("user", "a"),
            message("assistant", "", reasoning_content="first", thinking="first",
                    tool_calls=[{"id": "call00003"} | CALL[0]]),
            message("tool", "{\"celsius\": -1.5}", tool_call_id="call00003"),
            message("assistant", "", tool_calls=[{"id": "call00004"} | CALL[0]]),
            message("tool", "{\"celsius\": 2e3}", tool_call_id="call00004"),
        ],
        "tools": [WEATHER],
    },
    "documents": {
        "messages": [message("user", "Who?")],
        "documents": [{"title": "A", "text": "One."}, {"title": "B \u2013", "text": "Two\nlines"}],
    },
    "without thinking": {
        "messages": [message("system", "/no_think"), message("user", "a")], "enable_thinking": False,
        "reasoning_effort": "low",
    },
    "parts": {
        "messages": [
            message("system", [{"type": "text", "text": " s "}]),
            message("user", [{"type": "text", "text": "a"}, {"type": "text", "text": " b"}]),
            message("assistant", "c"), message("user", [{"type": "text", "text": ""}]),
        ]
    },
    "unknown role": {"messages": [message("user", "a"), message("critic", "b")]},
    "later system": {"messages": [message("user", "a"), message("system", "b"), message("user", "c")]},
}

# Too long for the golden files: compared live only.
LONG = {
    "long": {
        "messages": [
            message("user" if index % 2 == 0 else "assistant", f"{index}: " + "word \u4f60 " * 200) for index in range(60)
        ]
    },
}

# Enough for the golden files: what the conversations differ in.
KEPT = [
    "system", "multi-turn", "unicode", "empty content", "assistant last", "tools", "tool call", "no messages", "no content",
    "arguments as text", "several steps", "documents", "without thinking", "parts", "unknown role", "thinking",
]
