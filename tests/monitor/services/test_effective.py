"""Only administrators of the whole instance see the settings."""

import pytest

from monitor.services.actor import Role
from monitor.services.effective import Effective, SectionView, SettingView, Whence
from monitor.services.refusal import NotAllowedError
from tests.monitor.services.people import ADMINISTRATOR, person, program


def setting(whence: Whence) -> SettingView:
    return SettingView(
        key="a.b",
        value="1",
        whence=whence,
        is_hidden=False,
        is_set=True,
        variable="VIGIE_A__B",
        restarts=False,
        about="",
    )


def test_who_may_sees_them() -> None:
    section = SectionView(
        name="a", about="", settings=(setting(Whence.FILE), setting(Whence.DEFAULT))
    )
    desk = Effective([section])
    assert desk.sections(ADMINISTRATOR) == [section]
    assert section.changed == 1
    for actor in (
        person(Role.APPROVER),
        person(Role.ADMINISTRATOR, tenant="acme"),
        program("sources:read"),
    ):
        with pytest.raises(NotAllowedError):
            desk.sections(actor)
