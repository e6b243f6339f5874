"""Parts of lines: what they are called, and what the line is with one of them changed."""

import json

import pytest

from monitor.formats.parts import MOST, named, parts_of
from monitor.formats.whence import Part, Whence

SENTENCE = b"May  4 gate sshd[7]: Failed password for 'ann b' user=root"
RECORD = {"a": {"b": [1, "x y"]}, "t": True, "f": 1.5, "n": None, "m": "Failed for ann"}
LINE = json.dumps(RECORD).encode()


def words(parts: list[Part]) -> list[str]:
    return [part.text for part in parts]


def test_the_words_of_a_sentence_without_the_names_of_its_values() -> None:
    parts = parts_of(SENTENCE)
    assert words(parts) == [
        "May", "4", "gate", "sshd", "7", "Failed", "password", "for", "ann", "b", "root",
    ]  # fmt: skip
    assert parts[3].put("cron") == SENTENCE.replace(b"sshd", b"cron")
    assert parts[3].span == (13, 16)


def test_the_values_of_an_object_and_the_words_of_those_that_are_sentences() -> None:
    parts = parts_of(LINE)
    assert [(part.place, part.text) for part in parts] == [
        ("path a.b[0]", "1"),
        ("path a.b[1]", "x y"),
        ("path a.b[1]", "x"),
        ("path a.b[1]", "y"),
        ("path t", "true"),
        ("path f", "1.5"),
        ("path m", "Failed for ann"),
        ("path m", "Failed"),
        ("path m", "for"),
        ("path m", "ann"),
    ]
    assert json.loads(parts[0].put("2")) == RECORD | {"a": {"b": [2, "x y"]}}
    assert json.loads(parts[0].put("x")) == RECORD | {"a": {"b": ["x", "x y"]}}
    assert json.loads(parts[3].put("z")) == RECORD | {"a": {"b": [1, "x z"]}}
    assert json.loads(parts[1].put("7")) == RECORD | {"a": {"b": [1, "7"]}}
    assert json.loads(parts[4].put("false")) == RECORD | {"t": False}


def test_a_message_that_is_a_list_of_bytes_is_read_as_text() -> None:
    line = json.dumps({"MESSAGE": list(b"Failed for \xff")}).encode()
    parts = parts_of(line)
    assert words(parts) == ["Failed for \udcff", "Failed", "for"]
    assert json.loads(parts[2].put("from"))["MESSAGE"] == list(b"Failed from \xff")
    assert json.loads(parts[0].put("left"))["MESSAGE"] == list(b"left")


def test_neighbouring_words_are_one_place() -> None:
    parts = parts_of(SENTENCE)
    assert named(parts[:2]) == [Whence("characters 1 to 6", "May  4")]
    assert named([parts[2], parts[4]]) == [
        Whence("characters 8 to 11", "gate"),
        Whence("characters 18 to 18", "7"),
    ]
    assert named([]) == []


def test_a_value_all_of_whose_words_count_is_named_itself() -> None:
    value, *each = parts_of(LINE)[6:]
    assert named([value, *each]) == [Whence("path m", "Failed for ann")]
    assert named([value]) == [Whence("path m", "Failed for ann")]
    assert named([value, each[2]]) == [Whence("path m, characters 12 to 14", "ann")]


@pytest.mark.parametrize("line", [b"", b"\xff \xfe", b"[1, 2]", b'{"a": 1.5}', b"{" * 9_000])
def test_any_line_has_parts_and_each_can_be_put_back(line: bytes) -> None:
    for part in parts_of(line)[:20]:
        assert part.put(part.text) == line


def test_parts_are_bounded() -> None:
    assert len(parts_of(b"word " * 1_000)) == MOST
    record = dict.fromkeys(map(str, range(1_000)), 1)
    assert len(parts_of(json.dumps(record).encode())) == MOST
    assert len(parts_of(json.dumps({"a": "b " * 1_000}).encode())) == MOST + 1
    assert len(parts_of(b"word " * 200_000)) == 8
