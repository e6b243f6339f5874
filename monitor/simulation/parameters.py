"""From which ranges a world is drawn, so that nothing about it is a constant."""

from msgspec import Struct

Span = tuple[float, float]
"""From, to: a number is drawn evenly between the two."""


class Parameters(Struct, frozen=True, kw_only=True):
    """Shares are 0 to 1. A pair is a range; what it is drawn for once is said beside it."""

    # Customers.
    tenants: tuple[int, int] = (4, 7)
    """How many customers a world has."""
    sites: tuple[int, int] = (1, 3)
    """How many floors a tenant has."""
    mfa_share: Span = (0.0, 0.85)
    """The share of people with a second factor, for each tenant."""
    asked: Span = (0.25, 1.0)
    """The share of sign-ins at which the second factor is asked for, for each tenant."""
    names_only: float = 0.3
    """The share of tenants whose failures tell the user's name and not the id."""
    without_sessions: float = 0.12
    """The share of tenants whose log has no session ids."""
    without_agents: float = 0.1
    """The share of tenants whose log has no user agents."""
    activities: tuple[float, float, float, float] = (50.0, 28.0, 8.0, 14.0)
    """Weights of what is logged: everything; ends and refreshes; ends; log-ons only."""
    refresh: Span = (20.0, 90.0)
    """Minutes between two refreshes of a session, for each tenant that logs them."""
    session_hours: tuple[float, ...] = (4.0, 8.0, 10.0, 12.0, 12.0, 24.0, 72.0, 168.0, 336.0)
    """Hours after which a session ends and its user signs in anew: one of these, by tenant."""
    closes: Span = (0.2, 0.95)
    """The share of sessions that are ended by a log-off, for each tenant."""
    expiry_weeks: tuple[int, int] = (3, 8)
    """Passwords run out on the Monday of every so many weeks, by tenant."""
    expired: Span = (0.05, 0.35)
    """The share of people who then fail before they choose a new one, by tenant."""
    gateway: float = 0.12
    """The share of floors whose traffic leaves by a security provider's gateway elsewhere."""
    company_gateway: float = 0.2
    """The share of tenants all of whose traffic leaves by a provider with exits in many places."""
    exits: tuple[int, int] = (2, 6)
    """How many exits such a provider gives a tenant, of at least two cities."""
    hops: Span = (0.3, 14.0)
    """Mean hours from one exit to the next, within a session or not, by tenant."""
    gateway_at_home: float = 0.7
    """The share of those tenants whose people at home leave by it as well."""

    # The log and the habits of the customers that are `varied`; the others renew by a clock.
    varied: float = 0.5
    """The share of tenants whose log and whose habits of signing on are drawn from what follows."""
    varied_activities: tuple[float, float, float, float] = (28.0, 42.0, 16.0, 14.0)
    """Weights of what their log tells: everything; ends and refreshes; ends; log-ons only."""
    renewals: tuple[float, float, float] = (1.0, 2.0, 2.0)
    """Weights of when a token is renewed: by the clock; when the page next needs it; by either."""
    token: Span = (10.0, 60.0)
    """Minutes for which a token lives, for each of those tenants."""
    jitter: Span = (0.02, 0.4)
    """By which share of its time a renewal by the clock is early or late, by tenant."""
    bare: float = 0.2
    """The share of those tenants whose log has neither session ids nor user agents."""
    without_factors: float = 0.3
    """The share of those whose log does not tell of second factors."""
    every_time: float = 0.35
    """The share of those where everybody needs a second factor at each sign-on."""
    no_factors: float = 0.3
    """The share of those where nobody has one."""
    signs_off: float = 0.65
    """The share of those where people sign off for breaks, and on again."""
    breaks: Span = (0.6, 5.0)
    """How many breaks of a full day one signs off for, for each person there."""

    # Work.
    pace: Span = (6.0, 30.0)
    """Mean minutes between two activities in a session, for each person."""
    absent: Span = (0.02, 0.12)
    """The share of working days on which a person is away, for each person."""
    weekend: Span = (0.0, 0.25)
    """The share of weekend days on which ordinary staff works, for each site."""
    overtime: Span = (0.0, 0.12)
    """The share of days with half an hour to three hours more, for each person."""
    hot_desks: Span = (0.05, 0.8)
    """The share of days on which an agent sits somewhere else, for each site."""
    seat_moves: Span = (0.0, 0.02)
    """The share of days on which one changes seats and leaves the first one open, by site."""
    left_open: Span = (0.0, 0.12)
    """The share of days on which a window is left to refresh itself after work, by site."""
    outages: Span = (0.0, 0.03)
    """The share of days on which a floor's line is down and another provider's is used, by site."""
    rota_weeks: tuple[int, int] = (1, 3)
    """Weeks after which a rotating shift changes, for each person."""
    leave: float = 0.16
    """The share of people who go on leave for one to three weeks within two months."""
    leavers: float = 0.04
    """The share of people who leave for good within a month and a half."""
    newcomers: float = 0.05
    """The share of people who begin in the first two weeks."""
    night: float = 0.06
    """The weight of night workers beside 1 for everybody else."""

    # The login page.
    slip: Span = (0.01, 0.10)
    """The share of sign-ins with a wrong password before, for each person."""
    forgotten: Span = (0.001, 0.015)
    """The share of sign-ins with a password forgotten and chosen anew, for each person."""
    unanswered: Span = (0.0, 0.02)
    """The share of sign-ins whose second factor first runs out, for each person with one."""
    renewed: Span = (0.2, 0.9)
    """The share of people who choose a new password on the day that theirs runs out, by tenant."""
    misspelt: float = 0.12
    """The share of wrong tries that have the name wrong, and not the password."""

    # Machines.
    new_machine: float = 0.12
    """The share of people who get a new computer within three to six weeks."""
    new_phone: float = 0.08
    """The same of telephones."""
    second_browser: float = 0.2
    """The share of people who use a second browser on the same computer."""
    browser_share: Span = (0.03, 0.4)
    """The share of sessions in it, for each of them."""

    # Homes.
    leases: tuple[int, ...] = (1, 1, 2, 7, 14, 30, 60, 365, 365)
    """Days for which a home keeps its address: one of these."""
    ipv6: float = 0.4
    """The share of homes that have IPv6 as well, where their provider does."""
    ipv6_share: Span = (0.3, 1.0)
    """The share of time it is used in, for each of them."""
    moves: float = 0.03
    """The share of people who move house within five weeks."""
    households: float = 0.12
    """The share of people at home who live with somebody who has an account too."""
    vpn: float = 0.07
    """The share of people who have a VPN of their own, besides those who always use it."""
    vpn_share: Span = (0.05, 0.6)
    """The share of their sittings in which it is on at some time."""
    drops: Span = (0.0, 0.08)
    """The share of sittings at home in which the line drops and a telephone stands in."""
