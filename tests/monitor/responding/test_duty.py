"""Duties are found in their folder, and count together what they did."""

import shutil
import threading
from pathlib import Path

import pytest

from monitor.responding.duty import Counts, Duty, Surroundings, openings
from monitor.settings import Settings
from monitor.store.connection import connect


def test_what_lies_in_the_folder_is_found() -> None:
    assert "ringing" in openings()
    assert "service" not in openings()


def test_counts_of_several_threads_are_all_there() -> None:
    counts = Counts()
    threads = [
        threading.Thread(target=lambda: [counts.add("orders", 2) for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.told() == {"orders": 4_000}


@pytest.mark.parametrize("name", sorted(openings()))
def test_every_duty_is_one_and_has_nothing_to_do_in_an_empty_database(
    name: str, migrated_file: Path, tmp_path: Path
) -> None:
    shutil.copyfile(migrated_file, tmp_path / "vigie.db")
    settings = Settings(data=tmp_path)
    database = connect(settings.database_url)
    duty = openings()[name](Surroundings(settings=settings, database=database))
    assert Duty in type(duty).__mro__, "what a hand asks of it is there"
    for _ in range(50):
        if not duty.step():
            break
    assert not duty.step()
    duty.close()
    database.dispose()
