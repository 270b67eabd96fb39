"""The built-in chat templates: a second, independent statement of their fields and of the assembly rule."""

import json

TEXT_A = (
    "You are an AI assistant whose name is InternLM (\u4e66\u751f\u00b7\u6d66\u8bed).\n- InternLM (\u4e66\u751f\u00b7\u6d66\u8bed) is a "
    "conversational language model that is developed by Shanghai AI Laboratory (\u4e0a\u6d77\u4eba\u5de5\u667a\u80fd\u5b9e\u9a8c\u5ba4). It is "
    "designed to be helpful, honest, and harmless.\n- InternLM (\u4e66\u751f\u00b7\u6d66\u8bed) can understand and communicate "
    "fluently in the language chosen by the user such as English and \u4e2d\u6587.\n"
)
LLAMA2 = (
    "You are a helpful, respectful and honest assistant. Always answer as helpfully as possible, while being "
    "safe. Your answers should not include any harmful, unethical, racist, sexist, toxic, dangerous, or "
    "illegal content. Please ensure that your responses are socially unbiased and positive in nature.\n\nIf a "
    "question does not make any sense, or is not factually coherent, explain why instead of answering "
    "something not correct. If you don't know the answer to a question, please don't share false information."
)
ASSISTANT_CHAT = (
    " between a curious user and an artificial intelligence assistant. The assistant gives helpful, "
    "{}detailed, and polite answers to the user's questions."
)
CODER = (
    "You are an AI programming assistant, utilizing the Deepseek Coder model, developed by Deepseek Company, "
    "and you only answer questions related to computer science. For politically sensitive questions, "
    "security and privacy issues, and other non-computer science questions, you will refuse to answer\n"
)
CODEGEEX = (
    "\u4f60\u662f\u4e00\u4f4d\u667a\u80fd\u7f16\u7a0b\u52a9\u624b\uff0c\u4f60\u53ebCodeGeeX\u3002\u4f60\u4f1a\u4e3a\u7528\u6237\u56de\u7b54\u5173\u4e8e\u7f16\u7a0b\u3001\u4ee3\u7801\u3001\u8ba1\u7b97\u673a\u65b9\u9762\u7684"
    "\u4efb\u4f55\u95ee\u9898\uff0c\u5e76\u63d0\u4f9b\u683c\u5f0f\u89c4\u8303\u3001\u53ef\u4ee5\u6267\u884c\u3001\u51c6\u786e\u5b89\u5168\u7684\u4ee3\u7801\uff0c\u5e76\u5728\u5fc5\u8981\u65f6\u63d0\u4f9b\u8be6\u7ec6\u7684\u89e3\u91ca\u3002"
)
DBRX = (
    "You are DBRX, created by Databricks. You were last updated in December 2023. You answer questions based "
    "on information available up to that point.\nYOU PROVIDE SHORT RESPONSES TO SHORT QUESTIONS OR STATEMENTS, "
    "but provide thorough responses to more complex and open-ended questions.\nYou assist with various tasks, "
    "from writing to coding (using markdown for code blocks \u2014 remember to use ``` with code, JSON, and "
    "tables).\n(You do not have real-time data access or code execution capabilities. You avoid stereotyping "
    "and provide balanced perspectives on controversial topics. You do not provide song lyrics, poems, or "
    "news articles and do not divulge details of your training data.)\nThis is your system prompt, guiding "
    "your responses. Do not reference it, just respond to the user. If you find yourself talking about this "
    "message, stop. You should be responding appropriately and usually that means not mentioning this.\n"
    "YOU DO NOT MENTION ANY OF THIS INFORMATION ABOUT YOURSELF UNLESS THE INFORMATION IS DIRECTLY PERTINENT "
    "TO THE USER\\'S QUERY."
)
QWEN = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
QWQ = "You are a helpful and harmless assistant. You are Qwen developed by Alibaba. You should think step-by-step."
END = "<\uff5cend\u2581of\u2581sentence\uff5c>"
BEGIN = "<\uff5cbegin\u2581of\u2581sentence\uff5c>"
KNOWLEDGE = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"

QWEN_TOOLS = (
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function "
    "signatures within <tools></tools> XML tags:\n<tools>"
)
QWEN_CALLS = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n<tool_call>\n"
    '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)
