"""What is held back is made, listed with what it met, and ended from the terminal."""

import json
from pathlib import Path

import pytest

from detectors.core.event import DAY
from monitor import clock
from tests.monitor.cli.calling import Called, call
from tests.monitor.cli.test_ticket import Desk, config, desk
from tests.monitor.services.ticketed import incident

__all__ = ["config", "desk"]


def ask(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> Called:
    return call(capsys, "ticket", *arguments, "--config", config)


def test_it_is_made_met_and_ended(
    config: Path, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    last = clock.utc(clock.now_ms() + 9 * DAY)[:10]
    given = ("--account", "u-1042", "--until", last, "--reason", "two on one desk")
    assert ask(capsys, config, "suppress", *given).code == 0
    desk.now = clock.now_ms()
    number = desk.take(incident()).ticket_id
    (told,) = json.loads(ask(capsys, config, "suppressions", "--json").out)
    assert (told["matches"], told["held"], told["reason"]) == (1, 1, "two on one desk")
    assert "u-1042" in ask(capsys, config, "suppressions").told
    assert ask(capsys, config, "unsuppress", told["number"]).code == 0
    assert desk.ticket(number).held_by is None
    assert json.loads(ask(capsys, config, "suppressions", "--json").out) == []
    assert len(json.loads(ask(capsys, config, "suppressions", "--over", "--json").out)) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("suppress", "--reason", "x", "--until", "soon"), 2, "until"),
        (("suppress", "--reason", "x", "--until", "2020-01-01", "--account", "a"), 1, "future"),
        (
            ("suppress", "--reason", "x", "--until", "2099-01-01", "--up-to", "x"),
            2,
            "--up-to is one",
        ),
        (("unsuppress", "9"), 1, "no such suppression"),
    ],
)
def test_what_cannot_be_is_said(
    config: Path,
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    done = ask(capsys, config, *arguments)
    assert (done.code, told in done.told) == (code, True), done.told
