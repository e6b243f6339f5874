"""Dotted paths: what can be written, and what is found."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.formats.described.path import (
    MOST_STEPS,
    Having,
    PathError,
    Step,
    finder,
    follow,
    leaves,
    steps_of,
    written,
)

RECORD = {
    "ts": 5,
    "user": {"id": "u-1", "client.ip": "192.0.2.1", 'say "x"': 1},
    "targets": [{"type": "App", "id": "a"}, {"type": "User", "id": "u"}, 7],
    "log": '{"user": {"id": "inner"}, "list": [1, 2]}',
    "text": "no json {",
    "empty": None,
    "a=b": 3,
}


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("ts", ("ts",)),
        ("user.id", ("user", "id")),
        ('user."client.ip"', ("user", "client.ip")),
        ("user.'client.ip'", ("user", "client.ip")),
        ('user["client.ip"]', ("user", "client.ip")),
        ("targets[0].id", ("targets", 0, "id")),
        ("targets[-1]", ("targets", -1)),
        ("targets[type=User].id", ("targets", Having("type", "User"), "id")),
        ('targets[type="a]b"].id', ("targets", Having("type", "a]b"), "id")),
        ('targets[type="x.y"].id', ("targets", Having("type", "x.y"), "id")),
        ("@timestamp", ("@timestamp",)),
        ("a b", ("a b",)),
        ("", None),
        (".", None),
        ("a.", None),
        (".a", None),
        ("a..b", None),
        ("a[", None),
        ("a[]", None),
        ("a[x]", None),
        ("a[0]b", None),
        ("a.[0]", None),
        ("a=b", None),
        ('"a=b"', ("a=b",)),
        (".".join("a" * (MOST_STEPS + 1)), None),
    ],
)
def test_paths_as_they_are_written(path: str, steps: tuple[Step, ...] | None) -> None:
    if steps is None:
        with pytest.raises(PathError):
            steps_of(path)
    else:
        assert steps_of(path) == steps
        assert steps_of(written(steps)) == steps


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("ts", 5),
        ("user.id", "u-1"),
        ('user."client.ip"', "192.0.2.1"),
        ("targets[0].id", "a"),
        ("targets[-1]", 7),
        ("targets[3]", None),
        ("targets[-4]", None),
        ("targets[type=User].id", "u"),
        ("targets[type=Nobody].id", None),
        ("targets.id", None),
        ("ts.id", None),
        ("user[0]", None),
        ("log.user.id", "inner"),
        ("log.list[1]", 2),
        ("text.user", None),
        ("empty", None),
        ("empty.x", None),
        ("missing.x", None),
    ],
)
def test_what_is_at_the_end_of_a_path(path: str, found: object) -> None:
    assert follow(RECORD, steps_of(path)) == found
    assert finder(steps_of(path))(RECORD) == found


def test_the_leaves_of_a_record_are_found_in_its_order_and_are_bounded() -> None:
    paths = [written(steps) for steps in leaves(RECORD, 100)]
    assert paths[:3] == ["ts", "user.id", 'user."client.ip"']
    assert "targets[1].id" in paths
    assert len(list(leaves(RECORD, 2))) == 2
    for path in paths:
        assert follow(RECORD, steps_of(path)) is not None or path == "empty"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=10,
    )
)
def test_every_leaf_is_where_its_path_says(record: Any) -> None:
    for steps in leaves({"top": record}, 50):
        path = written(steps)
        if any(isinstance(step, str) and '"' in step and "'" in step for step in steps):
            continue
        assert steps_of(path) == steps
        value = follow({"top": record}, steps)
        assert not isinstance(value, dict | list) or not value


@given(st.text(max_size=40))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    try:
        steps = steps_of(text)
    except PathError as error:
        assert str(error)  # noqa: PT017 - both ends are right
    else:
        assert follow(RECORD, steps) is None or steps
