"""The comparison of receivers: both are given the same, and have all of it."""

import pytest

from benchmarks import syslog


def test_both_sides_have_what_they_were_sent(capsys: pytest.CaptureFixture[str]) -> None:
    syslog.main(["--messages", "3000", "--turns", "1", "--rates", "1000", "--seconds", "0.2"])
    told = capsys.readouterr().out
    assert "TCP: counted" in told
    assert "UDP at 1,000/s: counted 200 of 200, lost 0.00%" in told
    assert "UDP at 1,000/s: stored 200 of 200, lost 0.00%" in told
