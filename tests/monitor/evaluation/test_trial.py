"""A log through the chain: the same as a replay, and the same when it is streamed."""

from pathlib import Path

import msgspec
import pytest

from monitor import assembly
from monitor.enrichment.enricher import Enricher
from monitor.evaluation.baselines.baseline import baselines
from monitor.evaluation.trial import Log, Trial, run, with_directory
from monitor.evaluation.truth import TAKEOVER, LabelsError
from monitor.settings import load
from tests.monitor.evaluation.simulated import rba, world

SETTINGS = load(None)


@pytest.fixture(scope="module")
def enricher() -> Enricher:
    return assembly.open_enricher(SETTINGS)


@pytest.fixture(scope="module")
def trial(enricher: Enricher) -> Trial:
    log, labels = world()
    return run(Log("w", (str(log),), labels), SETTINGS, enricher, "auto", baselines().values())


def test_every_system_hears_the_log(trial: Trial) -> None:
    assert [one.system for one in trial.verdicts] == ["vigie", *baselines()]
    log, _ = world()
    assert trial.events == len(log.read_bytes().splitlines())
    assert 2 < trial.span / 86_400_000 <= 4
    assert trial.seconds > 0


def test_every_log_on_is_counted_by_every_system(trial: Trial) -> None:
    legitimate = trial.sign_ins.legitimate.total()
    assert legitimate > 50
    assert {one.sign_ins.legitimate.total() for one in trial.verdicts} == {legitimate}
    assert all(n >= 0 for one in trial.verdicts for n in one.sign_ins.legitimate.values())


def test_correlating_again_comes_to_the_same(trial: Trial) -> None:
    assert trial.judge is not None
    again = trial.judge.verdicts(trial, trial.findings)
    key = msgspec.json.encode
    assert sorted(map(key, again.called)) == sorted(map(key, trial.verdicts[0].called))
    assert again.use_scores == trial.verdicts[0].use_scores


def test_without_detectors_nothing_is_found(enricher: Enricher, trial: Trial) -> None:
    log, labels = world()
    everything = frozenset(one.detector for one in trial.findings)
    assert everything
    silent = run(Log("w", (str(log),), labels), SETTINGS, enricher, "auto", without=everything)
    assert silent.findings == []
    assert silent.events == trial.events


def test_one_world_in_several_files_is_merged(
    enricher: Enricher, trial: Trial, tmp_path: Path
) -> None:
    log, labels = world()
    lines = log.read_bytes().splitlines(keepends=True)
    (tmp_path / "a").write_bytes(b"".join(lines[1::2]))
    (tmp_path / "b").write_bytes(b"".join(lines[::2]))
    files = (str(tmp_path / "a"), str(tmp_path / "b"))
    halves = run(Log("w", files, labels), SETTINGS, enricher, "ocsf")
    assert [one.id for one in halves.findings] == [one.id for one in trial.findings]


def test_the_data_set_is_streamed_with_its_own_labels(enricher: Enricher, tmp_path: Path) -> None:
    log = rba(tmp_path / "rba.csv")
    told: list[tuple[int, int | None]] = []
    one = run(
        Log("rba", (str(log),), None),
        SETTINGS,
        enricher,
        "rba",
        baselines().values(),
        lambda done, total: told.append((done, total)),
    )
    assert (one.events, one.rejected) == (400, 1)
    assert one.truth.personas.total() == 10
    (misdeed,) = one.truth.wanted(frozenset({TAKEOVER}))
    assert misdeed.account == "3"
    assert one.sign_ins.stolen.total() == 1
    assert told[-1][0] == told[-1][1] == log.stat().st_size


def test_labels_that_are_not_there_are_an_error(enricher: Enricher, tmp_path: Path) -> None:
    log, _ = world()
    with pytest.raises(LabelsError):
        run(Log("w", (str(log),), tmp_path / "none"), SETTINGS, enricher, "auto")


def test_the_directory_beside_the_labels_is_heeded(tmp_path: Path) -> None:
    (tmp_path / "vigie.toml").write_text('[accounts]\nservice = ["acme:robot"]\n')
    joined = with_directory(with_directory(SETTINGS, tmp_path), tmp_path)
    assert joined.accounts.service == ("acme:robot",)
    assert with_directory(SETTINGS, None) == SETTINGS
    assert with_directory(SETTINGS, tmp_path / "none") == SETTINGS