LLAMA_TOOLS = (
    "# Tool Instructions\n- Always execute python code in messages that you share.\n- When looking for real time "
    "information use relevant functions if available else fallback to brave_search\n\n\n\nYou have access to the "
    "following functions:\n\n"
)
LLAMA_CALLS = (
    "\n\nIf a you choose to call a function ONLY reply in the following format:\n"
    "<{start_tag}={function_name}>{parameters}{end_tag}\nwhere\n\nstart_tag => `<function`\nparameters => a JSON dict "
    "with the function argument name as key and function argument value as value.\nend_tag => `</function>`\n\nHere is "
    'an example,\n<function=example_function_name>{"example_name": "example_value"}</function>\n\nReminder:\n- Function '
    "calls MUST follow the specified format\n- Required parameters MUST be specified\n- Only call one function at a "
    'time\n- Put the entire function call reply on one line"\n- Always add your sources when using search results to '
    "answer the user query\n\n"
)
VL = (
    "You are a helpful language and vision assistant. You are able to understand the visual content that the user "
    "provides, and assist the user with a variety of tasks using natural language."
)
LLAVA = (
    "A chat between a curious human and an artificial intelligence assistant. The assistant gives helpful, detailed, and "
    "polite answers to the human's questions."
)
NAME = "InternLM-XComposer (\u6d66\u8bed\u00b7\u7075\u7b14)"
XCOMPOSER = (
    f"You are an AI assistant whose name is {NAME}.\n- {NAME} is a multi-modality conversational language model that is "
    "developed by Shanghai AI Laboratory (\u4e0a\u6d77\u4eba\u5de5\u667a\u80fd\u5b9e\u9a8c\u5ba4). It is designed to be helpful, honest, and "
    f"harmless.\n- {NAME} can understand and communicate fluently in the language chosen by the user such as English and "
    f"\u4e2d\u6587.\n- {NAME} is capable of comprehending and articulating responses effectively based on the provided image."
)
INTERNVL = "You are an AI assistant whose name is InternLM (\u4e66\u751f\u00b7\u6d66\u8bed)."
INTERNVL2 = (
    "\u4f60\u662f\u7531\u4e0a\u6d77\u4eba\u5de5\u667a\u80fd\u5b9e\u9a8c\u5ba4\u8054\u5408\u5546\u6c64\u79d1\u6280\u5f00\u53d1\u7684\u4e66\u751f\u591a\u6a21\u6001\u5927\u6a21\u578b\uff0c\u82f1\u6587\u540d\u53ebInternVL, "
    "\u662f\u4e00\u4e2a\u6709\u7528\u65e0\u5bb3\u7684\u4eba\u5de5\u667a\u80fd\u52a9\u624b\u3002"
)
INTERNVL25 = (
    "\u4f60\u662f\u4e66\u751f\u00b7\u4e07\u8c61\uff0c\u82f1\u6587\u540d\u662fInternVL\uff0c\u662f\u7531\u4e0a\u6d77\u4eba\u5de5\u667a\u80fd\u5b9e\u9a8c\u5ba4\u3001\u6e05\u534e\u5927\u5b66"
    "\u53ca\u591a\u5bb6\u5408\u4f5c\u5355\u4f4d\u8054\u5408\u5f00\u53d1\u7684\u591a\u6a21\u6001\u5927\u8bed\u8a00\u6a21\u578b\u3002"
)
YI_VL = (
    "This is a chat between an inquisitive human and an AI assistant. Assume the role of the AI assistant. Read all the "
    "images carefully, and respond to the human's questions with informative, helpful, detailed and polite answers. "
    "\u8fd9\u662f\u4e00\u4e2a\u597d\u5947\u7684\u4eba\u7c7b\u548c\u4e00\u4e2a\u4eba\u5de5\u667a\u80fd\u52a9\u624b\u4e4b\u95f4\u7684\u5bf9\u8bdd\u3002\u5047\u8bbe\u4f60\u626e\u6f14\u8fd9\u4e2aAI\u52a9\u624b\u7684\u89d2\u8272\u3002\u4ed4\u7ec6\u9605\u8bfb\u6240"
    "\u6709\u7684\u56fe\u50cf\uff0c\u5e76\u5bf9\u4eba\u7c7b\u7684\u95ee\u9898\u505a\u51fa\u4fe1\u606f\u4e30\u5bcc\u3001\u6709\u5e2e\u52a9\u3001\u8be6\u7ec6\u7684\u548c\u793c\u8c8c\u7684\u56de\u7b54\u3002\n\n"
)

FIELDS = ("system", "meta", "eosys", "user", "eoh", "assistant", "eoa", "sep", "stop")


