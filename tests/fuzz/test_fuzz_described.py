"""Random descriptions and random lines, and the fuzzer's function over its seeds."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.formats.described.described import Described
from monitor.formats.described.errors import DescriptionError
from monitor.formats.format import MalformedLine, Origin
from tests.fuzz.described_target import answer, one_input
from tests.monitor.formats.golden import described

CORPUS = Path(__file__).parent / "described"
SEEDS = sorted(CORPUS.iterdir())

WORDS = ["", "-", "a", "b", "ann", "1", "1714809600", "2024-05-04 10:00:00", "login", "ok", "no"]
PLACES = st.sampled_from(["a", "b", "c", "a.b", "a[0]", "b[-1].c", 'c."x.y"', "a[b=1].c", "d"])
SCALARS = st.one_of(st.sampled_from(WORDS), st.integers(-5, 10**12), st.booleans())
MEANINGS = st.sampled_from(
    ["LOGON", "LOGON SUCCESS", "LOGON FAILURE LOCKED", "LOGOFF", "OTHER", "CHANGE ROLE", "IGNORE"]
)
KEYS = st.sampled_from([*WORDS, "l*", "*n", "*o*", "*"])


def maybe(**given: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A table with any of these keys."""
    return st.fixed_dictionaries({}, optional=given)


def field(places: st.SearchStrategy[str], values: st.SearchStrategy[Any], *, of: str = "") -> Any:
    """A field that can be, mostly; an `of` event needs a table or a constant."""
    table = st.fixed_dictionaries(
        {"values": st.dictionaries(KEYS, values, min_size=1, max_size=3)},
        optional={"otherwise": values, "default": values},
    )
    split = st.fixed_dictionaries(
        {"split": st.sampled_from([",", " ", "."])}, optional={"item": st.sampled_from([1, 2, -1])}
    )
    others = maybe(
        match=st.sampled_from([r"(\w+)", r"a(.*)", r"(?P<value>\d+)", r".*?(\d)"]),
        join=st.sampled_from(["", "T", "/"]),
    )
    several = st.one_of(places, st.lists(places, min_size=1, max_size=3))
    found = st.tuples(several, table, split | st.just({}), others).map(
        lambda parts: {"from": parts[0], **parts[1], **parts[2], **parts[3]}
    )
    constant = values.map(lambda value: {"constant": value})
    if of:
        return st.one_of(found, constant)
    return st.one_of(several, several, found, found, constant)


def fields(places: st.SearchStrategy[str], stamped: str) -> st.SearchStrategy[dict[str, Any]]:
    """The fields of a description; a time is mostly at the place `stamped`."""
    text = field(places, SCALARS)
    names = ["account_name", "tenant", "session", "ip", "user_agent", "mfa_method", "actor", "uid"]
    place = st.one_of(st.just(stamped), st.just(stamped), places)
    time = st.one_of(
        place,
        st.tuples(
            place,
            st.sampled_from(["auto", "unix_s", "unix_ns", "iso8601", "%b %d %T", "%Y-%m-%d %T"]),
        ).map(lambda two: {"from": two[0], "format": two[1], "zone": "Europe/Paris"}),
    )
    needed = {"time": time, "account": text, "event": field(places, MEANINGS, of="event")}
    outcomes = st.sampled_from(["SUCCESS", "FAILURE", "PENDING"])
    optional = {
        **dict.fromkeys(names, text),
        "outcome": field(places, outcomes),
        "failure_reason": field(places, st.sampled_from(["LOCKED", "OTHER"])),
        "mfa": field(places, st.booleans()),
    }
    return st.fixed_dictionaries(needed, optional=optional)


def description(kind: str, places: st.SearchStrategy[str], **own: Any) -> Any:
    """A description of a kind."""
    common = {
        "envelope": st.just("syslog"),
        "only": st.dictionaries(places, st.one_of(SCALARS, KEYS), max_size=1),
        "never": st.dictionaries(places, KEYS, max_size=1),
        "nothing": st.lists(st.sampled_from(WORDS), max_size=2),
        "unmatched": st.sampled_from(["skip", "reject"]),
    }
    stamped = "d" if kind == "json" else "a"
    needed = {"kind": st.just(kind), "fields": fields(places, stamped), **own}
    plain = st.fixed_dictionaries(needed)
    return st.one_of(plain, plain, st.fixed_dictionaries(needed, optional=common))


