"""Keys are read whole or refused with a reason, kept for their owner only, and followed."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.mfa.sealing import name_of
from monitor.sealing_keys import FILE, SealingKeyError, SealingKeys, new_key, parsed, shown

ONE, TWO = b"1" * 32, b"2" * 32


def test_none_is_there_until_one_is_put(tmp_path: Path) -> None:
    keys = SealingKeys(None, tmp_path / FILE)
    assert keys.read() == []
    assert keys.named(name_of(ONE), "x") is None
    keys.put([TWO, ONE])
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert SealingKeys(None, tmp_path / FILE).read() == [TWO, ONE]
    keys.put([])
    assert list(tmp_path.iterdir()) == []


def test_a_running_process_follows_the_file(tmp_path: Path) -> None:
    running, rotating = (SealingKeys(None, tmp_path / FILE) for _ in range(2))
    assert running.named(name_of(ONE), "x") is None
    rotating.put([ONE])
    found = running.named(name_of(ONE), "x")
    assert found is not None
    assert found.open(found.close(b"x", "a"), "a") == b"x"


def test_those_of_the_settings_are_not_changed_here(tmp_path: Path) -> None:
    keys = SealingKeys(f"{shown(ONE)}\n {base64.urlsafe_b64encode(TWO).decode().rstrip('=')}")
    assert keys.is_given
    assert keys.read() == [ONE, TWO]
    with pytest.raises(SealingKeyError, match="settings"):
        keys.put([new_key()])


@pytest.mark.parametrize(
    "text", ["abc", "?" * 43, shown(ONE) + " " + shown(ONE), shown(ONE + b"x"), "é" * 43]
)
def test_what_is_no_key_is_refused_without_being_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(SealingKeyError) as refused:
        parsed(text)
    assert text not in str(refused.value)
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(SealingKeyError, match=FILE):
        SealingKeys(None, tmp_path / FILE).read()


def test_a_file_beyond_any_is_not_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b" " * (1 << 20))
    with pytest.raises(SealingKeyError, match="larger"):
        SealingKeys(None, tmp_path / FILE).read()
    many = " ".join(shown(bytes([number]) * 32) for number in range(65))
    with pytest.raises(SealingKeyError, match="more than"):
        parsed(many)


@given(st.text(max_size=120))
def test_any_text_is_keys_or_an_error(text: str) -> None:
    try:
        assert all(len(key) == 32 for key in parsed(text))
    except SealingKeyError as error:
        assert "key" in str(error)  # noqa: PT017 - either is right
