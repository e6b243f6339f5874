"""What a page may show of factors tells nothing that proves anybody."""

from monitor.services.proof import FactorView, Proved


def test_a_view_has_no_secret() -> None:
    names = set(FactorView.__struct_fields__) | set(Proved.__struct_fields__)
    assert not names & {"secret", "credential", "public_key", "counter", "code"}
