"""The day is one sentence in either language, whatever its numbers are."""

import pytest
from msgspec import structs

from monitor.services.atlas import Atlas, CountryRow
from monitor.services.figures import LastDay
from monitor.services.needs import Need, What
from monitor.web.day import ADDRESSES, ICONS, atlas_sentence, day_sentence, need_words
from monitor.web.language import Wording

DAY = LastDay(
    until=1_778_666_400_000,
    is_past=False,
    events=12_345,
    raised=14,
    grave=3,
    resolved=1,
    carried_out=2,
)
QUIET = structs.replace(DAY, events=0, raised=0, grave=0, resolved=0, carried_out=0)


@pytest.mark.parametrize(
    ("day", "english", "french"),
    [
        (
            DAY,
            "In the last 24 hours, 12,345 events were read and 14 incidents were raised "
            "(3 of which are high or critical); 1 incident was resolved and 2 measures were "
            "carried out.",
            "En 24 heures, 12\u202f345 événements ont été lus et 14 incidents ont été relevés "
            "(dont 3 élevés ou critiques) ; 1 incident a été résolu et 2 mesures ont été "
            "appliquées.",
        ),
        (
            QUIET,
            "In the last 24 hours, no event was read and no incident was raised.",
            "En 24 heures, aucun événement n'a été lu et aucun incident n'a été relevé.",
        ),
        (
            structs.replace(DAY, events=1, raised=1, grave=1, resolved=0, carried_out=1),
            "In the last 24 hours, 1 event was read and 1 incident was raised (high or critical); "
            "1 measure was carried out.",
            "En 24 heures, 1 événement a été lu et 1 incident a été relevé (élevé ou critique) ; "
            "1 mesure a été appliquée.",
        ),
        (
            structs.replace(QUIET, events=None, raised=2, grave=2),
            "In the last 24 hours, 2 incidents were raised (all of them high or critical).",
            "En 24 heures, 2 incidents ont été relevés (tous élevés ou critiques).",
        ),
        (
            structs.replace(QUIET, events=5, raised=1, is_past=True),
            "In the 24 hours until 2026-05-13 10:00:00 UTC, where the logs end, 5 events were "
            "read and 1 incident was raised.",
            "Dans les 24 heures jusqu'au 2026-05-13 10:00:00 UTC, où les journaux s'arrêtent, "
            "5 événements ont été lus et 1 incident a été relevé.",
        ),
    ],
)
def test_a_day_is_a_sentence(day: LastDay, english: str, french: str) -> None:
    assert day_sentence(day, Wording("en")) == english
    assert day_sentence(day, Wording("fr")).replace("\xa0", " ") == french


def test_what_the_map_shows_is_said_as_well() -> None:
    atlas = Atlas(
        since=0,
        until=1,
        is_past=False,
        share=1.0,
        part=1,
        count=200,
        failures=50,
        elsewhere=0,
        spots=[],
        countries=[CountryRow(country="FR", count=160, failures=0)],
        pairs=[],
    )
    assert atlas_sentence(atlas, Wording("en")) == (
        "200 attempts to sign in, 25% of them failed; most from France (80%)."
    )
    assert "surtout de\u00a0: France (80\u202f%)" in atlas_sentence(atlas, Wording("fr"))
    assert "one in 4" in atlas_sentence(structs.replace(atlas, part=4), Wording("en"))
    nothing = structs.replace(atlas, count=0)
    assert atlas_sentence(nothing, Wording("en")) == "No sign-in of this day is known."


@pytest.mark.parametrize("what", What)
def test_whatever_waits_has_words_for_one_and_for_many_and_a_place(what: What) -> None:
    for language in ("en", "fr"):
        one, address, icon = need_words(Need(what=what, count=1), Wording(language))
        many, _, _ = need_words(Need(what=what, count=2), Wording(language))
        assert one
        # In English one of the two is always another word.
        assert language == "fr" or one != many
        assert (address, icon) == (ADDRESSES[what], ICONS[what])
