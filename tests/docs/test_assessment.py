"""The examples of docs/assessment.md say what the code does."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "assessment.md"


def _without_fences(page: str) -> str:
    return "\n".join("" if line.startswith("```") else line for line in page.splitlines())


def test_the_examples_are_true() -> None:
    examples = doctest.DocTestParser().get_doctest(
        _without_fences(PAGE.read_text(encoding="utf-8")), {}, PAGE.name, str(PAGE), 0
    )
    told: list[str] = []
    outcome = doctest.DocTestRunner().run(examples, out=told.append)
    assert outcome.attempted > 10
    assert outcome.failed == 0, "".join(told)
