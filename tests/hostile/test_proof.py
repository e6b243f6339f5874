"""Whoever wants to be taken for somebody: over the pages and the gate as browsers reach them, each
trick by its name. What cannot be tricked without a browser's own part (an authenticator that asks
where it is) has its test in `tests/monitor/web/test_passkeys_in_browser.py`."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from monitor.services.asking import COMING
from monitor.services.guesses import ADDRESS, STRANGERS
from monitor.services.own_proofs import CHANGES
from monitor.services.subscriber import Subscriber
from monitor.web.subscriber_language import PREFERENCES
from monitor.web.subscriber_paths import is_subscribers
from tests.hostile.proving import (
    APP,
    HERE,
    NOBODY,
    ORIGIN,
    THERE,
    Browser,
    Site,
    guarded,
    plain,
)
from tests.hostile.test_uniform import counted
from tests.monitor.web.addresses import routes_of

WRONG = "000000"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests: each has accounts and sessions of its own."""
    with guarded(tmp_path_factory.mktemp("proof")) as made:
        yield made


def own_pages(site: Site, method: str) -> list[str]:
    """Every address of subscribers' pages that is answered by a method."""
    found = {
        re.sub(r"\{[^}]*\}", "0" * 32, path)
        for told, path in routes_of(site.app)
        if told == method and is_subscribers(path)
    }
    assert len(found) > 7
    return sorted(found)


# Brute force


def test_codes_are_not_guessed_over_sessions_and_addresses(site: Site) -> None:
    """Each session a challenge of its own, each from another address: in all as many as one may."""
    ann = Subscriber("acme", "u-guessed")
    app = site.holder.totp(ann.owner)
    own = site.browser()
    own.come(site.ticket(ann))
    assert own.answer(site.holder.code(app)) == "passed"
    site.later()
    tried = 0
    for number in range(8):
        thief = site.browser((f"192.0.2.{number}", "curl"))
        thief.come(site.ticket(ann, ip=f"192.0.2.{number}"))
        for _ in range(4):
            thief.answer(WRONG)
            tried += 1
    assert tried > STRANGERS.at_once
    late = site.browser(THERE)
    late.come(site.ticket(ann))
    assert late.answer(site.holder.code(app)) == "open", "a right one is not looked at any more"
    own.come(site.ticket(ann))
    assert own.answer(site.holder.code(app)) == "passed", "nobody keeps the owner out"


def test_codes_are_not_sprayed_over_accounts(site: Site) -> None:
    """One code at each of many accounts, from one address; and from another it is still right."""
    last = Subscriber("acme", "u-sprayed")
    app = site.holder.totp(last.owner)
    thief = site.browser(("192.0.2.200", "curl"))
    for number in range(ADDRESS.at_once):
        thief.come(site.ticket(Subscriber("acme", f"u-spray-{number}")))
        assert thief.answer(WRONG) == "open"
    thief.come(site.ticket(last))
    assert thief.answer(site.holder.code(app)) == "open"
    other = site.browser(("192.0.2.201", "curl"))
    other.come(site.ticket(last))
    assert other.answer(site.holder.code(app)) == "passed"


# Replays, clocks, races


def test_a_code_that_was_seen_is_worth_nothing_again(site: Site) -> None:
    ann = Subscriber("acme", "u-seen")
    code = site.holder.code(site.holder.totp(ann.owner))
    first, second = site.browser(), site.browser(THERE)
    first.come(site.ticket(ann))
    second.come(site.ticket(ann))
    assert first.answer(code) == "passed"
    assert second.answer(code) == "open"
    # Nor is it at their own pages, where a session wants more.
    third = site.browser()
    third.enter(site.handed(ann))
    third.come("/me/prove")
    assert third.send("/me/prove", code=code).status_code == 403


