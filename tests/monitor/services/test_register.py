"""The register is for people of the house."""

import pytest

from monitor.services.actor import Role
from monitor.services.refusal import NotAllowedError
from monitor.services.register import Registry
from tests.monitor.protection.test_register import FACTS
from tests.monitor.services.people import person, program


def test_staff_and_programs_read_it_and_tenants_do_not() -> None:
    registry = Registry(FACTS)
    assert registry.read(person(Role.VIEWER)).entries
    assert registry.read(program("register:read")).measures
    with pytest.raises(NotAllowedError):
        registry.read(person(Role.TENANT_CONTACT, tenant="t"))
    with pytest.raises(NotAllowedError):
        registry.read(person(Role.ADMINISTRATOR, tenant="t"))
