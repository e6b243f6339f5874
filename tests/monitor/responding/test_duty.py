"""Duties are found in their folder, and count together what they did."""

import threading

from monitor.responding.duty import Counts, openings


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
