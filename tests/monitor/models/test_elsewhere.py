"""Rows of logs that others wrote: as training has them, without names; the shipped ones whole."""

import lzma
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from monitor.assembly import open_enricher
from monitor.evaluation.truth import LabelsError
from monitor.models import elsewhere, labels
from monitor.models.examples import START, harvest
from monitor.models.labels import TOLD, Label
from monitor.settings import Settings
from monitor.simulation.simulation import simulate


def written(folder: Path) -> list[Label]:
    """The rows of a small world of our own, written as a log with labels beside it."""
    world = simulate(
        3,
        days=21,
        accounts=40,
        start=START,
        misdeeds={"credential_sharing": 8},
        strategies="training",
    )
    encode = msgspec.json.encode
    log, truth = folder / "auth.ndjson", folder / "labels"
    truth.mkdir()
    log.write_bytes(b"".join(line + b"\n" for line in world.lines()))
    accounts = b"".join(encode(one) + b"\n" for one in world.accounts())
    (truth / "accounts.ndjson").write_bytes(accounts)
    incidents = b"".join(encode(one) + b"\n" for one in world.incidents)
    (truth / "incidents.ndjson").write_bytes(incidents)
    return list(elsewhere.gather(str(log), truth, Settings(), open_enricher(Settings())))


def test_a_log_gives_the_rows_that_training_has_of_the_same_world(tmp_path: Path) -> None:
    rows = written(tmp_path)
    examples = harvest(
        3, open_enricher(Settings()).enrich, accounts=40, days=21, strategies="training"
    )
    assert {row.answer for row in rows} == {TOLD}
    assert any(row.shared for row in rows)
    asked: dict[tuple[int, str, str], list[tuple[float, ...]]] = {}
    for one in examples:
        asked.setdefault((one.week, one.persona, one.strategy), []).append(one.features)
    same = [
        any(
            other == pytest.approx(row.example().features, abs=1e-3, nan_ok=True)
            for other in asked[row.week, row.persona, row.strategy]
        )
        for row in rows
    ]
    # A log is read in the order of its events' ids, a world as it was written: what happens at
    # once may stand otherwise.
    assert sum(same) >= 0.9 * len(rows)


def test_of_one_persons_weeks_half_are_kept_and_of_shared_ones_all(tmp_path: Path) -> None:
    rows = written(tmp_path)
    enrich = open_enricher(Settings()).enrich
    examples = harvest(3, enrich, accounts=40, days=21, strategies="training")
    for shared in (True, False):
        weeks = Counter(row.week for row in rows if row.shared == shared)
        whole = Counter(one.week for one in examples if one.shared == shared)
        assert (weeks[2], weeks[3]) == (whole[2], whole[3])
        assert weeks[1] == whole[1] if shared else weeks[1] < whole[1]


def test_rows_name_nobody(tmp_path: Path) -> None:
    rows = written(tmp_path)
    labels.write(tmp_path / "rows.ndjson.xz", rows)
    told = lzma.decompress((tmp_path / "rows.ndjson.xz").read_bytes()).decode()
    for line in (tmp_path / "labels" / "accounts.ndjson").read_bytes().splitlines():
        label = msgspec.json.decode(line)
        assert label["account"] not in told
        assert label["tenant"] not in told
    assert labels.read(tmp_path / "rows.ndjson.xz") == rows


def test_labels_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "accounts.ndjson").write_text("{}\n", encoding="utf-8")
    with pytest.raises(LabelsError, match=r"accounts\.ndjson, line 1"):
        list(elsewhere.gather("none", tmp_path, Settings(), open_enricher(Settings())))


def test_a_packed_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson.xz"
    path.write_bytes(lzma.compress(b"{}")[:-8])
    with pytest.raises(labels.LabelsError, match=r"rows\.ndjson\.xz"):
        labels.read(path)


HONEST_LIVES = {"osier"}
"""Authors of honest lives, hardly any of which is shared."""


def test_the_shipped_rows_are_of_several_authors_and_of_both_kinds() -> None:
    shipped = elsewhere.shipped()
    assert len(shipped) >= 5
    for name, rows in shipped.items():
        accounts = {row.account for row in rows}
        shared = {row.account for row in rows if row.shared}
        assert len(accounts) > 1_000, name
        least = 0.02 if name not in HONEST_LIVES else 0.005
        assert least < len(shared) / len(accounts) < 0.2, name
        assert {row.answer for row in rows} == {TOLD}
