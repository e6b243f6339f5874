"""What is noted is read again, also by who knows of no note."""

from monitor.retention.noted import Done, Noted, encode, noted
from monitor.retention.reckoning import Reckoning


def test_it_is_read_as_it_was_noted() -> None:
    told = Noted(Reckoning(1, 2, 3, 4), 5, 6, 7, {"events": Done(8, 9, 10)})
    assert noted(encode(told)) == told
    assert noted(None) == Noted()
    assert noted(encode(Noted())).reckoning == Reckoning()
