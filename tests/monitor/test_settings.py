"""Settings: where they come from, what wins, and how a bad one is refused."""

import base64
import re
import tempfile
from pathlib import Path
from typing import Annotated

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from detectors.core import registry
from detectors.core.context import AccountKind, Rules
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import NetworkKind
from monitor import settings
from monitor.settings import (
    Secrets,
    Settings,
    SettingsError,
    from_json,
    load,
    to_json,
    variable,
)

EXAMPLE = Path(__file__).parents[2] / "vigie.example.toml"


@pytest.fixture(autouse=True)
def _formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "formats", lambda: {"ocsf": object(), "sshd": object()})


class _Parameters(Struct, frozen=True):
    failures: Annotated[int, Meta(ge=1)] = 10


class _Detector:
    def __init__(self) -> None:
        self.parameters = _Parameters()


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "classes", lambda: {"brute_force": _Detector})


def write(folder: Path, text: str) -> Path:
    path = folder / "vigie.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path | None, environment: dict[str, str] | None = None) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(path, environment or {})
    return caught.value


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    got = load(None, {"XDG_STATE_HOME": str(tmp_path / "state")})
    assert got == Settings(data=tmp_path / "state" / "vigie")
    assert got.database_url == f"sqlite:///{tmp_path}/state/vigie/vigie.db"
    assert (got.engine.lateness, got.engine.batch) == (86_400_000, 5_000)
    assert (got.web.host, got.web.port) == ("127.0.0.1", 8_320)


def test_a_database_in_the_working_folder_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    assert load(None, {"XDG_STATE_HOME": "/state"}).data == Path("/state/vigie")
    (tmp_path / "var" / "vigie.db").touch()
    assert load(None, {"XDG_STATE_HOME": "/state"}).database_url == "sqlite:///var/vigie.db"


def test_the_example_holds(detector: None) -> None:
    got = load(EXAMPLE, {"XDG_STATE_HOME": "/state"})
    assert [source.name for source in got.sources] == ["auth", "application"]
    assert got.kinds() == {
        Subject(SubjectKind.ACCOUNT, "operations", "backup"): AccountKind.SERVICE,
        Subject(SubjectKind.ACCOUNT, "acme", "front desk"): AccountKind.SHARED,
    }


def test_the_format_that_the_example_describes_holds(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    start = text.index("# [formats.desk]")
    block = text[start : text.index("\n\n", start)]
    got = load(write(tmp_path, re.sub(r"(?m)^# ", "", block)), {})
    assert [*got.described()] == ["desk"]


def test_the_example_names_every_setting_with_its_default() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert load(EXAMPLE, {}).engine == Settings().engine
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    for key in (*settings._keys(Settings), *(f"x.{n}" for n in settings.Source.__struct_fields__)):
        name = key.rpartition(".")[2]
        assert any(line.startswith((f"{name} = ", f"{name}_file = ")) for line in lines), key


def test_the_working_folder_s_file_is_read_and_another_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, 'language = "fr"')
    other = tmp_path / "other"
    other.mkdir()
    named = write(other, "[web]\nport = 1\n")
    assert load(None, {}).language == "fr"
    assert load(None, {"VIGIE_CONFIG": str(named)}).web.port == 1
    assert load(named, {"VIGIE_CONFIG": "nowhere.toml"}).language == "en"


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "city.mmdb").touch()
    path = write(
        tmp_path,
        """
        data = "kept"
        geo.city = "city.mmdb"
        sources = [
            {name = "a", path = "a.log"}, {name = "b", glob = "b/*.log"}, {name = "c", path = "-"},
            {name = "d", path = "/d.log"},
        ]
        """,
    )
    got = load(path, {})
    assert got.data == tmp_path / "kept"
    assert got.geo.city == tmp_path / "city.mmdb"
    assert [source.path or source.glob for source in got.sources] == [
        f"{tmp_path}/a.log",
        f"{tmp_path}/b/*.log",
        "-",
        "/d.log",
    ]


def test_the_environment_wins(tmp_path: Path, detector: None) -> None:
    path = write(tmp_path, "[web]\nport = 1\n[detectors.brute_force]\nfailures = 3\n")
    got = load(
        path,
        {
            "VIGIE_WEB__PORT": "2",
            "VIGIE_DATA": "/kept",
            "VIGIE_TENANT": "123",
            "VIGIE_ENGINE__LATENESS_HOURS": "0.5",
            "VIGIE_DETECTORS__BRUTE_FORCE__FAILURES": "4",
            "VIGIE_REQUIRE_ALL": "1",
            "OTHER_WEB__PORT": "3",
        },
    )
    assert (got.web.port, got.data, got.tenant) == (2, Path("/kept"), "123")
    assert got.engine.lateness == 1_800_000
    assert got.detectors == {"brute_force": {"failures": 4}}


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://vigie:word@db/vigie\n", encoding="utf-8")
    got = load(None, {"VIGIE_DATABASE__URL_FILE": str(secret)})
    assert got.database_url == "postgresql://vigie:word@db/vigie"


