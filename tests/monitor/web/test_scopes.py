"""Every scope that a key may hold, and every role, is said in words."""

from monitor.services.actor import Role
from monitor.services.authority import Operation
from monitor.web.scopes import DUTIES, SCOPES, grouped


def test_each_is_said_once() -> None:
    for_keys = {operation for operation in Operation if operation.for_keys}
    assert set(SCOPES) == for_keys
    assert set(DUTIES) == set(Role)
    told = [scope for _, some in grouped() for scope, _ in some]
    assert sorted(told) == sorted(operation.scope for operation in for_keys)
    assert len(set(SCOPES.values())) == len(SCOPES)
