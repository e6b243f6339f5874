"""What the application could read otherwise than the gate is read as nothing."""

import pytest

from monitor.gate.cookies import bearer_of, cookies_of


@pytest.mark.parametrize(
    "lines",
    [
        [b"a=1; b=2"],
        [b"a=1;b=2"],
        [b"a=1", b"b=2"],
        [b" a = 1 ;  b=2 ; "],
    ],
)
def test_cookies_are_read_from_every_line(lines: list[bytes]) -> None:
    found = cookies_of([(b"cookie", line) for line in lines])
    assert (found[b"a"], found[b"b"]) == (b"1", b"2")


@pytest.mark.parametrize("lines", [[b"a=1; a=2"], [b"a=1; a=1"], [b"a=1", b"a=2"], [b"a=1; a =2"]])
def test_of_two_of_one_name_neither_is_taken(lines: list[bytes]) -> None:
    assert cookies_of([(b"cookie", line) for line in lines])[b"a"] is None


def test_a_third_one_does_not_bring_a_name_back() -> None:
    assert cookies_of([(b"cookie", b"a=1; a=2; a=3")])[b"a"] is None


def test_a_value_is_what_was_sent_with_its_equal_signs_and_quotes() -> None:
    assert cookies_of([(b"cookie", b'a="x=y=="; b=')]) == {b"a": b'"x=y=="', b"b": b""}


@pytest.mark.parametrize(
    ("told", "token"),
    [
        ([b"Bearer abc"], b"abc"),
        ([b"bearer  abc "], b"abc"),
        ([b"Basic abc"], None),
        ([b"Bearer "], None),
        ([b"Bearer abc", b"Bearer abd"], None),
        ([], None),
    ],
)
def test_a_bearers_token_comes_once(told: list[bytes], token: bytes | None) -> None:
    assert bearer_of([(b"authorization", line) for line in told]) == token