def row(system="", meta="", eosys="", user="", eoh="", assistant="", eoa="", sep="", stop=(), **special):
    return dict(zip(FIELDS, (system, meta, eosys, user, eoh, assistant, eoa, sep, list(stop)))) | special


def chatml(meta, stop, **special):
    return row(
        "<|im_start|>system\n", meta, "<|im_end|>\n", "<|im_start|>user\n", "<|im_end|>\n",
        "<|im_start|>assistant\n", "<|im_end|>", "\n", stop, **special,
    )


def llama3(meta, stop, **special):
    header, end = "<|start_header_id|>{}<|end_header_id|>\n\n", "<|eot_id|>"
    return row(
        header.format("system"), meta, end, header.format("user"), end, header.format("assistant"), end, "",
        [end, "<|end_of_text|>", *stop], prefix="<|begin_of_text|>", **special,
    )


def glm(prefix, meta, space, stop):
    return row(
        f"<|system|>\n{space}", meta, "", f"<|user|>\n{space}", "", f"<|assistant|>\n{space}", "", "", stop,
        prefix=prefix,
    )


def llama2(meta):
    return row("[INST] <<SYS>>\n", meta, "\n<</SYS>>\n\n", "", "", " [/INST] ", "</s>", "<s>[INST] ")


def vicuna():
    meta = "A chat" + ASSISTANT_CHAT.format("")
    return row("", meta, " ", "USER: ", " ", "ASSISTANT: ", "</s>", "", ["</s>"], cut=1)


def deepseek3(**special):
    user, assistant = "<\uff5cUser\uff5c>", "<\uff5cAssistant\uff5c>"
    return row("", "", "", user, "", assistant, END, prefix=BEGIN, **special)


def ultra():
    meta = "A one-turn chat" + ASSISTANT_CHAT.format("very ")
    return row("User: ", meta, "</s>\n", "User: ", "</s>\n", "Assistant: ", "</s>", "\n", ["</s>"])


def xcomposer():
    role, end = "[UNUSED_TOKEN_146]{}\n", "[UNUSED_TOKEN_145]\n"
    return row(
        role.format("system"), XCOMPOSER, end, role.format("user"), end, role.format("assistant"), end, "\n", [end[:-1]])


def chatml_direct():
    return row(
        "<|im_start|>system\n", "Answer the questions.", "<|im_end|>", "<|im_start|>user\n", "<|im_end|>",
        "<|im_start|>assistant\n", "<|im_end|>")


def internvl(meta):
    return chatml(meta, ["<|im_end|>", "<|action_end|>"], **ENVIRONMENT)


def phi3(meta, eosys="<|end|>\n", eoh="<|end|>\n", eoa="<|end|>\n"):
    return row("<|system|>\n", meta, eosys, "<|user|>\n", eoh, "<|assistant|>\n", eoa, "", PHI)


def cogvlm(end):
    return row("", "", "", "Question: ", " ", "Answer:", end, "\n", [end])


IM_END = ["<|im_end|>"]
ENVIRONMENT = {
    "tool": "<|im_start|>environment\n", "eotool": "<|im_end|>\n", "aliases": ["environment"], "style": "plugin",
}
IPYTHON = {
    "tool": "<|start_header_id|>ipython<|end_header_id|>\n\n", "eotool": "<|eot_id|>", "aliases": ["ipython"],
    "knowledge": KNOWLEDGE, "eocall": "<|eom_id|>", "style": "tags",
}
PHI = ["<|end|>", "<|endoftext|>", "<|assistant|>"]
GLM_STOP = ["<|user|>", "<|endoftext|>", "<|observation|>"]

