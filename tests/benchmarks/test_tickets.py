"""A list and a search of tickets are measured on tickets that are found."""

import pytest

from benchmarks.tickets import ASKED, main


def test_every_question_is_asked_of_tickets_that_are_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(200)
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in told] == list(ASKED)
    assert "50 of 200" in told[-1]
    assert "0 of 0" in told[2]
