"""What is noted of backups is read again, also by who knows of no note."""

from monitor.backup.noted import Taken, encode, restored, taken


def test_it_is_read_as_it_was_noted() -> None:
    told = Taken(path="/b/x", size=1, rows=2, made=3)
    assert taken(encode(told)) == told
    assert taken(None) is None
    assert restored(encode((4, 5))) == (4, 5)
    assert restored(None) is None
