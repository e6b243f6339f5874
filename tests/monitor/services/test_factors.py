"""What proves somebody proves only them, once; and whoever's factors change hears of it."""

from monitor.services.factors import Level, Method


def test_levels_compare_as_assurance_does() -> None:
    assert Level.AAL2 > Level.AAL1
    assert Method("passkey") is Method.PASSKEY
