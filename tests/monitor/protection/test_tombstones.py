"""Nobody is found by a digest, and whoever comes again is known by it."""

from monitor.protection.tombstones import DIGEST_BYTES, Named, tombstone

PEPPER = b"p" * 32


def test_it_is_the_same_every_time_and_of_this_instance_only() -> None:
    one = tombstone(PEPPER, Named.ACCOUNT, "t", "zoe")
    assert one == tombstone(PEPPER, Named.ACCOUNT, "t", "zoe")
    assert len(one) == DIGEST_BYTES
    assert one != tombstone(b"q" * 32, Named.ACCOUNT, "t", "zoe")


def test_tenants_and_kinds_are_told_apart() -> None:
    made = {
        tombstone(PEPPER, way, tenant, name)
        for way in Named
        for tenant, name in (("t", "zoe"), ("u", "zoe"), ("tz", "oe"))
    }
    # A word is of no tenant.
    assert len(made) == 3 + 3 + 2


def test_a_name_is_the_same_in_capitals_and_an_account_is_not() -> None:
    assert tombstone(PEPPER, Named.NAME, "t", "Zoe") == tombstone(PEPPER, Named.NAME, "t", "ZOE")
    assert tombstone(PEPPER, Named.ACCOUNT, "t", "Zoe") != tombstone(
        PEPPER, Named.ACCOUNT, "t", "ZOE"
    )
