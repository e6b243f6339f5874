"""Labels are read leniently where fields come and go, and strictly where they are wrong."""

from pathlib import Path

import pytest

from monitor.evaluation.truth import (
    EVERYBODY,
    FATIGUE,
    TAKEOVER,
    LabelsError,
    RbaLabels,
    read_labels,
)
from monitor.simulation.simulation import simulate
from monitor.simulation.writing import ndjson
from tests.monitor.evaluation.worlds import TENANT, misdeed, truth


def rba(n: int, user: int, ip: str, *, attack: bool = False, takeover: bool = False) -> bytes:
    row = f"{n},2020-02-03 12:43:{n:02}.000,{user},,{ip},NO,-,-,29695,agent,Chrome 1,Linux,desktop"
    return f"{row},True,{attack},{takeover}".encode()


def test_the_simulator_s_labels_are_read(tmp_path: Path) -> None:
    world = simulate(3, days=1, accounts=40, start=1_767_254_400_000)
    labels = [label for _, label in world.records()]
    (tmp_path / "events.ndjson").write_bytes(b"".join(ndjson(labels)))
    (tmp_path / "accounts.ndjson").write_bytes(b"".join(ndjson(world.accounts())))
    (tmp_path / "incidents.ndjson").write_bytes(b"".join(ndjson(world.incidents)))
    found = read_labels(tmp_path)
    assert found.personas.total() == len(found.persona_of) >= 40
    assert len(found.misdeeds) == len(world.incidents)
    assert set(found.marked.values()) <= {one.behaviour for one in found.misdeeds}


def test_fields_that_nobody_knows_and_fields_that_are_missing_are_borne(tmp_path: Path) -> None:
    line = '{"id":"1","tenant":"t","behaviour":"brute_force","start":5,"weather":"fine"}\n\n'
    (tmp_path / "incidents.ndjson").write_text(line)
    (one,) = read_labels(tmp_path).misdeeds
    assert (one.start, one.account, one.held_back, one.sources) == (5, None, False, ())


def test_without_accounts_those_that_are_named_count(tmp_path: Path) -> None:
    line = '{"id":"1","tenant":"t","behaviour":"brute_force","start":5,"account":"a"}\n'
    (tmp_path / "incidents.ndjson").write_text(line)
    assert read_labels(tmp_path).personas == {EVERYBODY: 1}


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "line 1"), ('{"id":1}', "line 1"), ('{"id":"1"}', "missing required field")],
)
def test_a_label_that_cannot_be_read_says_where(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "incidents.ndjson").write_text(content)
    with pytest.raises(LabelsError, match=told):
        read_labels(tmp_path)


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="no folder of labels"):
        read_labels(tmp_path / "nothing")
    with pytest.raises(LabelsError, match=r"incidents\.ndjson"):
        read_labels(tmp_path)


def test_who_is_honest() -> None:
    of = truth(
        misdeed("sharer"),
        misdeed("lender", minor=True),
        misdeed("team", allowed=True),
        misdeed("guessed", "brute_force", success=True),
        misdeed("target", "brute_force", success=False),
        misdeed("tired", FATIGUE, success=False),
        honest=3,
    )
    honest = {a for _, a in of.persona_of if of.is_honest((TENANT, a))}
    assert honest == {"h0", "h1", "h2", "team", "target", "tired"}
    assert of.honest() == {"agent": 6}


def test_an_account_that_may_be_shared_is_no_misdeed(tmp_path: Path) -> None:
    (tmp_path / "incidents.ndjson").write_text(
        '{"id":"1","tenant":"t","behaviour":"credential_sharing","start":5,"account":"a"}\n'
        '{"id":"2","tenant":"t","behaviour":"account_takeover","start":5,"account":"a"}\n'
    )
    (tmp_path / "accounts.ndjson").write_text(
        '{"tenant":"t","account":"a","persona":"team","allowed_to_share":true,"held_back":true}\n'
    )
    of = read_labels(tmp_path)
    assert [one.allowed for one in of.misdeeds] == [True, False]
    assert of.held_back == {"team"}


def test_what_is_wanted_is_neither_minor_nor_allowed() -> None:
    of = truth(misdeed("a"), misdeed("b", minor=True), misdeed("c", allowed=True))
    assert [one.account for one in of.wanted(frozenset({"credential_sharing"}))] == ["a"]


def test_rows_of_the_data_set_hold_their_labels() -> None:
    labels = RbaLabels("acme")
    labels.take([b"index,Login Timestamp,User ID,", b"rubbish"])
    labels.take([rba(1, 7, "10.0.0.1"), rba(2, 8, "192.0.2.9", attack=True, takeover=True)])
    labels.take([rba(3, 8, "192.0.2.9", attack=True, takeover=True), rba(4, 9, "192.0.2.8")])
    of = labels.truth()
    assert of.personas == {EVERYBODY: 3}
    assert of.marked == {"2": TAKEOVER, "3": TAKEOVER}
    takeover, addresses = of.misdeeds
    assert (takeover.account, takeover.end - takeover.start) == ("8", 1000)
    assert of.attacking_sources() == {"192.0.2.9"}
    assert not addresses.is_wanted
    assert of.honest() == {EVERYBODY: 2}


def test_sources_that_labels_do_not_name_are_taken_from_the_events(tmp_path: Path) -> None:
    line = '{"id":"1","tenant":"t","behaviour":"brute_force","start":5,"sources":["192.0.2.1"]}\n'
    (tmp_path / "incidents.ndjson").write_text(line)
    (tmp_path / "events.ndjson").write_text(
        '{"uid":"e1","behaviour":"brute_force","incident":"1"}\n{"uid":"e2"}\n'
    )
    of = read_labels(tmp_path)
    of.note_source("e1", "192.0.2.2")
    of.note_source("e2", "192.0.2.3")
    assert of.sources_of(of.misdeeds[0]) == {"192.0.2.1", "192.0.2.2"}
    assert of.attacking_sources() == {"192.0.2.1", "192.0.2.2"}
