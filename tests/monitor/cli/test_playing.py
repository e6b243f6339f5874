"""The demonstration's subscriber can do what its links invite to, each time that it is started."""

from base64 import b64encode
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from monitor import instance
from monitor.cli import playing as module
from monitor.cli.playing import NAME, Playing, hand_off_secret
from monitor.clock import now_ms
from monitor.instance import KEY_BYTES
from monitor.mfa import totp
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.services.factors import Factors, Method, Shown
from monitor.services.keyring import Keyring
from monitor.services.subscriber import Subscriber
from monitor.settings import Mfa, Secrets, Settings
from monitor.simulation.application import Told


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path,
        mfa=Mfa(hand_off_secret=hand_off_secret(), hand_off_url="http://127.0.0.1:8321/hand-off"),
        secrets=Secrets(key=b64encode(bytes(KEY_BYTES)).decode()),
    )


def played(settings: Settings, database: Engine) -> Told:
    """What the application is told."""
    told: list[bytes] = []

    def companion(name: str, where: str, arguments: tuple[str, ...], line: bytes) -> None:
        told.append(line)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Companion", companion)
        Playing(settings, 8_321, 2026, 50)(database, "http://127.0.0.1:8320")
    return msgspec.json.decode(told[0], type=Told)


def test_the_code_that_it_shows_proves_who_it_is_also_at_once_and_after_a_second_start(
    settings: Settings, database: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    first = played(settings, database)
    told = played(settings, database)
    pepper = instance.opened(settings.secrets.key, settings.data)[0].pepper
    factors = Factors(database, Keyring(pepper), None)
    person = Subscriber(told.played.tenant, told.played.account)
    assert [one.name for one in factors.listed(person.owner)] == [NAME]
    assert factors.prove(person.owner, Shown(totp.code(first.totp, now_ms()))) is None
    proved = factors.prove(person.owner, Shown(totp.code(told.totp, now_ms())))
    assert proved is not None
    assert proved.method is Method.TOTP
    printed = capsys.readouterr().err
    for link in ("http://127.0.0.1:8320/me/begin", "http://127.0.0.1:8321/challenge"):
        assert f"{link}\n" in printed
    assert totp.grouped(told.totp) in printed


def test_its_key_asks_for_challenges_and_nothing_else(settings: Settings, database: Engine) -> None:
    first, told = played(settings, database), played(settings, database)
    pepper = instance.opened(settings.secrets.key, settings.data)[0].pepper
    keys = ApiKeys(database, pepper=pepper)
    key = keys.identify(told.key)
    assert key is not None
    assert key.scopes == {Operation.MFA_CHALLENGE.scope}
    assert key.tenant == told.played.tenant
    assert keys.identify(first.key) is None
    assert told.key not in repr(told.played)


def test_without_anybody_to_hand_over_there_is_none(tmp_path: Path, database: Engine) -> None:
    beside = Playing(Settings(data=tmp_path), 8_321, 2026, 20)(database, "http://a")
    assert beside.companion is None
