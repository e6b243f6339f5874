"""What is shown of policies obeys nobody and tells everything."""

import pytest

from alerts.difference import Course, Difference
from alerts.remarks import Remark, Weight
from detectors.core.detector import Text
from monitor.cli.policy_desk import (
    show_differences,
    show_document,
    show_remarks,
    told_difference,
    told_remark,
    told_version,
)
from monitor.store.policies import shipped

EVIL = "tenants.\x1b[31m\u202e[bold]x"


def test_a_document_is_shown_line_by_line_and_obeyed_by_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_document("a = 1\n\tb = 2 # \x1b[2J\u202e[red]\n")
    shown = capsys.readouterr().out
    assert shown.splitlines() == ["a = 1", "    b = 2 # \ufffd[2J\ufffd[red]"]


def test_differences_and_remarks_are_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    one = Difference(where=EVIL, before=None, after=["a"], course=Course.MORE)
    show_differences([one])
    show_remarks([Remark(EVIL, Weight.GRAVE, Text("It is grave", "C'est grave"))])
    shown = capsys.readouterr().out
    assert "nothing" in shown
    assert "more" in shown
    assert "It is grave" in shown
    assert "\x1b[31m" not in shown
    assert "\u202e" not in shown


def test_programs_are_told_the_same() -> None:
    one = Difference(where="mode", before="shadow", after="act", course=Course.MORE)
    assert told_difference(one)["course"] == "more"
    assert told_remark(Remark("mode", Weight.IDLE, Text("a", "b"))) == {
        "where": "mode",
        "weight": "idle",
        "text": "a",
    }
    assert told_version(shipped())["version"] == 0