@pytest.mark.parametrize(
    ("environment", "key", "reason"),
    [
        ({"VIGIE_WEB__PROT": "1"}, "VIGIE_WEB__PROT", "did you mean VIGIE_WEB__PORT?"),
        ({"VIGIE_WEB__PORT": "many"}, "VIGIE_WEB__PORT", "Expected `int`, got `str`"),
        ({"VIGIE_WEB__PORT": "70000"}, "VIGIE_WEB__PORT", "Expected `int` <= 65535"),
        ({"VIGIE_SOURCES": "a"}, "VIGIE_SOURCES", "no such setting"),
        ({"VIGIE_DETECTORS__X": "1"}, "VIGIE_DETECTORS__X", "no such setting"),
        ({"VIGIE_DETECTORS__X__Y": "1"}, "detectors.x", "no such detector"),
        (
            {"VIGIE_DETECTORS__X__Y": "1", "VIGIE_DETECTORS__X__Y__Z": "1"},
            "VIGIE_DETECTORS__X__Y__Z",
            "y is a value, not a section",
        ),
        ({"VIGIE_DATA_FILE": "/nowhere"}, "VIGIE_DATA_FILE", "cannot be read"),
        ({"VIGIE_DATA": "a", "VIGIE_DATA_FILE": "b"}, "", "VIGIE_DATA is set as well"),
    ],
)
def test_a_bad_variable_is_refused_by_name(
    environment: dict[str, str],
    key: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    error = refused(None, environment)
    assert error.key == key
    assert reason in error.reason


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("colour = 1", "colour", "no such setting"),
        ("langage = 'fr'", "langage", "did you mean language?"),
        ("language = 'de'", "language", "Invalid enum value 'de'; expected one of en, fr"),
        ("[log]\nlevel = 'loud'", "log.level", "expected one of debug, info, warning, error"),
        ("[[sources]]\nname = 'a'\nurl = 1", "sources[0].url", "Expected"),
        ("tenant = ''", "tenant", "length >= 1"),
        ("[web]\nprot = 1", "web.prot", "did you mean port?"),
        ("data = 1", "data", "expected the path of a file, got 1"),
        ("[web]\nport = '1'", "web.port", "Expected `int`, got `str`"),
        ("[web]\nhost = '0.0.0.0'", "web.host", "expected a loopback address"),
        ("[web]\nhost = 'somewhere'", "web.host", "expected an address"),
        (
            "[web]\npublic_url = 'vigie.example.com'",
            "web.public_url",
            "expected such as",
        ),
        ("[web]\npublic_url = 'https://a/b'", "web.public_url", "expected such as"),
        ("[web]\ntrusted_proxies = ['10.0.0.1/8']", "web.trusted_proxies[0]", "a network"),
        ("[web]\ntrusted_proxies = ['::1', '::/0']", "web.trusted_proxies[1]", "everybody"),
        ("[web]\nforwarded = 'both'", "web.forwarded", "one of x-forwarded, forwarded"),
        ("[oidc]\nissuer = 'http://id.example'", "oidc.issuer", "expected the provider's address"),
        ("[oidc]\nissuer = 'https://id.example'", "oidc.client_id", "what the provider calls"),
        ("[oidc]\nallow_password_sign_in = false", "oidc.issuer", "the provider's address"),
        ("[oidc]\nroles = {a = 'root'}", "oidc.roles[...]", "Invalid enum value 'root'"),
        ("[oidc]\nclient_sercet = 'x'", "oidc.client_sercet", "did you mean client_secret?"),
        ("[secrets]\nkey = 'short'", "secrets.key", "expected 32 bytes in base64"),
        ("[secrets]\nsealing_keys = 'short'", "secrets.sealing_keys", "keys of 32 bytes"),
        ("[mfa]\nrp_id = 'example.com'", "mfa.rp_id", "the host of web.public_url"),
        (
            "mfa.rp_id = 'vigie.example.com'\nweb.public_url = 'https://example.com'",
            "mfa.rp_id",
            "that host is example.com",
        ),
        ("[engine]\nbatch = 0", "engine.batch", "Expected `int` >= 1"),
        ("[engine]\nlateness_hours = 1e9", "engine.lateness_hours", "Expected `float` <= 744"),
        ("[database]\nurl = 'mysql://db/x'", "database.url", "mysql databases are not supported"),
        ("geo.city = 'nowhere.mmdb'", "geo.city", "no such file"),
        ("[[sources]]\nname = 'a'", "sources[0]", "one of path, glob and url"),
        ("[[sources]]\nname = 'a'\npath = ''", "sources[0]", "got an empty text"),
        (
            "[[sources]]\nname = 'a'\npath = 'x'\nglob = 'y'",
            "sources[0]",
            "one of path, glob and url",
        ),
        ("[[sources]]\nname = 'a'\nurl = 'x.log'", "sources[0].url", "expected an address"),
        ("[[sources]]\nname = 'a'\nurl = 'gopher://x'", "sources[0].url", "is no source"),
        (
            "[[sources]]\nname = 'a'\npath = 'x'\noptions = {depth = 1}",
            "sources[0].options",
            "takes no options, got depth",
        ),
        (
            "[[sources]]\nname = 'a'\npath = 'x'\noptions = {secret_file = 'nowhere'}",
            "sources[0].options.secret_file",
            "cannot be read",
        ),
        ("[[sources]]\nname = 'a/b'\npath = 'x'", "sources[0].name", "matching regex"),
        ("[[sources]]\nname = 'a'\npth = 'x'", "sources[0].pth", "did you mean path?"),
        (
            "[[sources]]\nname = 'a'\npath = 'x'\nformat = 'csv'",
            "sources[0].format",
            "expected one of auto, ocsf, sshd, got 'csv'",
        ),
        (
            "[[sources]]\nname = 'a'\npath = 'x'\nzone = 'Paris'",
            "sources[0].zone",
            "expected a zone such as Europe/Paris",
        ),
        (
            "sources = [{name = 'a', path = 'x'}, {name = 'a', path = 'y'}]",
            "sources[1].name",
            "two sources are called a",
        ),
        ("accounts.kiosk = ['a:b:c']", "accounts.kiosk[0]", "expected tenant:uid"),
        ("accounts = {kiosk = ['a'], shared = ['a']}", "accounts.shared[0]", "in accounts.kiosk"),
        ("[detectors.brute_farce]\nx = 1", "detectors.brute_farce", "did you mean brute_force?"),
        (
            "[detectors.brute_force]\nfailure = 1",
            "detectors.brute_force.failure",
            "did you mean failures?",
        ),
        (
            "[detectors.brute_force]\nfailures = 0",
            "detectors.brute_force.failures",
            "Expected `int` >= 1",
        ),
        (
            "[formats.crm]\nkind = 'json'\nfields = {time = 'ts', acount = 'a'}",
            "formats.crm.fields.acount",
            "did you mean account?",
        ),
        (
            "[formats.crm]\nkind = 'json'\nfields.account = 'a'\nfields.outcome = 'o'\n"
            "fields.time = {from = 'ts', format = '%q'}",
            "formats.crm.fields.time.format",
            "no directive '%q'",
        ),
        ("[formats.sshd]\nkind = 'json'", "formats.sshd", "a format of Vigie's own already"),
        ("[formats.auto]\nkind = 'json'", "formats.auto", "a format of Vigie's own already"),
        ("[formats.'a b']\nkind = 'json'", "formats.a b", "expected a name"),
    ],
)
def test_a_bad_setting_is_refused_by_file_and_key(
    text: str, key: str, reason: str, tmp_path: Path, detector: None
) -> None:
    path = write(tmp_path, text)
    error = refused(path)
    assert error.key == key
    assert reason in error.reason
    assert str(path) in str(error)


