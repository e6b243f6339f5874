"""What may not be asked for is refused before anything is written."""

import pytest
from sqlalchemy import Engine

from alerts.measure import MeasureError
from monitor.services.actor import Role
from monitor.services.measure_checks import MOST, check_accounts, check_free, is_restricted
from monitor.services.refusal import NotThereError
from monitor.store import restrictions
from tests.monitor.services.measured import NOW, TENANT, WHO
from tests.monitor.services.people import person

BOUND = person(Role.ANALYST, tenant=TENANT)


@pytest.mark.parametrize("accounts", [("",), ("a\0b",), ("x" * 1_025,)])
def test_what_no_account_is_called_is_not_there(accounts: tuple[str, ...]) -> None:
    with pytest.raises(NotThereError):
        check_accounts(BOUND, TENANT, accounts)


def test_one_to_so_many_accounts_of_the_own_tenant(database: Engine) -> None:
    check_accounts(BOUND, TENANT, ["a"])
    check_accounts(BOUND, TENANT, [str(n) for n in range(MOST)])
    for accounts in ([], [str(n) for n in range(MOST + 1)]):
        with pytest.raises(MeasureError):
            check_accounts(BOUND, TENANT, accounts)
    with pytest.raises(NotThereError):
        check_accounts(BOUND, "another", ["a"])


def test_of_whom_nothing_may_be_decided(database: Engine) -> None:
    with database.begin() as connection:
        check_free(connection, WHO)
        restrictions.restrict(connection, WHO, NOW, "ticket 4", "operator:root")
        assert is_restricted(connection, WHO)
        with pytest.raises(MeasureError):
            check_free(connection, WHO)
