"""`vigie mfa`: whoever has the machine sees factors, gives links and begins recoveries; agrees to
none."""

import json
from pathlib import Path

import pytest

from monitor.services.enrolment_keys import LENGTH
from monitor.store import factors
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.cli.calling import Called, call
from tests.monitor.services.enrolled import ANN, NOW, known

WHO = (ANN.account, "--tenant", ANN.tenant)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    made = tmp_path / "vigie.toml"
    made.write_text(f'data = "{tmp_path}"\n[web]\npublic_url = "https://vigie.example"\n')
    placed(tmp_path / "vigie.db")
    database = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    known(database)
    database.dispose()
    return made


def run(capsys: pytest.CaptureFixture[str], config: Path, *given: object) -> Called:
    return call(capsys, "mfa", *given, "--config", config)


def test_a_link_is_given_shown_and_withdrawn(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no factor" in run(capsys, config, "show", *WHO).told
    made = run(capsys, config, "link", *WHO, "--minutes", 30)
    assert made.code == 0
    address, _, key = made.out.strip().partition("#")
    assert (address, len(key)) == ("https://vigie.example/enrol", LENGTH)
    shown = json.loads(run(capsys, config, "show", *WHO, "--json").out)
    (link,) = shown["links"]
    assert key not in json.dumps(shown)
    assert run(capsys, config, "withdraw", link["handle"]).code == 0
    assert "over" in run(capsys, config, "show", *WHO).out
    assert run(capsys, config, "link", *WHO, "--minutes", 1).code == 2
    assert run(capsys, config, "link", "nobody").code == 1


def test_a_factor_is_taken_away(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handle = "ab" * 16
    database = connect(f"sqlite:///{config.parent / 'vigie.db'}")
    with database.begin() as connection:
        factors.add(connection, ANN.owner, "totp", b"x", NOW, handle=handle, name="Phone")
    database.dispose()
    assert "Phone" in run(capsys, config, "show", *WHO).out
    given = (ANN.account, handle, "--tenant", ANN.tenant)
    assert run(capsys, config, "revoke", *given, "--reason", " ").code == 1
    assert run(capsys, config, "revoke", *given, "--reason", "stolen").code == 0
    assert run(capsys, config, "revoke", *given, "--reason", "stolen").code == 1


def test_a_recovery_is_begun_proved_and_refused_and_never_agreed_to(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no such recovery" in run(capsys, config, "recoveries").told
    handle = run(capsys, config, "recover", *WHO).out.strip()
    assert run(capsys, config, "prove", handle, "--proof", "seen in person").code == 0
    assert run(capsys, config, "approve", handle).code == 2
    early = run(capsys, config, "hand-over", handle)
    assert (early.code, "waiting time" in early.told) == (1, True)
    listed = json.loads(run(capsys, config, "recoveries", "--state", "decide", "--json").out)
    assert [(one["handle"], one["proof"]) for one in listed] == [(handle, "seen in person")]
    assert run(capsys, config, "refuse", handle, "--reason", "a stranger").code == 0
    assert "refused" in run(capsys, config, "recoveries", "--state", "all").out
    assert "recovery" in run(capsys, config, "show", *WHO).out