COLUMNS = st.sampled_from(["a", "b", "c"])
WHOLE = [
    r"(?P<a>\S+)[ ,](?P<b>\w*)[ ,]?(?P<c>[^ ,]*)",
    r"(?P<a>[\d-]+)[ ,](?P<b>[^, ]*)(?P<c>.*)$",
    r"(?i)(?P<a>\d+).(?P<c>.*?)(?P<b>[a-z]+)",
]
ATOMS = ["(?P<a>\\w+)", "(?P<b>.*?)", "(?P<c>[^ ]*)", " ", "x", "\\S+", "(?:y|z)?", ".*"]
PATTERNS = st.one_of(
    st.sampled_from(WHOLE),
    st.sampled_from(WHOLE),
    st.lists(st.sampled_from(ATOMS), min_size=1, max_size=5).map("".join),
)
DESCRIPTIONS = st.one_of(
    description("json", PLACES),
    description(
        "csv",
        COLUMNS,
        columns=st.just(["a", "b", "c"]),
        delimiter=st.sampled_from([",", ";", " ", "\t"]),
    ),
    description("regex", COLUMNS, pattern=st.one_of(PATTERNS, st.lists(PATTERNS, min_size=1))),
)
VALUES = st.recursive(
    st.one_of(st.none(), SCALARS, st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "c", "x.y"]), inner, max_size=3),
    ),
    max_leaves=8,
)
HEADERS = st.sampled_from(
    [b"", b"", b"May  4 10:00:00 web crm[7]: ", b"<38>1 2024-05-04T10:00:00Z web crm 7 - - "]
)
TIMES = st.sampled_from(["1714809600", "1714809600.5", "2024-05-04 10:00:00", "May 4 10:00:00"])
WORD = st.sampled_from(WORDS)
RECORDS = st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES)
BODIES = st.one_of(
    st.tuples(RECORDS, TIMES).map(lambda two: json.dumps(two[0] | {"d": two[1]}).encode()),
    st.tuples(TIMES, WORD, WORD).map(lambda words: ",".join(words).encode()),
    st.tuples(TIMES, WORD, WORD).map(lambda words: " ".join(words).encode()),
    st.lists(WORD, max_size=5).map(lambda words: " ".join(words).encode()),
    st.binary(max_size=60),
)


@given(DESCRIPTIONS, st.lists(st.tuples(HEADERS, BODIES).map(b"".join), min_size=1, max_size=4))
def test_any_line_is_answered_by_any_description_that_holds(
    given_: dict[str, Any], lines: list[bytes]
) -> None:
    try:
        form = Described("random", given_)
    except DescriptionError as error:
        assert error.reason  # noqa: PT017 - both ends are right
        return
    for line in lines:
        answer(form, line)


def test_a_good_part_of_them_holds_and_some_lines_are_events() -> None:
    held = events = 0
    origin = Origin("fuzz", "tenant", lambda month, day: 2024, lambda second, line: 0)

    @settings(max_examples=300, database=None)
    @given(DESCRIPTIONS, BODIES)
    def count(given_: dict[str, Any], line: bytes) -> None:
        nonlocal held, events
        try:
            form = Described("random", given_)
        except DescriptionError:
            return
        held += 1
        try:
            events += len(form.parse(line, origin))
        except MalformedLine:
            return

    count()
    assert held > 60
    assert events > 0


@given(st.recursive(st.one_of(st.none(), SCALARS, st.floats()), lambda i: st.one_of(
    st.lists(i, max_size=3),
    st.dictionaries(st.sampled_from(["kind", "fields", "time", "from", "only", "pattern"]), i),
)))  # fmt: skip
def test_whatever_the_settings_hold_is_a_description_or_refused(given_: Any) -> None:
    if isinstance(given_, dict):
        for kind in ("json", "csv", "regex", given_.get("kind")):
            try:
                Described("random", {**given_, "kind": kind})
            except DescriptionError as error:
                assert error.reason  # noqa: PT017 - both ends are right


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_seed_is_answered(seed: Path) -> None:
    data = seed.read_bytes()
    one_input(data)
    head, _, line = data.partition(b"\n")
    for cut in range(0, len(line), max(1, len(line) // 8)):
        one_input(head + b"\n" + line[:cut])


def test_every_described_fixture_has_seeds_whose_description_holds() -> None:
    assert {seed.name.rpartition("_")[0] for seed in SEEDS} == set(described())
    for seed in SEEDS:
        Described("seed", json.loads(seed.read_bytes().partition(b"\n")[0]))


def test_an_answer_that_must_not_be_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Described, line: bytes, origin: object) -> list[object]:
        raise KeyError("user")

    monkeypatch.setattr(Described, "parse", fail)
    with pytest.raises(KeyError):
        one_input(SEEDS[0].read_bytes())
