"""What is shown of a factor is what helps its owner, and the codes are one set."""

from monitor.services.factor_views import view, view_of_codes
from monitor.services.proof import Method
from monitor.store.factors import FactorRow


def test_one_from_before_there_were_names_is_called_by_its_number() -> None:
    shown = view(FactorRow(255, "totp", b"sealed", 7, None, None))
    assert (shown.handle, shown.kind, shown.name) == (f"{255:032x}", Method.TOTP, "")
    assert not shown.backed_up


def test_codes_are_one_set_with_what_is_left_of_it() -> None:
    rows = [
        FactorRow(1, "recovery", b"s", 7, None, None, handle="a" * 32),
        FactorRow(2, "recovery", b"s", 7, 12, None),
        FactorRow(3, "recovery", b"s", 7, 9, None),
    ]
    shown = view_of_codes(rows)
    assert (shown.handle, shown.kind) == ("a" * 32, Method.RECOVERY)
    assert (shown.created, shown.last_used, shown.left) == (7, 12, 1)
