"""What is read of one account is what is read of it among all."""

from sqlalchemy import Engine

from monitor.gate.judging import Against, Proof, Standing
from monitor.gate.reading import everything, standing_of
from tests.monitor.gate.standing import demanded, listed, proved

NOW = 1_800_000_000_000


def test_all_that_is_known_of_an_account_and_nothing_of_another(database: Engine) -> None:
    listed(database, "u-1", "disabled", NOW, NOW + 50)
    listed(database, "u-1", "challenge", NOW + 1)
    listed(database, "u-2", "revoked", NOW)
    demanded(database, "u-1", "s-1", "challenge", NOW, NOW + 60)
    demanded(database, "u-1", "s-2", "revoked", NOW)
    proved(database, "u-1", "s-3", NOW + 2, NOW + 70)
    with database.begin() as connection:
        found = everything(connection, NOW)
        assert standing_of(connection, ("acme", "u-1"), NOW) == found["acme", "u-1"]
        assert standing_of(connection, ("acme", "u-9"), NOW) == Standing()
        later = standing_of(connection, ("acme", "u-1"), NOW + 50)
    one = found["acme", "u-1"]
    assert set(one.account) == {
        Against("disabled", NOW, NOW + 50, "order of disabled"),
        Against("challenge", NOW + 1, None, "order of challenge"),
    }
    assert one.sessions == {
        "s-1": (Against("challenge", NOW, NOW + 60, "demand of challenge"),),
        "s-2": (Against("revoked", NOW, None, "demand of revoked"),),
    }
    assert one.proofs == {"s-3": Proof(2, NOW + 2, NOW + 70)}
    assert [each.verdict for each in later.account] == ["challenge"]
    assert set(found) == {("acme", "u-1"), ("acme", "u-2")}