def test_what_tenants_allow_is_told_as_detectors_have_it(tmp_path: Path) -> None:
    config = tmp_path / "vigie.toml"
    config.write_text(
        '[rules."*"]\nseats = 2\n'
        '[rules.acme]\ncountries = ["FR"]\nnetworks = ["fixed", "mobile"]\nmfa_required = true\n'
    )
    networks = frozenset((NetworkKind.FIXED, NetworkKind.MOBILE))
    assert load(config).rules_by_tenant() == {
        "": Rules(seats=2),
        "acme": Rules(frozenset(("FR",)), None, networks, True),
    }
    config.write_text('[rules.acme]\nnetworks = ["wifi"]\n')
    with pytest.raises(SettingsError, match="networks"):
        load(config)


def test_a_described_format_may_be_named_by_a_source(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [[sources]]
        name = "crm"
        path = "crm.ndjson"
        format = "crm"

        [formats.crm]
        kind = "json"
        fields = {time = "ts", account = "who", outcome = "result"}
        """,
    )
    got = load(path, {"VIGIE_FORMATS__CRM__TITLE": "Ours"})
    assert got.sources[0].format == "crm"
    assert {name: one.title for name, one in got.described().items()} == {"crm": "Ours"}


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert "cannot be read" in str(refused(tmp_path / "nowhere.toml"))
    assert "not TOML: " in str(refused(write(tmp_path, "a = = 1")))
    assert "at line 2" in str(refused(write(tmp_path, "\nb = = 1")))
    path = tmp_path / "vigie.toml"
    path.write_bytes(b"a = '\xff'")
    assert "not UTF-8 (byte 5)" in str(refused(path))
    path.write_bytes(b"#" * (settings.MAXIMUM_FILE + 1))
    assert "is larger than" in str(refused(path))


def test_the_variable_of_a_setting() -> None:
    assert variable("web.port") == "VIGIE_WEB__PORT"
    assert set(settings._keys(Settings)) >= {"data", "database.url", "web.port", "geo.city"}


@given(st.text(max_size=200))
def test_any_text_is_a_document_or_is_refused_with_a_place(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), text.replace("\r", "").encode("utf-8", "replace").decode())
        try:
            got = load(path, {})
        except SettingsError as error:
            assert error.where.startswith(str(path))  # noqa: PT017 - both ends are right
        else:
            assert got == Settings(data=got.data)


def test_another_process_is_told_the_same_settings(tmp_path: Path) -> None:
    text = (
        'language = "fr"\n[engine]\nlateness_hours = 1.5\n[metrics]\ntoken = "0123456789abcdef"\n'
        '[[sources]]\nname = "a"\npath = "a.log"\n[accounts]\nkiosk = ["x:y"]\n'
    )
    (tmp_path / "vigie.toml").write_text(text)
    settings = load(tmp_path / "vigie.toml", {})
    told = to_json(settings, lambda _: True)
    assert b"\n" not in told
    assert from_json(told) == settings


def test_another_process_is_told_no_secret_that_it_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "vigie.toml").write_text(
        '[geo]\nprovider = "maxmind"\naccount_id = "1"\nlicense_key = "geo-secret"\n'
        '[[sources]]\nname = "idp"\nurl = "keycloak+https://idp.example/realms/acme"\n'
        'options = {client_id = "vigie", client_secret = "idp-secret"}\n'
        '[[sources]]\nname = "net"\nurl = "syslog+udp://127.0.0.1:5514"\n'
        "options = {messages_per_second = 7}\n"
    )
    settings = load(tmp_path / "vigie.toml", {})
    told = to_json(settings, lambda one: one.name == "net")
    assert b"idp-secret" not in told
    assert b"geo-secret" not in told
    again = from_json(told)
    assert [one.specification for one in again.sources] == [
        one.specification for one in settings.sources
    ]
    assert again.sources[1] == settings.sources[1]


def test_with_what_an_application_signs_is_known_where_pages_are_served_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "secret").write_text("s" * 32 + "\n")
    config = tmp_path / "vigie.toml"
    config.write_text('[mfa]\nhand_off_url = "https://app.example/vigie"\n')
    environment = {"VIGIE_MFA__HAND_OFF_SECRET_FILE": str(tmp_path / "secret")}
    settings = load(config, environment)
    assert settings.mfa.hand_off_secret == "s" * 32
    assert b"s" * 32 in to_json(settings, lambda _: True)
    assert b"s" * 32 not in to_json(settings, lambda _: True, serves=False, responds=True)
    for wrong in ('hand_off_secret = "short"', 'hand_off_url = "javascript:x"'):
        config.write_text(f"[mfa]\n{wrong}\n")
        with pytest.raises(SettingsError, match=r"mfa\.hand_off"):
            load(config, {})


@pytest.mark.parametrize(
    "mirror", ["http://mirror.example/", "mirror.example", "ftp://x/", "https://["]
)
def test_a_mirror_that_others_could_speak_for_is_refused(tmp_path: Path, mirror: str) -> None:
    config = tmp_path / "vigie.toml"
    config.write_text(f'[geo]\nmirror = "{mirror}"\n')
    with pytest.raises(SettingsError, match=r"geo\.mirror: expected such as https"):
        load(config, {})


def test_what_is_fetched_needs_no_path_and_the_key_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("abc_123\n")
    config = tmp_path / "vigie.toml"
    config.write_text(
        '[geo]\nprovider = "maxmind"\naccount_id = "42"\nmirror = "https://m.example"\n'
    )
    geo = load(config, {"VIGIE_GEO__LICENSE_KEY_FILE": str(tmp_path / "key")}).geo
    assert (geo.provider, geo.account_id, geo.license_key) == ("maxmind", "42", "abc_123")
    assert geo.mirror == "https://m.example"
    with pytest.raises(SettingsError) as error:
        load(config, {"VIGIE_GEO__LICENSE_KEY": "secret\x07key"})
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("geo", "credited"),
    [
        (settings.Geo(), False),
        (settings.Geo(provider="maxmind"), True),
        (settings.Geo(asn=Path("/x/GeoLite2-ASN.mmdb")), True),
        (settings.Geo(city=Path("/x/dbip-city-lite.mmdb")), False),
    ],
)
def test_maxmind_is_credited_where_its_data_is_used(geo: settings.Geo, credited: bool) -> None:
    assert geo.is_maxmind is credited


def test_a_provider_is_set_by_file_and_variables(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    text = """
[oidc]
issuer = "https://id.example.com/realms/it"
client_id = "vigie"
roles = { "vigie admins" = "administrator", soc = "analyst" }
amr = ["otp", "hwk"]
"""
    given = {"VIGIE_OIDC__CLIENT_SECRET_FILE": str(secret)}
    got = load(write(tmp_path, text), given).oidc
    assert got.is_on
    assert got.client_secret == "s3cret"
    assert got.roles == {"vigie admins": "administrator", "soc": "analyst"}
    assert from_json(to_json(Settings(oidc=got), lambda _: False)).oidc == got


def test_a_realm_s_secret_comes_from_a_file_or_a_variable_and_goes_no_further(
    tmp_path: Path,
) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    realm = """
        [realms.acme]
        url = "https://idp.example/realms/acme"
        tenant = "acme"
        client_id = "vigie"
        {more}
        """
    by_file = write(tmp_path, realm.format(more='client_secret_file = "secret"'))
    assert load(by_file, {}).realms["acme"].client_secret == "s3cret"
    by_variable = write(tmp_path, realm.format(more="every_minutes = 5"))
    given = {"VIGIE_REALMS__ACME__CLIENT_SECRET": "007", "VIGIE_REALMS__ACME__PAGE": "50"}
    got = load(by_variable, given)
    assert (got.realms["acme"].client_secret, got.realms["acme"].page) == ("007", 50)
    assert from_json(to_json(got, lambda _: True)).realms == {}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("", "client_secret"),
        ('client_secret = "s3cret"\nurl2 = "x"', "url2"),
        ('client_secret = "s3cret"\nmissing = "delete"', "missing"),
        ('client_secret = "s3cret"\npage = 1', "page"),
    ],
)
def test_a_realm_that_cannot_be_read_is_refused_without_its_secret(
    tmp_path: Path, more: str, reason: str
) -> None:
    text = f"""
[realms.acme]
url = "https://idp.example/realms/acme"
tenant = "acme"
client_id = "vigie"
{more}
"""
    with pytest.raises(SettingsError, match=reason) as caught:
        load(write(tmp_path, text), {})
    assert "realms" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_what_may_be_connected_to_is_understood_when_settings_are_read(tmp_path: Path) -> None:
    pem = trustme.CA().cert_pem.bytes().decode()
    (tmp_path / "ca.pem").write_text(pem)
    text = '[outbound]\nallow = ["10.0.0.0/8", "idp.intern:8443"]\nca_file = "ca.pem"\n'
    got = load(write(tmp_path, text), {})
    assert got.outbound.ca == pem.strip()
    assert from_json(to_json(got, lambda _: False)).outbound == got.outbound


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('allow = ["10.0.0.0/8", "10.0.0.1/8"]', "outbound.allow[1]"),
        ('allow = ["0.0.0.0/0"]', "outbound.allow[0]"),
        ('ca = "no certificate"', "outbound.ca"),
    ],
)
def test_what_could_let_out_everything_is_refused(tmp_path: Path, line: str, key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, f"[outbound]\n{line}\n"), {})
    assert caught.value.key == key


def test_sealing_keys_are_told_to_those_who_serve_pages_alone() -> None:
    keys = base64.b64encode(b"1" * 32).decode()
    got = Settings(secrets=Secrets(sealing_keys=keys))
    assert from_json(to_json(got, lambda _: False)).secrets.sealing_keys == keys
    for responds in (True, False):
        told = to_json(got, lambda _: False, serves=False, responds=responds)
        assert keys.encode() not in told