TABLE = {
    "base": row(raw=""),
    "llama": row(raw=""),
    "falcon": row(raw="<|endoftext|>"),
    "puyu": row(),
    "internlm": row(
        "<|System|>:", TEXT_A, "\n", "<|User|>:", "\n", "<|Bot|>:", "<eoa>", "\n", ["<eoa>"]),
    "internlm2": chatml(TEXT_A, ["<|im_end|>", "<|action_end|>"], **ENVIRONMENT),
    "internlm3": chatml(TEXT_A, ["<|im_end|>", "<|action_end|>"], **ENVIRONMENT),
    "llama2": llama2(LLAMA2),
    "codellama": llama2(""),
    "llama3": llama3(None, []),
    "llama3_1": llama3("You are a helpful assistant.", ["<|eom_id|>"], **IPYTHON),
    "llama3_2": llama3("You are a helpful assistant.", ["<|eom_id|>"], **IPYTHON),
    "llama4": row(
        "<|header_start|>system<|header_end|>\n\n", "", "<|eot|>", "<|header_start|>user<|header_end|>\n\n",
        "<|eot|>", "<|header_start|>assistant<|header_end|>\n\n", "<|eot|>", "",
        ["<|end_of_text|>", "<|eom|>", "<|eot|>"]),
    "vicuna": vicuna(),
    "wizardlm": vicuna(),
    "qwen": chatml("You are a helpful assistant.", IM_END),
    "minicpm3": chatml("You are a helpful assistant.", IM_END),
    "qwen2d5": chatml(QWEN, IM_END, tagged_tools=True),
    "qwq_preview": chatml(QWQ, IM_END, tagged_tools=True),
    "qwq": chatml("", IM_END, tagged_tools=True, suffix="<think>\n"),
    "yi": chatml(None, ["<|im_end|>", "<|endoftext|>"]),
    "dbrx": chatml(DBRX, []),
    "mistral": row("", "", "", "[INST] ", " [/INST]", "", "</s>"),
    "mixtral": row("", "", "", "[INST] ", " [/INST]", "", "</s>"),
    "baichuan2": row("", "", "", "<reserved_106>", "", "<reserved_107>"),
    "gemma": row(
        "", "", "", "<start_of_turn>user\n", "<end_of_turn>\n", "<start_of_turn>model\n", "<end_of_turn>\n", "",
        ["<end_of_turn>"]),
    "phi-3": phi3(None),
    "chatglm": row("", None, "", "\u95ee\uff1a", "\n\n", "\u7b54\uff1a", rounds=True),
    "chatglm3": glm("[gMASK]sop", None, " ", ["<eos>"]),
    "glm4": glm("[gMASK]<sop>", None, "", GLM_STOP),
    "codegeex4": glm("", CODEGEEX, "", ["<|endoftext|>", "<|user|>", "<|observation|>"]),
    "deepseek-v3": deepseek3(),
    "deepseek-r1": deepseek3(suffix="<think>\n"),
    "deepseek": row("", "", "\n\n", "User: ", "\n\n", "Assistant: ", END, cut=1),
    "deepseek-coder": row(
        "", CODER, "", "### Instruction:\n", "\n", "### Response:\n", "\n<|EOT|>", "\n", ["<|EOT|>"]),
    "solar": row("### System:\n", "", "\n\n", "### User:\n", "\n\n", "### Assistant:\n"),
    "ultracm": ultra(),
    "ultralm": ultra(),
    "cogvlm": cogvlm("</s>"),
    "cogvlm2": cogvlm("<|end_of_text|>"),
    "llava-v1": vicuna() | {"meta": LLAVA},
    "mini-gemini-vicuna": vicuna(),
    "llava-chatml": chatml_direct(),
    "internvl-zh-hermes2": chatml_direct(),
    "internvl-internlm2": internvl(INTERNVL),
    "internvl2-internlm2": internvl(INTERNVL2) | {
        "eosys": "<|im_end|>", "eoh": "<|im_end|>", "sep": "", "stop": ["<|im_start|>", "<|im_end|>"]},
    "internvl2_5": internvl(INTERNVL25),
    "internvl2-phi3": phi3(INTERNVL2),
    "internvl-phi3": phi3("You are an AI assistant whose name is Phi-3.", "<|end|>", "<|end|>", "<|end|>"),
    "internlm-xcomposer2": xcomposer(),
    "internlm-xcomposer2d5": xcomposer(),
    "minicpmv-2d6": chatml("You are a helpful assistant.", IM_END),
    "internvl-zh": row("", "", "", "<human>: ", " ", "<bot>: ", "</s>", cut=1),
    "deepseek-vl": row("", VL, "\n\n", "User: ", "\n\n", "Assistant: ", END, cut=1),
    "deepseek-vl2": row("", "", "", "<|User|>: ", "\n\n", "<|Assistant|>: ", END, cut=1),
    "yi-vl": row("", YI_VL, "", "### Human: ", "\n", "### Assistant:", "\n", "", ["###"]),
    "molmo": row("", "", "", " User: ", "", " Assistant:", "", " ", ["<|endoftext|>"]),
}


def opening(fields) -> str:
    """What opens a reply."""
    text = fields["assistant"]
    return text[: len(text) - fields.get("cut", 0)]


