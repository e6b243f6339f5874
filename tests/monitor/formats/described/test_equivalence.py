"""What a description can say: OCSF described is read as Vigie's own format reads it."""

import tomllib

from monitor.formats.described.described import Described
from monitor.formats.format import Origin, formats
from tests.monitor.faults.running import world_lines

OCSF = """
kind = "json"
[fields]
time = { from = "time", format = "unix_ms" }
account = "user.uid"
account_name = "user.name"
tenant = "metadata.tenant_uid"
session = "session.uid"
ip = "src_endpoint.ip"
user_agent = "http_request.user_agent"
uid = "metadata.uid"
actor = "actor.user.uid"
mfa = "is_mfa"
mfa_method = ["auth_factors[1].factor_type", "auth_factors[0].factor_type"]
outcome = { from = "status_id", values = { 1 = "SUCCESS", 2 = "FAILURE" } }
failure_reason = "status_detail"
[fields.event]
from = ["class_uid", "activity_id"]
join = "/"
[fields.event.values]
"3002/1" = "LOGON"
"3002/2" = "LOGOFF"
"3002/3" = "REFRESH"
"3002/4" = "REFRESH"
"3002/5" = "REFRESH"
"3002/*" = "OTHER"
"3001/3" = "CHANGE PASSWORD"
"3001/4" = "CHANGE PASSWORD"
"3001/10" = "CHANGE FACTOR_ADDED"
"3001/11" = "CHANGE FACTOR_REMOVED"
"3001/*" = "CHANGE OTHER"
"""


def test_a_simulated_world_is_the_same_read_either_way() -> None:
    mine, own = Described("mine", tomllib.loads(OCSF)), formats()["ocsf"]
    origin = Origin("replay", "acme", lambda month, day: 2024, lambda second, line: 0)
    lines = world_lines(days=10, accounts=40)
    assert len(lines) > 5_000
    assert [line for line in lines if mine.parse(line, origin) != own.parse(line, origin)] == []
