"""What leaves for others: to which addresses, how long, how much; whatever library sends it.

`[outbound]` of the settings is an `Outbound`; whoever delivers has one `Wall(outbound)`.

Over HTTP, responders ask by `Client`, which stands behind the wall by itself:

    client = Client(Wall(outbound), "https://idp.example/scim/v2", ca=terms.ca)
    answer = client.ask("PATCH", f"/Users/{quote(uid, safe='')}", body=..., headers={...})
    # answer.status, answer.headers, answer.body, answer.retry_after_s(); any status is an answer
    # EgressError: what went wrong, without secrets. `passes`: try again; `was_sent`: it may have
    # been done all the same, so look before doing it again.

Whatever else connects (Apprise's requests, smtplib) is called within the wall:

    with wall.standing(whole_s=30.0) as standing:
        apprise.notify(...)
    # Such libraries swallow errors: standing.refused says what was refused, standing.is_late
    # whether time was up.

The wall looks at each address that a socket is really connected to, so that no name that answers
otherwise the second time goes around it, nor any library in Python. Threads that are begun within
are within; no other process can be begun. Two things it cannot see, and whoever calls such a
library sees to: a proxy (`forget_proxies()` once in the process that delivers), and redirects to
other public hosts (Apprise: `?redirect=no`).
"""