@pytest.mark.parametrize("off", [-4, -2, -1, 0, 1, 2, 10])
def test_a_clock_may_be_off_by_half_a_minute_and_not_by_minutes(site: Site, off: int) -> None:
    ann = Subscriber("acme", f"u-clock-{off}")
    app = site.holder.totp(ann.owner)
    browser = site.browser((f"192.0.2.{100 + off}", "Firefox"))
    browser.come(site.ticket(ann))
    assert browser.answer(site.holder.code(app, off)) == ("passed" if abs(off) < 2 else "open")


def test_of_many_requests_with_one_code_one_is_let_through(site: Site) -> None:
    """At once, in challenges of several sessions, on several devices."""
    ann = Subscriber("acme", "u-raced")
    code = site.holder.code(site.holder.totp(ann.owner))
    # As many as may be open of one account.
    browsers = [site.browser((f"192.0.2.{n}", "Firefox")) for n in range(3)]
    for one in browsers:
        one.come(site.ticket(ann))
    tries = [one for one in browsers for _ in range(3)]
    with ThreadPoolExecutor(len(tries)) as pool:
        list(pool.map(lambda one: one.send(do="answer", code=code), tries))
    assert sorted(one.state() for one in browsers) == ["open", "open", "passed"]


def test_an_assertion_that_was_seen_is_worth_nothing_again(site: Site) -> None:
    ann = Subscriber("acme", "u-asserted")
    device, _ = site.holder.passkey(ann.owner)
    first, second = site.browser(), site.browser(THERE)
    first.come(site.ticket(ann))
    second.come(site.ticket(ann))
    sent = first.assertion(device)
    first.send(do="answer", **sent)
    assert first.state() == "passed"
    second.send(do="answer", **sent)
    assert second.state() == "open"
    assert second.send("/me/passkey", **sent).status_code == 403


# Relays and fixation


def test_a_proxy_between_passes_on_a_code_and_no_passkey(site: Site) -> None:
    """What docs/mfa.md says of both: a page that looks like ours, at an address of its own."""
    ann = Subscriber("acme", "u-phished")
    app, (device, _) = site.holder.totp(ann.owner), site.holder.passkey(ann.owner)
    proxy = site.browser(THERE)
    proxy.come(site.ticket(ann, ip=THERE[0], user_agent=THERE[1]))
    for elsewhere in ("https://vigie-example.com", "https://example.com.evil.test", f"{APP}"):
        device.origin = elsewhere
        assert proxy.show(device) == "open"
    # A browser gives another site no assertion for ours; one for theirs is of another RP ID.
    device.origin, device.rp_id = ORIGIN, "vigie-example.com"
    assert proxy.show(device) == "open"
    assert proxy.answer(site.holder.code(app)) == "passed"


def test_who_is_sent_a_ticket_of_the_gate_s_cannot_use_it(site: Site) -> None:
    """With a stolen password: what the gate tells the thief's session is sent on to the owner."""
    ann = Subscriber("acme", "u-relayed")
    site.held(ann)
    thief, owner = site.browser(THERE), site.browser(HERE)
    address = site.asked(thief, ann, "s-stolen").headers["x-vigie-location"]
    nothing = owner.come("/challenge/gate?t=" + "x" * 90)
    sent_on = owner.come(address)
    assert plain(sent_on) == plain(nothing)
    assert sent_on.status_code == 404
    assert thief.come(address).status_code == 200
    # A telephone that goes from one network to another, and a program that opens a browser.
    for who in ((THERE[0], "Safari of the thief"), ("192.0.2.9", THERE[1])):
        assert site.browser(who).come(address).status_code == 200


def test_a_link_that_was_opened_is_nobody_else_s(site: Site) -> None:
    """Challenges, and enrolments: two browsers come with one at once."""
    asked, new = Subscriber("acme", "u-linked"), Subscriber("acme", "u-new")
    for path, key in (("/challenge", site.link(asked)), ("/enrol", site.enrolment(new))):
        browsers = [site.browser((f"192.0.2.{n}", "x")) for n in range(6)]

        def come(one: Browser, path: str = path, key: str = key) -> int:
            return one.client.post(path, data={"key": key}).status_code

        with ThreadPoolExecutor(6) as pool:
            found = sorted(pool.map(come, browsers))
        assert found[0] == 303
        assert set(found[1:]) <= {403, 404}


