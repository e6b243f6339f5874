"""Versions: out of date on the day, and unknown rather than a lie."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.hygiene.versions import (
    BROWSER_DAYS,
    TRUSTED_DAYS,
    Verdict,
    VersionsError,
    load,
    read,
)

TABLE = read(
    """
    as_of = 2026-11-12
    [successors]
    safari = 2
    [extended.firefox]
    140 = 2026-10-13
    153 = false
    [ended]
    ie = 2022-06-15
    [browsers.chrome]
    155 = 2026-10-06
    156 = 2026-10-20
    157 = 2026-11-03
    [browsers.firefox]
    140 = 2025-06-24
    141 = 2025-07-22
    153 = 2026-07-21
    154 = 2026-08-18
    [browsers.safari]
    18 = 2024-09-16
    26 = 2025-09-15
    27 = 2026-09-14
    [systems.windows]
    "6.1" = 2020-01-14
    """
)


@pytest.mark.parametrize(
    ("name", "major", "on", "expected"),
    [
        ("chrome", 155, date(2026, 11, 20), Verdict.CURRENT),
        ("chrome", 155, date(2027, 1, 18), Verdict.CURRENT),
        ("chrome", 155, date(2027, 1, 19), Verdict.OUTDATED),
        ("chrome", 90, date(2026, 11, 20), Verdict.CURRENT),
        ("chrome", 90, date(2027, 1, 19), Verdict.OUTDATED),
        ("chrome", 157, date(2027, 3, 12), Verdict.CURRENT),
        ("chrome", 157, date(2027, 3, 13), Verdict.UNKNOWN),
        ("chrome", 170, date(2026, 11, 20), Verdict.CURRENT),
        ("chrome", 170, date(2028, 1, 1), Verdict.UNKNOWN),
        ("firefox", 140, date(2026, 10, 13), Verdict.CURRENT),
        ("firefox", 140, date(2026, 10, 14), Verdict.OUTDATED),
        ("firefox", 153, date(2027, 1, 1), Verdict.CURRENT),
        ("firefox", 153, date(2028, 1, 1), Verdict.UNKNOWN),
        ("safari", 26, date(2027, 2, 1), Verdict.CURRENT),
        ("safari", 18, date(2026, 12, 14), Verdict.OUTDATED),
        ("ie", 11, date(2026, 1, 1), Verdict.OUTDATED),
        ("ie", 11, date(2020, 1, 1), Verdict.UNKNOWN),
        ("lynx", 2, date(2026, 1, 1), Verdict.UNKNOWN),
        (None, None, date(2026, 1, 1), Verdict.UNKNOWN),
    ],
)
def test_a_browser_is_judged_by_the_day(
    name: str | None, major: int | None, on: date, expected: Verdict
) -> None:
    assert TABLE.browser(name, major, on) is expected


@pytest.mark.parametrize(
    ("name", "version", "on", "expected"),
    [
        ("windows", "6.1", date(2020, 1, 15), Verdict.OUTDATED),
        ("windows", "6.1", date(2020, 1, 14), Verdict.CURRENT),
        ("windows", "5.1", date(2026, 1, 1), Verdict.OUTDATED),
        ("windows", "11.0", date(2026, 1, 1), Verdict.UNKNOWN),
        ("windows", None, date(2026, 1, 1), Verdict.UNKNOWN),
        ("plan9", "4", date(2026, 1, 1), Verdict.UNKNOWN),
    ],
)
def test_a_system_is_judged_by_the_day(
    name: str, version: str | None, on: date, expected: Verdict
) -> None:
    assert TABLE.system(name, version, on) is expected


@given(
    st.sampled_from(("chrome", "edge", "firefox", "safari", "opera", "samsung", "ie")),
    st.integers(1, 300),
    st.dates(date(2023, 1, 1), date(2030, 1, 1)),
)
def test_once_out_of_date_a_version_stays_so_and_an_old_table_praises_nobody(
    name: str, major: int, on: date
) -> None:
    table = load()
    verdict = table.browser(name, major, on)
    later = table.browser(name, major, on + timedelta(days=400))
    if verdict is Verdict.OUTDATED:
        assert later is Verdict.OUTDATED
    if on > table.as_of + timedelta(days=TRUSTED_DAYS):
        assert verdict is not Verdict.CURRENT


@given(st.integers(1, 300), st.dates(date(2024, 1, 1), date(2027, 1, 1)))
def test_an_older_version_is_never_better(major: int, on: date) -> None:
    table = load()
    if table.browser("chrome", major + 1, on) is Verdict.OUTDATED:
        assert table.browser("chrome", major, on) is Verdict.OUTDATED


def test_the_shipped_table_has_what_people_use_and_says_its_date() -> None:
    table = load()
    assert {"chrome", "edge", "firefox", "safari", "opera", "samsung"} <= set(table.browsers)
    assert {"windows", "macos", "ios", "android"} <= set(table.systems)
    for known in table.browsers.values():
        ordered = [known[major] for major in sorted(known)]
        assert ordered == sorted(ordered), "later versions came later"
        assert max(known.values()) <= table.as_of + timedelta(days=14)
    assert BROWSER_DAYS < TRUSTED_DAYS


def test_a_table_of_one_s_own(tmp_path: Path) -> None:
    own = tmp_path / "versions.toml"
    own.write_text('as_of = 2027-01-01\n[systems.windows]\n"10.0" = 2026-12-01\n')
    assert load(own).system("windows", "10.0", date(2027, 1, 1)) is Verdict.OUTDATED
    for text in ("as_of = 1", "[[", "as_of = 2027-01-01\nother = 1"):
        own.write_text(text)
        with pytest.raises(VersionsError, match="table of versions cannot be used"):
            load(own)
    with pytest.raises(VersionsError):
        load(tmp_path / "none.toml")
