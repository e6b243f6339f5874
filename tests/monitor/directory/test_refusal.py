"""A refusal names the field, and says why in both languages."""

from detectors.core.detector import Text
from monitor.directory.refusal import DirectoryError


def test_it_tells_the_field_where_there_is_one() -> None:
    why = Text("no such zone", "fuseau inconnu")
    assert str(DirectoryError("zone", why)) == "zone: no such zone"
    assert str(DirectoryError("", why)) == "no such zone"
    assert DirectoryError("zone", why).why.fr == "fuseau inconnu"