def test_a_hand_off_lets_one_browser_in(site: Site) -> None:
    token = site.handed(Subscriber("acme", "u-handed"))
    browsers = [site.browser() for _ in range(6)]

    def come(one: Browser) -> int:
        return one.client.post("/me/enter", data={"hand_off": token}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(come, browsers)) == [303, *[403] * 5]


def test_nobody_brings_a_session_along(site: Site) -> None:
    """Fixation: a key that somebody planted is no session, and one that was there is not kept."""
    ann = Subscriber("acme", "u-fixed")
    app = site.holder.totp(ann.owner)
    browser, name, planted = site.browser(), "__Host-vigie_subscriber_0", "p" * 43
    browser.client.cookies.set(name, planted, domain="vigie.example.com")
    browser.enter(site.handed(ann))
    entered = browser.cookie(name)
    assert entered not in ("", planted)
    browser.come("/me/prove")
    answer = browser.send("/me/prove", code=site.holder.code(app))
    assert answer.status_code == 303
    raised = browser.cookie(name)
    assert raised not in (planted, entered)
    # What was worth less before it was raised opens nothing now.
    thief = site.browser(THERE)
    thief.client.cookies.set(name, entered, domain="vigie.example.com")
    assert "u-fixed" not in thief.client.get("/me").text


# Pages of others


