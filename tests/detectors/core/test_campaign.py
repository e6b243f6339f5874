"""Campaigns: what a ledger shows of them, and how it is counted and told."""

import pytest

from detectors.core.campaign import (
    AT_LIMIT,
    Campaign,
    CampaignParameters,
    Wave,
    campaign,
    limit_of,
    minutes_between,
    pattern_of,
    pattern_of_wave,
    steps,
    waves,
    weight,
)
from detectors.core.event import DAY, HOUR, MINUTE, SECOND, SignIn
from detectors.core.finding import CAP
from detectors.core.ledger import Ledger, TenantLedger, suspicion
from tests.detectors.crowd import BAD, UNKNOWN, attempt, bot, botnet, names, office, on, spray
from tests.detectors.story import CHROME, LINUX, LYON, MAC, SCRIPT, SERVER

EIGHT = CampaignParameters(names=8, per_user=0.5)


def seen(events: list[SignIn], day: int = 1, least: int = 1) -> Campaign | None:
    """What the ledger of one source shows of a day from Monday."""
    ledger = Ledger()
    for event in events:
        ledger.observe(event)
    return campaign(ledger, on(day) // DAY, least)


def tenant_of(events: list[SignIn]) -> TenantLedger:
    """A tenant's ledger, with its sources' suspicions as they are in the end."""
    whole = TenantLedger()
    sources: dict[str, Ledger] = {}
    for event in sorted(events, key=lambda one: one.id):
        ledger = sources.setdefault(event.ip or "", Ledger())
        ledger.observe(event)
        whole.observe(event, is_new=ledger.is_first_success(event))
    for ip, ledger in sources.items():
        whole.suspect(ip, suspicion(ledger))
    return whole


def from_each(
    count: int, start: int, pause: int, device: object = SCRIPT, first: int = 0
) -> list[SignIn]:
    """One account tried from each of so many addresses."""
    return [
        attempt(start + n * pause, f"user-{n}", SERVER.leased(bot(first + n)), device, BAD)  # type: ignore[arg-type]
        for n in range(count)
    ]


def test_nothing_is_shown_of_a_day_without_failures() -> None:
    assert seen([attempt(on(1), "a", LYON)]) is None
    assert seen(spray(LYON, 3, on(1)), least=4) is None
    assert seen([*spray(LYON, 9, on(1)), attempt(on(2), "b", LYON)], day=2) is None


def test_it_counts_who_failed_and_never_got_in() -> None:
    found = seen([*office([0], 5), *spray(LYON, 20, on(1), 60, first=3)])
    assert found is not None
    assert (found.names, found.users, found.agents) == (18, 5, 1)
    assert found.times[0] == on(1, 0) + 2 * MINUTE
    assert found.reached(10) == found.times[9]
    assert found.reached(19) is None


def test_a_campaign_goes_on_over_midnight() -> None:
    """What is told of a day was reached on that day, with the names of the day before."""
    found = seen(spray(SERVER, 30, on(1) - 20 * MINUTE, 60))
    assert found is not None
    assert found.names == 30
    assert found.reached(5) == on(1)
    assert found.reached(25) == on(1) + 4 * MINUTE


def test_who_gets_in_where_nobody_lives_is_a_hit() -> None:
    """Whatever client it is with, also at the very first try."""
    events = [attempt(on(1) - SECOND, "first", SERVER, CHROME), *spray(SERVER, 20, on(1))]
    found = seen([*events, attempt(on(1, 1), "last", SERVER, SCRIPT)])
    assert found is not None
    assert {entry.account for entry in found.entries} == {"first", "last"}


def test_who_gets_in_where_people_live_is_a_hit_with_the_client_that_failed() -> None:
    events = [attempt(on(0), "resident", SERVER, CHROME), *spray(SERVER, 20, on(1))]
    events.append(attempt(on(1, 1), "lucky", SERVER, SCRIPT))
    events.append(attempt(on(1, 1) + 1, "honest", SERVER, CHROME))
    found = seen(events)
    assert found is not None
    assert [entry.account for entry in found.entries] == ["lucky"]


def test_each_source_is_of_one_pattern() -> None:
    def pattern(events: list[SignIn]) -> str:
        found = seen(events)
        assert found is not None
        return pattern_of(found)

    assert pattern(spray(SERVER, 40, on(1))) == "password_spraying"
    assert pattern(spray(SERVER, 40, on(1), unknown=3)) == "password_spraying"
    assert pattern(names(SERVER, 100, on(1), 1, [7])) == "account_enumeration"
    assert pattern(names(SERVER, 100, on(1), 1, range(0, 100, 10))) == "credential_stuffing"
    hit = attempt(on(1, 1), "user-7", SERVER, SCRIPT)
    assert pattern([*names(SERVER, 100, on(1), 1, [7]), hit]) == "credential_stuffing"


def test_the_limit_grows_with_those_who_get_in() -> None:
    few = seen(spray(LYON, 9, on(1), device=CHROME))
    many = seen([*office([0], 100), *spray(LYON, 120, on(1), device=CHROME)])
    program = seen(spray(SERVER, 9, on(1)))
    assert few is not None
    assert many is not None
    assert program is not None
    assert limit_of(few, EIGHT) == 8
    assert limit_of(many, EIGHT) == 58
    assert limit_of(program, EIGHT) < 8


def test_a_wave_is_more_suspects_than_there_always_are() -> None:
    quiet = [event for day in range(6) for event in from_each(3, on(day, 9), HOUR, CHROME)]
    number = on(6) // DAY
    assert not waves(
        tenant_of([*quiet, *from_each(8, on(6), MINUTE, first=9)]), number, CampaignParameters()
    )
    (wave,) = waves(
        tenant_of([*quiet, *from_each(40, on(6), MINUTE, first=9)]), number, CampaignParameters()
    )
    assert len(wave.sources) == 40
    assert on(6) < wave.reached < on(6) + 20 * MINUTE


def test_waves_of_two_programs_and_of_two_times_are_told_apart() -> None:
    first = from_each(20, on(1, 1), MINUTE)
    second = [
        attempt(on(1, 1) + n * MINUTE, f"user-{n}", SERVER.leased(bot(1_000 + n)), CHROME, BAD)
        for n in range(20)
    ]
    third = [
        attempt(on(1, 12) + n * MINUTE, f"user-{n}", SERVER.leased(bot(2_000 + n)), SCRIPT, BAD)
        for n in range(20)
    ]
    found = waves(tenant_of([*first, *second, *third]), on(1) // DAY, CampaignParameters())
    assert sorted(len(wave.sources) for wave in found) == [20, 20, 20]
    assert len({wave.part for wave in found}) == 3


def waves_of(events: list[SignIn]) -> list[Wave]:
    """The waves of Tuesday, as the limits are set."""
    return list(waves(tenant_of(events), on(1) // DAY, CampaignParameters()))


def test_waves_are_worked_out_again_where_the_suspects_changed() -> None:
    ledger = tenant_of(from_each(20, on(1), MINUTE))
    before = waves(ledger, on(1) // DAY, CampaignParameters())
    assert len(before[0].sources) == 20
    assert waves(ledger, on(1) // DAY, CampaignParameters()) is before
    assert not waves(ledger, on(1) // DAY, CampaignParameters(sources=30))
    assert waves(ledger, on(1) // DAY, CampaignParameters()) == before
    ledger.suspect(before[0].sources[0], None)
    assert len(waves(ledger, on(1) // DAY, CampaignParameters())[0].sources) == 19


def changing(sources: int, each: int) -> list[SignIn]:
    """A botnet that takes another program for every try; one name in ten exists."""
    programs = (SCRIPT, CHROME, LINUX, MAC)
    return [
        attempt(
            on(1, 1) + n * 20 * SECOND,
            f"user-{n}" if n % 10 == 3 else f"leaked-{n}",
            SERVER.leased(bot(n % sources)),
            programs[n * 7 % 11 % 4],
            BAD if n % 10 == 3 else UNKNOWN,
        )
        for n in range(sources * each)
    ]


def test_a_botnet_that_changes_its_programs_is_named_whole() -> None:
    """Also those of its addresses that happened to try mostly accounts, or with a rare program."""
    found = waves_of(changing(60, 3))
    assert {pattern_of_wave(wave) for wave in found} == {"credential_stuffing"}
    assert {address for wave in found for address in wave.sources} == {bot(n) for n in range(60)}


def test_who_mistypes_one_name_meanwhile_is_left_alone() -> None:
    honest = [
        attempt(on(1, 1) + n * MINUTE, f"user-{500 + n}", SERVER.leased(bot(900 + n)), LINUX, BAD)
        for n in range(5)
    ]
    script = [event for event in changing(60, 3) if event.device is SCRIPT]
    named = {address for wave in waves_of([*script, *honest]) for address in wave.sources}
    assert not named & {bot(900 + n) for n in range(5)}


def test_a_sprayer_beside_a_botnet_is_none_of_it() -> None:
    """Sixty accounts tell what it is after, whatever the botnet has of its program."""
    sprayed = spray(SERVER, 60, on(1, 1), 10)
    named = {a for wave in waves_of([*changing(60, 3), *sprayed]) for a in wave.sources}
    assert bot(0) in named
    assert SERVER.ip not in named


def test_few_addresses_that_try_many_names_each_are_a_wave() -> None:
    """Too few to be one by their number, each below what is an attack from one address."""

    def sprayed(sources: int, each: int) -> list[SignIn]:
        return [
            attempt(on(1, 1) + n * MINUTE, f"user-{n}", SERVER.leased(bot(n % sources)), None, BAD)
            for n in range(sources * each)
        ]

    (wave,) = waves_of(sprayed(7, 7))
    assert pattern_of_wave(wave) == "password_spraying"
    assert len(wave.sources) == 7
    assert not waves_of(sprayed(7, 3))
    assert not waves_of(sprayed(3, 14))


def test_a_search_through_many_addresses_is_told_from_a_stuffing_by_how_thin_it_is() -> None:
    """Nobody's password is at stake where no account exists: who still takes an address for every
    few names has passwords to hide."""

    def asked(sources: int, each: int) -> list[SignIn]:
        return [
            attempt(
                on(1, 1) + n * 10 * SECOND,
                f"no-{n}",
                SERVER.leased(bot(n % sources)),
                SCRIPT,
                UNKNOWN,
            )
            for n in range(sources * each)
        ]

    assert [pattern_of_wave(wave) for wave in waves_of(asked(15, 12))] == ["account_enumeration"]
    assert [pattern_of_wave(wave) for wave in waves_of(asked(60, 3))] == ["credential_stuffing"]
    known = [*asked(15, 12), *botnet(15, on(1, 1), 7, unknown=True, each=12)]
    assert {pattern_of_wave(wave) for wave in waves_of(known)} == {"credential_stuffing"}


def test_names_are_counted_once_however_many_addresses_try_them() -> None:
    """Each address lists its four smallest digests only."""
    events = [
        attempt(
            on(1, 1) + n * SECOND, f"user-{n * 7 % 90}", SERVER.leased(bot(n % 20)), SCRIPT, BAD
        )
        for n in range(1_200)
    ]
    (wave,) = waves_of(events)
    assert 45 <= wave.names <= 180


def test_several_tries_at_each_account_are_passwords() -> None:
    again = [*names(SERVER, 100, on(1), 1, [7, 9]), *spray(SERVER, 1, on(1, 1), first=7)]
    again += spray(SERVER, 1, on(1, 2), first=9)
    once = seen(names(SERVER, 100, on(1), 1, [7, 9]))
    several = seen(again)
    assert once is not None
    assert several is not None
    assert (pattern_of(once), pattern_of(several)) == (
        "account_enumeration",
        "credential_stuffing",
    )


def test_where_several_exist_fewer_tries_tell_of_passwords() -> None:
    existing = range(0, 240, 40)
    once = names(SERVER, 240, on(1), 1, existing)
    again = [*once, *(event for n in (0, 40, 80) for event in spray(SERVER, 1, on(1, 2), first=n))]
    patterns = []
    for events in (once, again):
        found = seen(events)
        assert found is not None
        patterns.append(pattern_of(found))
    assert patterns == ["account_enumeration", "credential_stuffing"]


def test_addresses_at_one_account_are_no_wave() -> None:
    at_one = [
        attempt(on(1) + n * MINUTE, "user-1", SERVER.leased(bot(n)), SCRIPT, BAD) for n in range(50)
    ]
    assert not waves(tenant_of(at_one), on(1) // DAY, CampaignParameters())


@pytest.mark.parametrize(
    ("count", "told"), [(0, 0), (1, 1), (6, 5), (9, 7), (10, 10), (14, 10), (99, 70), (1234, 1000)]
)
def test_counts_are_told_in_steps(count: int, told: int) -> None:
    assert steps(count) == told


def test_a_weight_grows_by_one_with_each_doubling() -> None:
    assert weight(8, 8) == AT_LIMIT
    assert weight(16, 8) == AT_LIMIT + 1
    assert weight(10_000, 8) == CAP
    assert minutes_between(0, 25 * MINUTE) == 20


def test_addresses_with_a_few_names_out_of_a_list_are_of_one_campaign() -> None:
    """Of five leaked names three may exist by chance: a botnet of stuffing is no spraying beside
    it. So many that all exist are no chance."""
    few = [(5, 2)] * 20 + [(5, 4)] * 60 + [(5, 3)] * 40
    assert [w.count for w in waves_of(tried(few))] == [120]
    assert {w.sprays for w in waves_of(tried([(5, 0)] * 20 + [(5, 4)] * 100))} == {True, False}


def tried(shares: list[tuple[int, int]]) -> list[SignIn]:
    """From one address each: so many names, of which so many are unknown."""
    return [
        attempt(
            on(1) + (n * 5 + k) * SECOND,
            f"name-{n}-{k}",
            SERVER.leased(bot(n)),
            SCRIPT,
            UNKNOWN if k < unknown else BAD,
        )
        for n, (count, unknown) in enumerate(shares)
        for k in range(count)
    ]
