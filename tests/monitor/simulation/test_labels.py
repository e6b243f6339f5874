"""Labels go to JSON and back."""

import msgspec

from monitor.simulation.labels import AccountLabel, EventLabel, IncidentLabel


def test_labels_survive_json() -> None:
    event = EventLabel("u", 1, "t", None, "", "brute_force", "i")
    account = AccountLabel("t", "a", "n", "agent", "Lyon", ("brute_force",), ("i",))
    incident = IncidentLabel(
        "i", "t", None, ("a", "b"), "brute_force", "slow", 1, 2, 3, False, False, ("1.1.1.1",)
    )
    for label in (event, account, incident):
        assert msgspec.json.decode(msgspec.json.encode(label), type=type(label)) == label
