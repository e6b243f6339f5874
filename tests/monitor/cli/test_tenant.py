"""An empty `--tenant` is a script's mistake, and must not mean everybody."""

import pytest
import typer

from monitor.cli.tenant import said


def test_a_tenant_or_none_is_said() -> None:
    assert said(None) is None
    assert said("acme") == "acme"


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_blank_is_refused(blank: str) -> None:
    with pytest.raises(typer.BadParameter):
        said(blank)
