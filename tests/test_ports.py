"""A free port is nobody's, nobody is given it by chance, and it is told once."""

import os
import socket
from itertools import count
from pathlib import Path

import pytest

from tests import ports
from tests.ports import free_port


def test_whoever_asks_gets_another_that_can_be_listened_on() -> None:
    found = [free_port() for _ in range(20)]
    assert len(set(found)) == 20
    with socket.create_server(("127.0.0.1", found[0])):
        assert free_port() not in found


@pytest.mark.parametrize(("told", "first"), [("40000\t60999", 40_000), ("1024\t65535", 32_768)])
def test_the_system_gives_none_of_them_to_whoever_wants_any(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, first: int
) -> None:
    (tmp_path / "range").write_text(told)
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "range")
    assert ports._given_by_the_system() == first
    assert ports._LOWEST <= free_port() < first


def test_one_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        monkeypatch.setattr(ports, "_asked", count())
        monkeypatch.setattr(os, "getpid", lambda: 0)
        monkeypatch.setattr(ports, "_LOWEST", taken.getsockname()[1])
        assert free_port() != taken.getsockname()[1]


def test_two_processes_begin_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_asked", count())
    monkeypatch.setattr(os, "getpid", lambda: 100)
    first = free_port()
    monkeypatch.setattr(ports, "_asked", count())
    monkeypatch.setattr(os, "getpid", lambda: 101)
    assert abs(free_port() - first) > 100