def test_no_other_site_sends_a_form_or_asks_in_somebody_s_name(site: Site) -> None:
    browser = site.browser()
    browser.enter(site.handed(Subscriber("acme", "u-forged")))
    for path in own_pages(site, "POST"):
        for told in (
            {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
            {"sec-fetch-site": "same-site", "origin": "https://app.vigie.example.com"},
            {"sec-fetch-site": "none"},
        ):
            answer = browser.send(path, told, hand_off=site.handed(), key=site.link())
            assert answer.status_code == 403, (path, told)


def test_no_page_is_laid_under_another_or_kept(site: Site) -> None:
    browser = site.browser()
    browser.enter(site.handed(Subscriber("acme", "u-framed")))
    for path in own_pages(site, "GET"):
        headers = browser.client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "DENY", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["cache-control"] in ("no-store", "no-cache"), path


ELSEWHERE = (
    "https://evil.example/",
    f"{APP}.evil.example/",
    f"{APP}@evil.example/",
    f"{APP}\\@evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "javascript:alert('evil')",
    f"{APP}/\r\nLocation: https://evil.example",
    "/me\t//evil.example",
)


def test_nobody_is_led_elsewhere(site: Site) -> None:
    ann = Subscriber("acme", "u-led")
    device, _ = site.holder.passkey(ann.owner)
    site.held(ann)
    browser = site.browser()
    browser.enter(site.handed(ann))
    for there in ELSEWHERE:
        site.later(1_000)
        told = site.asked(browser, ann, site.another(), uri=there)
        address = told.headers["x-vigie-location"]
        ticket = site.tickets.opened(address.partition("?t=")[2])
        assert ticket.return_to == f"{APP}/", there
        # Even one that said so, which only the gate can.
        browser.come(site.ticket(ann, return_to=there))
        assert browser.show(device) == "passed"
        assert "evil" not in browser.client.get(browser.path).text, there
        page = browser.client.get("/me/prove", params={"next": there})
        assert not re.search(r'(href|action)="[^?"]*evil', page.text), there
        sent = browser.send(PREFERENCES, language="fr", next=there)
        assert sent.status_code == 303
        assert "evil" not in sent.headers["location"], there


# Enumeration


def test_an_account_that_never_was_is_asked_like_any_other(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what is said, and by the work that is done."""
    known, bare = Subscriber("acme", "u-known"), Subscriber("acme", "u-bare")
    site.holder.totp(known.owner)
    site.know(known, bare)
    told, work = [], []
    for whose in (known, bare, NOBODY):
        browser = site.browser((f"192.0.2.{len(told)}", "x"))
        with counted(monkeypatch) as done:
            pages = [browser.come(site.ticket(whose))]
            pages.append(browser.send(do="answer", code=WRONG))
            pages.append(browser.send(do="answer", code="ABCD-EFGH-JKMN-PQRS"))
            pages.append(browser.client.get(browser.path))
        told.append([plain(one) for one in pages])
        work.append(done)
    assert told[0] == told[1] == told[2]
    assert work[0] == work[1] == work[2]
    assert work[0]["a hash"] == 1


def test_one_that_is_locked_looks_like_one_that_is_not_there_to_all_but_its_browser(
    site: Site,
) -> None:
    mine, other = site.browser(), site.browser(THERE)
    mine.come(site.ticket(Subscriber("acme", "u-locked")))
    for _ in range(5):
        mine.answer(WRONG)
    assert mine.state() == "locked"
    pages = [other.client.get(path) for path in (mine.path, f"/challenge/{'0' * 32}")]
    assert plain(pages[0]) == plain(pages[1])
    assert [other.client.get(f"{p}/state").status_code for p in (mine.path, "/challenge/0")] == [
        404,
        404,
    ]


# One's own and others'


def test_a_session_of_each_kind_opens_its_own_pages_only(site: Site) -> None:
    """A reviewer's at subscribers', a subscriber's at the console, a challenge's anywhere."""
    whose = Subscriber("acme", "u-crossing")
    browser = site.browser()
    browser.enter(site.handed(whose))
    browser.come(site.ticket(whose))
    names = [f"__Host-vigie_{kind}_0" for kind in ("session", "subscriber", "challenge")]
    keys = [site.reviewing(), *(browser.cookie(name) for name in names[1:])]
    assert all(keys)
    for kind, key in enumerate(keys):
        crossed = site.browser()
        for name in names[:kind] + names[kind + 1 :]:
            crossed.client.cookies.set(name, key, domain="vigie.example.com")
        for path in ("/me", "/me/factors", "/me/data", "/me/sign-ins/1", browser.path):
            assert "u-crossing" not in crossed.client.get(path).text, path
        for path in ("/", "/challenges", "/keys", "/api/v1/challenges"):
            assert crossed.client.get(path).status_code == 401, path


def test_what_is_another_subscriber_s_is_not_there(site: Site) -> None:
    """Of the same tenant, and of another that calls somebody the same."""
    ann, bob = Subscriber("acme", "u-mine"), Subscriber("other", "u-mine")
    mine, theirs = site.holder.totp(ann.owner), site.holder.totp(bob.owner)
    spare = site.holder.totp(bob.owner, "Spare")
    browser = site.browser()
    browser.enter(site.handed(ann))
    browser.come("/me/prove")
    browser.send("/me/prove", code=site.holder.code(mine))
    browser.come("/me/factors")
    for path in ("/me/factors/revoke", "/me/factors/rename"):
        for factor in (theirs.handle, spare.handle):
            assert browser.send(path, factor=factor, name="x").status_code == 422
    assert {one.name for one in site.holder.factors.listed(bob.owner)} == {"App", "Spare"}
    # Nor does their code, or their passkey, answer what is asked of somebody else.
    device, _ = site.holder.passkey(bob.owner)
    site.later()
    asked = site.browser()
    asked.come(site.ticket(ann))
    assert asked.answer(site.holder.code(theirs)) == "open"
    assert asked.show(device) == "open"


# What nobody would send


ODD_CODES = {
    "long": "1" * 3_000,
    "Arabic": "٠١٢٣٤٥",
    "full width": "０１２３４５",
    "superscript": "¹²³⁴⁵⁶",
    "signed": "+12345",
    "float": "1e5",
    "surrogate": "\ud800",
    "markup": "<script>alert(1)</script>",
    "recovery": "ABCD-EFGH-JKMN-PQRS" * 100,
}


@pytest.mark.parametrize("odd", list(ODD_CODES))
def test_a_code_that_is_none_is_a_wrong_one(site: Site, odd: str) -> None:
    browser = site.browser((f"198.51.100.{len(odd)}", "x"))
    browser.come(site.ticket(Subscriber("acme", f"u-odd-{odd}")))
    code = ODD_CODES[odd].encode("utf-8", "surrogatepass")
    body = b"do=answer&token=" + browser.token.encode() + b"&code=" + code
    answer = browser.client.post(browser.path, content=body, headers=FORM)
    assert answer.status_code == 303
    assert browser.state() == "open"


def test_what_no_authenticator_sends_proves_nothing_and_breaks_nothing(site: Site) -> None:
    ann = Subscriber("acme", "u-malformed")
    device, _ = site.holder.passkey(ann.owner)
    browser = site.browser()
    browser.come(site.ticket(ann))
    good = browser.assertion(device)
    told = json.loads(good["passkey"])
    odd = [
        "{",
        "[" * 15_000,
        '{"id":' * 2_000,
        json.dumps(told)[:-5],
        json.dumps({**told, "id": "A" * 12_000}),
        json.dumps({**told, "id": 7, "response": []}),
        json.dumps({**told, "response": {**told["response"], "clientDataJSON": "e30"}}),
        json.dumps({**told, "response": {**told["response"], "authenticatorData": "AA"}}),
        json.dumps({**told, "response": {**told["response"], "userHandle": "é"}}),
        json.dumps({**told, "type": "x"}).replace('"x"', "1" * 5_000),
        "\ud800" + good["passkey"],
        good["passkey"] + " " * 40_000,
    ]
    for text in odd:
        form = {"token": browser.token, "do": "answer", "state": good["state"]}
        body = urlencode({**form, "passkey": text.encode("utf-8", "surrogatepass")})
        answer = browser.client.post(browser.path, content=body, headers=FORM)
        assert answer.status_code in (303, 413), text[:40]
        other = browser.client.post("/me/passkey", content=body, headers=FORM)
        assert other.status_code in (403, 413), text[:40]
    assert browser.state() in ("open", "locked")
    again = site.browser()
    again.come(site.ticket(ann))
    assert again.show(device) == "passed"


# Storms


def test_a_storm_of_changes_fills_nobody_s_mailbox(site: Site) -> None:
    """Each change of a factor is told by mail."""
    ann = Subscriber("acme", "u-mailed")
    app = site.holder.totp(ann.owner)
    browser = site.browser()
    browser.enter(site.handed(ann))
    browser.come("/me/prove")
    browser.send("/me/prove", code=site.holder.code(app))
    browser.come("/me/factors")
    rename = {"factor": app.handle, "name": "x"}
    told = [browser.send("/me/factors/rename", **rename) for _ in range(CHANGES.at_once + 3)]
    assert [one.status_code for one in told] == [303] * CHANGES.at_once + [422] * 3
    assert "wait a few minutes" in told[-1].text


def test_a_storm_of_tickets_leaves_nothing_behind(site: Site) -> None:
    """However often a session is turned away, nothing is kept until a browser comes."""
    ann = Subscriber("acme", "u-stormed")
    site.held(ann)
    before = site.rows()
    thief = site.browser(THERE)
    told = [site.asked(thief, ann, f"s-{number % 7}").headers for number in range(60)]
    assert len({one["x-vigie-location"] for one in told}) == 60
    assert site.rows() == before


def test_a_storm_of_challenges_is_bounded_and_locks_nobody_out(site: Site) -> None:
    """One ticket, followed by a browser that forgets its cookies each time."""
    ann = Subscriber("acme", "u-storm")
    device, _ = site.holder.passkey(ann.owner)
    address = site.ticket(ann, "s-storm")
    before = site.rows()["challenges"]
    for number in range(40):
        site.browser((f"192.0.2.{number}", "x")).come(address)
    assert site.rows()["challenges"] - before == COMING.at_once
    owner = site.browser()
    owner.come(site.ticket(ann, "s-of-the-owner"))
    assert owner.show(device) == "passed"
