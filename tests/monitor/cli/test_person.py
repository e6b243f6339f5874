"""`vigie person`: what people ask for by law, from the command line."""

import json
import zipfile
from pathlib import Path

import pytest

from detectors.core.event import DAY
from monitor.clock import now_ms
from monitor.store.lock import only_engine
from tests.monitor.cli.calling import call
from tests.monitor.faults.running import query

SIGN_IN = (
    '{{"class_uid":3002,"activity_id":1,"status_id":1,"severity_id":1,"time":{time},'
    '"user":{{"uid":"{user}"}},"src_endpoint":{{"ip":"203.0.113.{number}"}},'
    '"metadata":{{"uid":"e{number}","version":"1.6.0","product":{{"name":"x"}},'
    '"tenant_uid":"acme"}}}}'
)


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A database with sign-ins of two accounts."""
    log = tmp_path / "log.ndjson"
    lines = [
        SIGN_IN.format(time=now_ms() - n * DAY, user="canary" if n % 2 else "bob", number=n)
        for n in range(1, 7)
    ]
    log.write_text("\n".join(lines) + "\n")
    path = tmp_path / "vigie.toml"
    path.write_text(f'data = "{tmp_path}"\ntenant = "acme"\n')
    assert call(capsys, "ingest", log, "--config", path).code == 0
    return path


def files(config: Path) -> bytes:
    return b"".join(path.read_bytes() for path in config.parent.glob("vigie.db*"))


def test_an_erasure_is_shown_done_and_told(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    asked = ("person", "erase", "canary", "--reason", "#1", "--config", config)
    shown = call(capsys, *asked, "--dry-run")
    assert shown.code == 0
    assert "events" in shown.out
    assert b"canary" in files(config)
    done = call(capsys, *asked, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["counts"]["events"] == 3
    assert told["finished"]
    assert told["account"] is None
    assert b"canary" not in files(config)
    assert query(config.parent / "vigie.db", "SELECT count(*) FROM events")[0][0] == 3
    listed = call(capsys, "person", "erasures", "--json", "--config", config)
    assert json.loads(listed.out)[0]["id"] == told["id"]
    assert call(capsys, "person", "erasures", "--config", config).code == 0
    # The log is still there: reading it again brings nobody back.
    call(capsys, "ingest", config.parent / "log.ndjson", "--config", config)
    assert query(config.parent / "vigie.db", "SELECT count(*) FROM events")[0][0] == 3
    assert b"canary" not in files(config)


def test_a_running_engine_is_left_to_it(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    with only_engine(f"sqlite:///{config.parent / 'vigie.db'}"):
        asked = ("person", "erase", "canary", "--reason", "#1", "--config", config)
        done = call(capsys, *asked)
    assert done.code == 0
    assert "Asked for as number 1" in done.out
    assert "An engine is running" in done.told
    # The next one finds it.
    done = call(capsys, *asked)
    assert "Erased, as number 1" in done.out


def test_whoever_is_not_known_is_an_error(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    done = call(capsys, "person", "erase", "nobody", "--reason", "#1", "--config", config)
    assert done.code == 1
    assert "nothing is known of this account" in done.told


def test_restrictions_and_objections_come_and_go(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    end = ("--config", config)
    assert call(capsys, "person", "restrict", "canary", "--reason", "#1", *end).code == 0
    told = call(capsys, "person", "restrictions", "--json", *end)
    assert [one["account"] for one in json.loads(told.out)] == ["canary"]
    assert "canary" in call(capsys, "person", "restrictions", *end).out
    assert call(capsys, "person", "release", "1", "--reason", "#2", *end).code == 0
    assert json.loads(call(capsys, "person", "restrictions", "--json", *end).out) == []
    assert call(capsys, "person", "release", "1", "--reason", "#2", *end).code == 1
    assert call(capsys, "person", "object", "bob", "--grounds", "nights", *end).code == 0
    decided = ("--decision", "no", "--rejected")
    assert call(capsys, "person", "decide", "1", *decided, *end).code == 0
    told = call(capsys, "person", "objections", "--json", *end)
    assert json.loads(told.out)[0]["upheld"] is False
    assert "bob" in call(capsys, "person", "objections", *end).out


def test_a_copy_is_written_once_and_told_to_the_audit(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    out = config.parent / "copy.zip"
    asked = ("person", "export", "canary", "--reason", "#7", "--config", config)
    done = call(capsys, *asked, "--out", out, "--json")
    assert done.code == 0
    assert json.loads(done.out)["files"]["events.ndjson"] == 3
    with zipfile.ZipFile(out) as opened:
        assert b'lang="fr"' not in opened.read("index.html")
        assert b"bob" not in b"".join(map(opened.read, opened.namelist()))
    assert call(capsys, *asked, "--out", out).code == 1
    folder = config.parent / "copie"
    assert call(capsys, *asked, "--out", folder, "--language", "fr").code == 0
    assert 'lang="fr"' in (folder / "index.html").read_text("utf-8")
    assert call(capsys, "person", "looks", "canary", "--config", config).code == 0
    told = call(capsys, "person", "looks", "canary", "--json", "--config", config)
    assert json.loads(told.out) == []


def test_the_register_is_printed(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    printed = call(capsys, "person", "register", "--language", "fr", "--config", config)
    assert printed.out.startswith("# Registre des activités de traitement\n")
    told = call(capsys, "person", "register", "--json", "--config", config)
    assert json.loads(told.out)["entries"][0]["name"]["en"] == "Watching sign-ins"
