"""The walk through OWASP ASVS 5.0, level 2: kept as data, shown as a table of the threat model.

`python -m tests.docs.asvs` writes the table anew into docs/threat-model.md.
"""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
DATA: Final = ROOT / "docs/asvs.toml"
PAGE: Final = ROOT / "docs/threat-model.md"
BEGIN: Final = "<!-- asvs: written by python -m tests.docs.asvs -->"
END: Final = "<!-- /asvs -->"

# The requirements of levels 1, 2 and 3, in the order of their numbers within each section.
LEVELS: Final = """
1.1 22 | 1.2 1111122223 | 1.3 112222222223 | 1.4 222 | 1.5 123
2.1 122 | 2.2 112 | 2.3 12223 | 2.4 23
3.1 3 | 3.2 113 | 3.3 12223 | 3.4 11222233 | 3.5 11122333 | 3.6 3 | 3.7 22333
4.1 12233 | 4.2 23333 | 4.3 22 | 4.4 1222
5.1 2 | 5.2 112333 | 5.3 113 | 5.4 222
6.1 122 | 6.2 111111112222 | 6.3 11223333 | 6.4 112233 | 6.5 22222333 | 6.6 2223 | 6.7 33 | 6.8 2222
7.1 222 | 7.2 1111 | 7.3 22 | 7.4 11222 | 7.5 223 | 7.6 22
8.1 1233 | 8.2 1123 | 8.3 133 | 8.4 23
9.1 111 | 9.2 1222
10.1 22 | 10.2 223 | 10.3 22223 | 10.4 1111122222233333 | 10.5 22222 | 10.6 22 | 10.7 222
11.1 2233 | 11.2 22233 | 11.3 11233 | 11.4 1222 | 11.5 23 | 11.6 23 | 11.7 33
12.1 12233 | 12.2 11 | 12.3 22223
13.1 2333 | 13.2 222223 | 13.3 2233 | 13.4 1222233
14.1 22 | 14.2 12223333 | 14.3 122
15.1 12233 | 15.2 12233 | 15.3 1222222 | 15.4 3333
16.1 2 | 16.2 22222 | 16.3 2222 | 16.4 222 | 16.5 2223
17.1 23 | 17.2 22223333 | 17.3 22
"""
CHAPTERS: Final = {
    1: "Encoding and sanitization",
    2: "Validation and business logic",
    3: "Web front end",
    4: "API and web service",
    5: "Files",
    6: "Authentication",
    7: "Sessions",
    8: "Authorization",
    9: "Self-contained tokens",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "Communication",
    13: "Configuration",
    14: "Data protection",
    15: "Coding and architecture",
    16: "Logging and errors",
    17: "WebRTC",
}
STATES: Final = {
    "met": "met",
    "partly": "**partly**",
    "not met": "**not met**",
    "operator": "the operator's",
    "not applicable": "does not apply",
}


class Line(NamedTuple):
    """One requirement: what it is in our words, how it is answered, by what, and why so."""

    uid: str
    level: int
    what: str
    state: str
    by: tuple[str, ...]
    why: str


def required() -> dict[str, int]:
    """The level of each requirement of levels 1 and 2, by its id."""
    found = {}
    for section, levels in re.findall(r"(\d+\.\d+) (\d+)", LEVELS):
        for number, level in enumerate(levels, 1):
            if level != "3":
                found[f"{section}.{number}"] = int(level)
    return found


def lines() -> list[Line]:
    """All answers, in the file's order."""
    told = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return [
        Line(
            uid,
            one["level"],
            one["what"],
            one["state"],
            tuple(one.get("by", ())),
            one.get("why", ""),
        )
        for uid, one in told.items()
    ]


def table() -> str:
    """The table in Markdown, with what it comes to."""
    answers = lines()
    counted = Counter(line.state for line in answers)
    summed = ", ".join(f"{counted[state]} {state}" for state in STATES if counted[state])
    told = [f"{len(answers)} requirements of levels 1 and 2: {summed}.", ""]
    for number, title in CHAPTERS.items():
        told += [
            f"### {number}. {title}",
            "",
            "| id | level | what | answer | by |",
            "|---|---|---|---|---|",
        ]
        told += [_row(line) for line in answers if line.uid.split(".")[0] == str(number)]
        told.append("")
    return "\n".join(told)


def _row(line: Line) -> str:
    by = [f"`{one}`" for one in line.by]
    told = "<br>".join([line.why, *by] if line.why else by)
    return f"| {line.uid} | {line.level} | {line.what} | {STATES[line.state]} | {told} |"


def page(text: str) -> str:
    """The threat model with the table as it has to be."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    return f"{head}{begin}\n\n{table()}\n{end}{tail}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
