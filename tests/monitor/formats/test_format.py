"""Discovery: what is a format, and what only looks like one."""

from monitor.formats.detection import Auto
from monitor.formats.format import Format, formats


def test_formats_are_found_by_name() -> None:
    found = formats()
    assert list(found) == sorted(found)
    assert {"ocsf", "sshd"} <= set(found)
    assert all(one.name == name for name, one in found.items())
    assert formats() is found


def test_what_is_composed_of_formats_is_none_of_its_own() -> None:
    one: Format = Auto()
    assert one.name not in formats()
    assert Format not in map(type, formats().values())
