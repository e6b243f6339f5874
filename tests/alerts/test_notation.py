"""What is written is TOML that says the same, whatever the values are."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.notation import toml

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
PLAIN = st.one_of(
    TEXTS,
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200)
@given(st.dictionaries(TEXTS, VALUES, max_size=6))
def test_whatever_is_written_reads_back(document: dict[str, Any]) -> None:
    assert tomllib.loads(toml(document)) == document


def test_it_reads_as_people_would_write_it() -> None:
    document = {
        "mode": "act",
        "rules": [
            {"name": "a", "when": {"tags": ["x"], "during": {"from": "20:00"}}},
            {"name": "b"},
        ],
        "tenants": {"acme inc": {"seats": 2, "quiet": {"zone": "UTC"}, "gone": None}},
        "countries": ["FR", "MA"],
    }
    assert (
        toml(document)
        == """\
mode = "act"
countries = ["FR", "MA"]

[[rules]]
name = "a"
when = { tags = ["x"], during = { from = "20:00" } }

[[rules]]
name = "b"

[tenants."acme inc"]
seats = 2

[tenants."acme inc".quiet]
zone = "UTC"
"""
    )


def test_a_long_list_has_a_line_for_each() -> None:
    names = [f"tenant-{number:03}" for number in range(20)]
    told = toml({"names": names, "others": ["a"]})
    assert told.startswith('names = [\n    "tenant-000",\n')
    assert told.endswith('    "tenant-019",\n]\nothers = ["a"]\n')
    assert tomllib.loads(told)["names"] == names


@pytest.mark.parametrize("value", [object(), b"x", float("nan"), float("inf"), "\ud800"])
def test_what_toml_has_no_word_for_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says it in its own way
        toml({"a": value})
