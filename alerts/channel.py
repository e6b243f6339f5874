"""A channel that Apprise writes to, opened by its address, behind the wall.

Apprise says only whether it worked. Why it did not is read from what was answered.
"""

import logging
import ssl
import warnings
from functools import cache
from typing import Any, Final

import apprise

from alerts.egress.client import Answer
from alerts.egress.requested import Watch, watching
from alerts.egress.wall import Standing, Wall
from alerts.messages.rendering import Rendered
from alerts.ports import RefusedError, RetryError
from detectors.core.finding import Severity

LOCAL: Final = frozenset(
    ("blink1", "dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows")
)
"""Schemes that write to the machine itself, where nobody reads."""
_LATER: Final = frozenset((401, 403, 408, 425, 429))
"""What may be better later: people correct rights, and rates pass."""
_TYPES: Final = {
    Severity.CRITICAL: apprise.NotifyType.FAILURE,
    Severity.HIGH: apprise.NotifyType.FAILURE,
    Severity.MEDIUM: apprise.NotifyType.WARNING,
}


class Channel:
    """One service and place in it. Raises ValueError for an address that cannot be used, which
    never tells the address: it holds secrets."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.name = str(self._opened().service_name)

    def write(
        self,
        said: Rendered,
        severity: Severity | None,
        thread: str,
        *,
        wall: Wall,
        context: ssl.SSLContext,
        whole_s: float,
        insecure_http: bool,
    ) -> None:
        """Write a message; `thread` is the same for all that belongs together, where a service
        knows of that. Raises RetryError, RefusedError."""
        service = self._opened()
        service.request_rate_per_sec = 0
        service.socket_connect_timeout = service.socket_read_timeout = whole_s + 1
        if getattr(service, "dedup", "") is None:
            service.dedup = thread
        with (
            wall.standing(whole_s) as standing,
            watching(context, insecure_http=insecure_http) as watch,
        ):
            is_done = service.notify(
                body=said.text,
                title=said.subject,
                notify_type=_TYPES.get(severity or Severity.LOW, apprise.NotifyType.INFO),
                body_format=apprise.NotifyFormat.TEXT,
            )
        if not is_done:
            raise self._failure(standing, watch)

    def _failure(self, standing: Standing, watch: Watch) -> RetryError | RefusedError:
        if standing.refused:
            why = f"{self.name}: connecting to {standing.refused[-1]} is refused"
            return RefusedError(f"{why}; name it in outbound.allow if it is meant")
        if standing.is_late:
            return RetryError(f"{self.name} does not answer in time")
        if any("unencrypted" in fault for fault in watch.faults):
            return RefusedError(watch.faults[-1])
        if watch.answers and not watch.faults:
            return self._answered(watch.answers[-1])
        told = f" ({watch.faults[-1]})" if watch.faults else ""
        return RetryError(f"{self.name} cannot be reached or does not take it{told}")

    def _answered(self, answer: Answer) -> RetryError | RefusedError:
        told = f"{self.name} answered {answer.status}"
        if answer.status in _LATER or answer.status >= 500:
            return RetryError(told, answer.retry_after_s())
        if 300 <= answer.status < 400:
            return RefusedError(f"{told}: it sends us elsewhere, which is not followed")
        return RefusedError(told)

    def _opened(self) -> Any:
        scheme = self._address.partition("://")[0].lower()
        if scheme in LOCAL:
            raise ValueError(f"{scheme}:// writes to this machine itself, where nobody reads")
        if scheme == "mailto":
            raise ValueError('mailto:// is unencrypted: use mailtos://, or kind = "mail"')
        _load()
        service = apprise.Apprise.instantiate(self._address, asset=_asset())
        if service is None:
            raise ValueError(
                "expected an address of Apprise such as slack://… or mmosts://… (a service may "
                "need a package that is not installed)"
            )
        if not service.verify_certificate or service.redirects:
            raise ValueError(
                "verify=no and redirect=yes are not taken: use ca_file, and the "
                "address that it really has"
            )
        return service


@cache
def _load() -> None:
    # Some of the services stand on what Python will have no more.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        apprise.Apprise.instantiate("json://localhost")


def _asset() -> apprise.AppriseAsset:
    # What Apprise tells of a failure names its address, which is a secret.
    logging.getLogger("apprise").disabled = True
    return apprise.AppriseAsset(
        app_id="Vigie",
        app_desc="Vigie",
        async_mode=False,
        http_redirects=False,
        image_path_mask=False,
        image_url_mask="",
        allow_templates=False,
        storage_mode="memory",
    )
