"""The parts are put together as the settings say."""

from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine, create_engine

from monitor import assembly
from monitor.formats.detection import Auto, UnknownFormatError
from monitor.formats.format import Origin, formats
from monitor.mfa.party import RelyingParty
from monitor.services.relying_party import RelyingPartyError
from monitor.settings import Inbox as InboxSettings
from monitor.settings import Mfa, Models, Settings, SettingsError, Source, Web
from monitor.store import tables
from monitor.store.inbox import Inbox, Terms
from tests.monitor.services.factored import Holder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


def test_parameters_of_correlation_are_those_of_the_settings(settings: Settings) -> None:
    defaults = assembly.correlation_of(settings)
    name, value = next(
        (name, value)
        for name, value in structs.asdict(defaults).items()
        if isinstance(value, int) and not isinstance(value, bool)
    )
    changed = assembly.correlation_of(structs.replace(settings, correlation={name: value + 1}))
    assert getattr(changed, name) == value + 1


@pytest.mark.parametrize("section", ["correlation", "assessment"])
def test_a_parameter_of_the_wrong_kind_is_refused(settings: Settings, section: str) -> None:
    known = assembly.correlation_of(settings)
    owner = known if section == "correlation" else known.assessment
    name = next(n for n, v in structs.asdict(owner).items() if isinstance(v, int | float))
    with pytest.raises(SettingsError, match="correlation"):
        assembly.correlation_of(structs.replace(settings, **{section: {name: "much"}}))


def test_what_others_may_send_for_is_announced(settings: Settings, database: Engine) -> None:
    sources = (Source(name="log", path="x"), Source(name="crm", url="push:"))
    told = structs.replace(settings, sources=sources, inbox=InboxSettings(waiting_mib=3))
    assembly.announce(told, database)
    assert Inbox(database).terms() == Terms(("crm",), 3 << 20)
    assembly.announce(settings, database)
    assert Inbox(database).terms() == Terms((), 1 << 30)


def test_the_shipped_location_data_is_used(settings: Settings) -> None:
    assert assembly.open_enricher(settings).version


def test_the_shipped_models_are_in_the_context_whose_version_names_them(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    context = assembly.context_of(settings)
    assert set(context.models) == {
        "account_sharing",
        "unusual_sign_in",
    }
    without = structs.replace(settings, models=Models(enabled=False))
    assert assembly.context_of(without).models == {}
    assert assembly.context_of(without).version != context.version
    assert not caplog.records


def test_models_that_cannot_be_used_have_no_say_and_a_warning_says_why(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = structs.replace(settings, models=Models(path=tmp_path / "none"))
    assert assembly.context_of(elsewhere).models == {}
    assert "No learned model has a say" in caplog.text
    assert "manifest.json: cannot be read" in caplog.text


@pytest.mark.parametrize("name", ["auto", *formats()])
def test_a_format_is_found_by_its_name(name: str) -> None:
    assert assembly.form_of(Settings(), name).name == name


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UnknownFormatError, match="sshd"):
        assembly.form_of(Settings(), "nothing")


def test_a_format_that_the_settings_describe_is_found_and_takes_part_in_detection() -> None:
    fields = {"time": "ts", "account": "who", "outcome": "ok"}
    settings = Settings(formats={"crm": {"kind": "json", "fields": fields}})
    line = b'{"ts":1714809600,"who":"ann","ok":true}'
    crm, auto = assembly.form_of(settings, "crm"), assembly.form_of(settings, "auto")
    origin = Origin("s", "acme", lambda month, day: 2024, lambda second, raw: 0)
    assert crm.parse(line, origin) == auto.parse(line, origin)
    assert isinstance(auto, Auto)
    assert auto.format_of(line) == "crm"
    paris = assembly.form_of(settings, "crm", "Europe/Paris")
    (event,) = paris.parse(b'{"ts":"2024-05-04T10:00:00","who":"ann","ok":true}', origin)
    assert event.time == 1_714_809_600_000


def test_a_pipeline_reads_the_sources_of_the_settings(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "auth.log").write_text(
        "2026-09-21T14:02:07+00:00 web sshd[7]: Failed password for root from 203.0.113.9 port 1\n"
    )
    sources = (
        Source(name="ssh", path=str(tmp_path / "auth.log"), format="sshd", tenant="acme"),
        Source(name="all", glob=str(tmp_path / "*.ndjson")),
    )
    database = create_engine(f"sqlite:///{tmp_path / 'vigie.db'}")
    tables.metadata.create_all(database)
    engine = assembly.open_engine(settings, database, assembly.open_enricher(settings))
    pipeline = assembly.open_pipeline(settings, engine, sources, follow=False)
    assert [(feed.name, feed.format) for feed in pipeline.feeds] == [
        ("ssh", "sshd"),
        ("all", "auto"),
    ]
    pipeline.start()
    outcome = pipeline.step()
    assert outcome is not None
    assert outcome.events == 1
    with database.connect() as connection:
        body = connection.execute(tables.events.select()).one().body
    assert b"acme" in body
    pipeline.close()
    database.dispose()


@pytest.mark.parametrize("section", ["assessment", "correlation"])
def test_a_parameter_that_does_not_exist_is_refused(section: str) -> None:
    settings = Settings(**{section: {"no_such_thing": 1}})
    with pytest.raises(SettingsError, match="no_such_thing"):
        assembly.correlation_of(settings)


@pytest.mark.parametrize(
    ("url", "rp_id", "party"),
    [
        (None, None, ("localhost", "http://localhost:8320")),
        ("https://vigie.example.com", None, ("vigie.example.com", "https://vigie.example.com")),
        ("https://v.example.com:443/", None, ("v.example.com", "https://v.example.com")),
        (
            "https://v.example.com:8443",
            "example.com",
            ("example.com", "https://v.example.com:8443"),
        ),
        ("http://localhost:80", None, ("localhost", "http://localhost")),
        # No browser lets passkeys be used there.
        ("http://vigie.example.com", None, None),
        ("https://192.0.2.7", None, None),
        ("https://[2001:db8::7]:8443", None, None),
    ],
)
def test_passkeys_are_for_the_host_that_browsers_reach(
    url: str | None, rp_id: str | None, party: tuple[str, str] | None
) -> None:
    settings = Settings(web=Web(public_url=url), mfa=Mfa(rp_id=rp_id, rp_name="Atlas"))
    wanted = None if party is None else RelyingParty(party[0], "Atlas", (party[1],))
    assert assembly.relying_party_of(settings) == wanted
    assert assembly.terms_of(settings).relying_party == wanted


def test_at_a_port_that_is_another_each_time_there_are_no_passkeys() -> None:
    assert assembly.relying_party_of(Settings(web=Web(port=0))) is None
    fixed = assembly.relying_party_of(Settings(web=Web(port=8399)))
    assert fixed is not None
    assert fixed.origins == ("http://localhost:8399",)


def test_settings_are_held_to_what_passkeys_are_bound_to(database: Engine) -> None:
    holder = Holder(database)
    first = Settings(web=Web(public_url="https://vigie.example.com"), mfa=Mfa(rp_id="example.com"))
    other = Settings(web=Web(public_url="https://other.test"))
    assembly.hold_binding(other, database)
    holder.passkey()
    assembly.hold_binding(first, database)
    with pytest.raises(RelyingPartyError, match="1 passkeys of 1 accounts"):
        assembly.hold_binding(other, database)


def test_sealing_keys_are_the_settings_own_or_in_the_data_folder(tmp_path: Path) -> None:
    assert assembly.sealing_keys_of(Settings(data=tmp_path)).path == tmp_path / "sealing.keys"
