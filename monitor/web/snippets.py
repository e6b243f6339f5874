"""What is copied from the pages of sources: commands and settings that send to Vigie, or that Vigie
reads."""

from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct


class Snippet(Struct, frozen=True):
    """One text to copy: a word for it, what it is called, and what it says."""

    name: str
    title: str
    text: str


def senders(address: str, source: str, key: str) -> tuple[Snippet, ...]:
    """How others send to a source that is pushed. `address` is the console's, without a path."""
    site = urlsplit(address)
    secure = site.scheme == "https"
    port = site.port or (443 if secure else 80)
    host = site.hostname or "127.0.0.1"
    told = {
        "address": address.rstrip("/"),
        "host": host,
        "port": str(port),
        "tls": "On" if secure else "Off",
        "usehttps": "on" if secure else "off",
        "key": key,
        "source": source,
    }
    return tuple(Snippet(name, title, _filled(text, told)) for name, title, text in _SENDERS)


def settings() -> tuple[Snippet, ...]:
    """Sources of the settings, to be adapted."""
    return tuple(Snippet(name, title, text.strip()) for name, title, text in _SETTINGS)


def _filled(text: str, told: dict[str, str]) -> str:
    for name, value in told.items():
        text = text.replace(f"@{name}@", value)
    return text.strip()


def _(message: str) -> str:
    return message


_SENDERS: Final = (
    (
        "curl",
        "curl",
        """
curl -sS --fail-with-body @address@/api/v1/events \\
    -H "Authorization: Bearer @key@" \\
    -H "Content-Type: application/x-ndjson" --data-binary @sign-ins.ndjson
""",
    ),
    (
        "vector",
        "Vector",
        """
sinks:
  vigie:
    type: http
    inputs: [sign_ins]
    uri: @address@/api/v1/events
    method: post
    compression: gzip
    encoding: {codec: json} # text, where the lines are no JSON
    framing: {method: newline_delimited}
    auth: {strategy: bearer, token: "@key@"}
    healthcheck: {enabled: false}
    acknowledgements: {enabled: true}
    buffer: {type: disk, max_size: 1073741824}
""",
    ),
    (
        "fluent-bit",
        "Fluent Bit",
        """
[OUTPUT]
    Name           http
    Match          sign-ins
    Host           @host@
    Port           @port@
    Tls            @tls@
    Uri            /api/v1/events
    Format         json
    Json_date_key  false
    Compress       gzip
    Header         Authorization Bearer @key@
    Retry_Limit    no_limits
""",
    ),
    (
        "rsyslog",
        "rsyslog",
        """
module(load="omhttp")
if $syslogfacility-text == "auth" or $syslogfacility-text == "authpriv" then {
  action(
    type="omhttp" server="@host@" serverport="@port@" usehttps="@usehttps@"
    restpath="api/v1/events" template="RSYSLOG_SyslogProtocol23Format"
    batch="on" batch.format="newline"
    httpcontenttype="text/plain"
    httpheaders=["Authorization: Bearer @key@"]
    action.resumeRetryCount="-1"
  )
}
""",
    ),
    (
        "vigie",
        "vigie push",
        """
printf '%s' '@key@' > @source@.key
vigie push /var/log/sign-ins.ndjson --follow --url @address@ --key-file @source@.key
""",
    ),
)
_SETTINGS: Final = (
    (
        "keycloak",
        "Keycloak",
        """
[[sources]]
name = "keycloak"
url = "keycloak+https://idp.example/realms/acme"
format = "keycloak"

[sources.options]
client_id = "vigie"
client_secret_file = "/etc/vigie/keycloak-secret"
""",
    ),
    (
        "syslog",
        "syslog",
        """
[[sources]]
name = "hosts"
url = "syslog+tcp://127.0.0.1:5514"
format = "auto"
""",
    ),
    (
        "journald",
        "journald",
        """
[[sources]]
name = "journal"
url = "journald:"
format = "sshd"

[sources.options]
identifiers = ["sshd", "sshd-session"]
""",
    ),
    (
        "files",
        _("files"),
        """
[[sources]]
name = "ssh"
path = "/var/log/auth.log"
format = "sshd"
zone = "Europe/Paris"
""",
    ),
)
