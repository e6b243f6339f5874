"""Whether one browser went from line to line: each of its sessions is dropped for the next one."""

from collections.abc import Collection

from detectors.core.event import HOUR, MINUTE, SignIn
from detectors.core.profile import Session
from detectors.sharing.apart import is_one_browser, machine

LOOK_BACK = 16 * HOUR
"""Sessions begun before that say nothing of how today's follow each other."""
AT_ONCE = 2 * MINUTE
"""Sessions that overlap by less than this do not: clocks differ, and renewals are on their way."""
KEPT = 5 * MINUTE
MANY = 4
"""Where one session in so many is heard of for as long as `KEPT`, the log tells what goes on in
them."""


def changes_of_line(
    event: SignIn, own: Session | None, other: Session, sessions: Collection[Session]
) -> int | None:
    """How often one browser has gone between this sign-on's end and the other today, when the two
    are alike and no session at either went on beside another: who changes the line signs on anew
    and never comes back to what was open, while two people each go on in their own. None where
    one did.

    None also where the log names no browser, or tells of sessions no more than that they began.
    """
    if event.device is None or event.session is None or not is_one_browser(event, other):
        return None
    since = event.time - LOOK_BACK
    here, there = machine(event), machine(other)
    spans = [
        (s.start, s.last, end)
        for s in sessions
        if s is not own and s.last > since and (end := machine(s)) in (here, there)
    ]
    if sum(last - start >= KEPT for start, last, _ in spans) * MANY < len(spans):
        return None
    begun = event.time if own is None or own.closed is not None else own.start
    spans.append((begun, event.time, here))
    spans.sort()
    ended, at, changes = 0, spans[0][2], 0
    for start, last, end in spans:
        if min(ended, last) - start > AT_ONCE:
            return None
        ended = max(ended, last)
        changes += end != at
        at = end
    return changes