def system_block(fields, with_knowledge: bool) -> str:
    if fields["meta"] is None:
        return ""
    knowledge = fields.get("knowledge", "") if with_knowledge else ""
    return fields["system"] + knowledge + fields["meta"] + fields["eosys"]


def single(fields, text: str, first: bool, number: int) -> str:
    """The text of one user turn of a stateful session."""
    if "raw" in fields:
        return text or fields["raw"]
    if fields.get("rounds"):
        return f"[Round {number}]\n\n" + fields["user"] + text + fields["eoh"] + fields["assistant"]
    turn = fields["user"] + text + fields["eoh"] + opening(fields)
    if not first:
        return fields["sep"] + turn
    return fields.get("prefix", "") + system_block(fields, False) + turn


def dumps(value) -> str:
    return json.dumps(value, ensure_ascii=False)


def with_tools(fields, messages: list[dict], tools: list[dict]) -> str:
    """The prompt of a message list with functions, which may be called in it."""
    style, system, rest = fields.get("style"), fields["meta"], messages
    if fields.get("tagged_tools"):
        style = "xml"
    if messages[0]["role"] == "system":
        system, rest = messages[0]["content"], messages[1:]
    if style == "xml":
        lines = "".join('\n{"type": "function", "function": ' + dumps(tool) + "}" for tool in tools)
        system += QWEN_TOOLS + lines + QWEN_CALLS
    elif style == "tags":
        lines = "".join(
            "Use the function '{}' to: {}\n{}\n".format(tool["name"], tool["description"], dumps(tool)) for tool in tools)
        system = (KNOWLEDGE if rest is messages else "") + LLAMA_TOOLS + lines + LLAMA_CALLS + system
    flat = [{"role": "system", "content": system}]
    for message in rest:
        content = message["content"] or ""
        for index, call in enumerate(message.get("tool_calls", [])):
            name, arguments = call["function"]["name"], json.loads(call["function"]["arguments"])
            if style == "xml":
                content += ("\n" if message["content"] or index else "") + "<tool_call>\n"
                content += f'{{"name": "{name}", "arguments": {dumps(arguments)}}}\n</tool_call>'
            elif style == "plugin":
                content += "<|action_start|><|plugin|>\n" + dumps({"name": name, "parameters": arguments}) + "<|action_end|>"
            else:
                content += f"<function={name}>{dumps(arguments)}</function>"
        flat.append({"role": message["role"], "content": content})
    text = conversation(fields, flat)
    if style == "plugin":
        start = fields.get("prefix", "") + fields["system"] + system + fields["eosys"]
        plugin = fields["system"].strip() + " name=<|plugin|>\n" + dumps(tools) + fields["eosys"]
        text = start + plugin + text[len(start):]
    return text


def conversation(fields, messages: list[dict]) -> str:
    """The prompt of a message list."""
    if "raw" in fields:
        return "".join(message["content"] for message in messages) or fields["raw"]
    if fields.get("rounds"):
        parts, number = [], 0
        for message in messages:
            if message["role"] == "user":
                number += 1
                parts.append(single(fields, message["content"], True, number))
            else:
                parts.append(message["content"])
        return "".join(parts)
    parts = [fields.get("prefix", "")]
    if messages[0]["role"] != "system":
        parts.append(system_block(fields, True))
    for index, message in enumerate(messages):
        content, role = message["content"], message["role"]
        if role == "system":
            before, after = fields["system"], fields["eosys"]
        elif role == "user":
            before, after = fields["user"], fields["eoh"]
        elif role == "assistant":
            before, after = fields["assistant"], fields["eoa"] + fields["sep"]
            if "eocall" in fields and ("<|python_tag|>" in content or "</function>" in content):
                after = fields["eocall"]
        elif fields.get("tagged_tools"):
            is_first = index == 0 or messages[index - 1]["role"] != "tool"
            is_last = index == len(messages) - 1 or messages[index + 1]["role"] != "tool"
            before = ("<|im_start|>user" if is_first else "") + "\n<tool_response>\n"
            after = "\n</tool_response>" + ("<|im_end|>\n" if is_last else "")
        else:
            before, after = fields.get("tool", ""), fields.get("eotool", "")
        if role == "assistant" and index == len(messages) - 1:
            return "".join(parts) + before + content
        parts.append(before + content + after)
    return "".join(parts) + opening(fields) + fields.get("suffix", "")
