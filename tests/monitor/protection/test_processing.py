"""The parts of a register are those that article 30 names."""

from monitor.protection.processing import HEADINGS, LOGIC, RIGHTS, Entry


def test_every_part_of_an_entry_has_a_heading() -> None:
    assert set(HEADINGS) == set(Entry.__struct_fields__) - {"name"}


def test_rights_and_logic_are_told() -> None:
    articles = " ".join(right.en for right in RIGHTS)
    for article in ("15", "16", "17", "18", "20", "21", "22", "77"):
        assert article in articles
    assert any("learned model is never the only ground" in one.en for one in LOGIC)
