"""Who asks is known by kind and id, and the daemon can do what it is for and nothing else."""

import getpass
import os

import pytest

from monitor.services.actor import DAEMON, Role, operator
from monitor.services.authority import Operation, permits
from tests.monitor.services.people import ADMINISTRATOR


def test_a_reference_names_nobody() -> None:
    assert ADMINISTRATOR.reference == "reviewer:r-1"
    assert ADMINISTRATOR.name not in ADMINISTRATOR.reference


def test_whoever_has_the_machine_is_called_as_there() -> None:
    assert operator().uid == getpass.getuser()
    assert operator("ops").roles == {Role.ADMINISTRATOR}


def test_a_process_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("no such user")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert operator().uid == str(os.getuid())


def test_the_daemon_does_what_it_is_for() -> None:
    assert permits(DAEMON, Operation.EVENTS_WRITE)
    assert not permits(DAEMON, Operation.KEYS_WRITE)
