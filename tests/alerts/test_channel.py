"""An address of Apprise is checked before it is used, and never told: it is a secret."""

import pytest

from alerts.channel import Channel


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense", "expected an address of Apprise"),
        ("pigeon://s3cret", "expected an address of Apprise"),
        ("slack://s3cret", "expected an address of Apprise"),
        ("syslog://", "this machine itself"),
        ("dbus://", "this machine itself"),
        ("mailto://me:s3cret@mail.example", "use mailtos://"),
        ("mmosts://chat.example/s3crettokens3crettokens3cret?verify=no", "verify=no"),
        ("mmosts://chat.example/s3crettokens3crettokens3cret?redirect=yes", "redirect=yes"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_telling_it(
    address: str, why: str
) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        Channel(address)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#soc", "Slack"),
        ("mmosts://chat.example/abcdefghijklmnopqrstuvwxyz", "Mattermost"),
        ("pagerduty://abcdefghijklmnopqrstuvwxyzabcdef@abcdefghijklmnopqrst", "Pager Duty"),
        ("workflows://prod-1.westeurope.logic.azure.com:443/wkflow/sig", "Power Automate"),
        ("mailtos://me:pw@mail.example?from=v@mail.example", "E-Mail"),
        ("gchat://workspace/key/token", "Google Chat"),
        ("discord://123456789012345678/abcdefghijklmnopqrstuvwxyz", "Discord"),
    ],
)
def test_the_services_that_teams_have_are_there(address: str, name: str) -> None:
    assert name.split(maxsplit=1)[0] in Channel(address).name
