"""What a line is made of is a value: it goes to JSON as it is."""

import msgspec

from monitor.services.machinery_views import Line, Wellness


def test_a_line_goes_to_json() -> None:
    one = Line(name="disk", title="Disk", wellness=Wellness.NOTE, seen="full", since=5)
    assert msgspec.to_builtins(one) == {
        "name": "disk",
        "title": "Disk",
        "wellness": "note",
        "seen": "full",
        "since": 5,
        "remedy": "",
        "link": "",
    }
