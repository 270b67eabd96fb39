"""The conversations of the default model's parity goldens. Every text here is original."""


def user(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


NOTICE = """The town library will change its opening hours from the first Monday of next month. On weekdays \
the main hall opens at nine in the morning and closes at seven in the evening, except on Wednesdays, when it \
stays open until nine so that people who work late can return their books. On Saturdays it opens at ten and \
closes at four. It is closed on Sundays and on public holidays, but the return box beside the main entrance \
can be used at any time of the day or night. The reading room on the second floor keeps its old hours until \
the heating has been repaired, which the builders expect to finish before the end of the autumn. Children \
under twelve may borrow up to six books at once, everybody else up to twelve. Fines for late books will no \
longer be charged; instead, a reader with a book more than a month overdue cannot borrow another one until \
the first has been returned. Volunteers are needed on Saturday mornings to read aloud in the children's \
corner. Anyone who is interested should leave a name and a telephone number at the front desk, or speak to \
Mrs Okafor, who is there on Tuesdays and Thursdays."""

CONVERSATIONS: list[tuple[str, list[dict]]] = [
    ("greeting", user("Hi")),
    ("story", user("Tell me a short story about a lighthouse keeper and a lost dog.")),
    ("science", user("How do plants make their food? Explain it in simple words.")),
    ("arithmetic", user("What is 17 + 25? Show your steps.")),
    ("word-problem", user("A train leaves at 9:40 and arrives at 12:15. How long is the journey?")),
    ("python", user("Write a Python function that returns the n-th Fibonacci number.")),
    ("code-reading", user("What does this code print?\n\n```python\nfor i in range(3):\n    print(i * i)\n```\n")),
    ("sql", user("Write an SQL query that counts the orders of each customer in the year 2023.")),
    ("french", user("Comment dit-on « merci beaucoup » en anglais ? Réponds en français.")),
    ("german", user("Was ist die Hauptstadt von Österreich? Antworte in einem Satz.")),
    ("spanish", user("Escribe un poema corto sobre el mar y la luna.")),
    ("chinese", user("请用中文介绍一下北京。")),
    ("cyrillic-and-emoji", user("Переведи на английский: «Доброе утро, друзья!» 😀👍🏽")),
    ("list", user("List five healthy breakfast ideas, one per line, without any explanation.")),
    ("summary", user("Summarise this notice in two sentences.\n\n" + NOTICE)),
    ("question-on-text", user(NOTICE + "\n\nHow many books may a child under twelve borrow at once?")),
    ("own-system-prompt", [
        {"role": "system", "content": "You are a pirate. You answer every question in the voice of a pirate."},
        {"role": "user", "content": "How do I boil an egg?"},
    ]),
    ("several-turns", [
        {"role": "user", "content": "My name is Ilse and I have two cats, Miso and Pepper."},
        {"role": "assistant", "content": "Nice to meet you, Ilse! Miso and Pepper are lovely names."},
        {"role": "user", "content": "What are the names of my cats?"},
    ]),
    ("letter", user("Write a polite email to my landlord: the heating in flat 14B has been broken since 3 March.")),
    ("json", user('Turn this into JSON with the keys "name", "age" and "city": Omar is 34 and lives in Cairo.')),
]
