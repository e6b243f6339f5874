"""What is published holds what Vigie has a use for, and nothing that it would not keep."""

from scim2_models import Attribute, Schema, ServiceProviderConfig, Uniqueness

from monitor.scim.limits import MAXIMUM_RESULTS
from monitor.scim.resources import SERVICE, Group, Person, User


def _attributes(schema: Schema) -> dict[str, Attribute]:
    return {str(each.name): each for each in schema.attributes or ()}


def _schema(uri: str) -> Schema:
    return next(schema for schema in SERVICE.schemas if str(schema.id) == uri)


def test_a_user_has_only_attributes_that_are_kept() -> None:
    # A telephone number or a password that is not published is not kept either: GDPR, article 5.
    told = _attributes(_schema("urn:ietf:params:scim:schemas:core:2.0:User"))
    assert set(told) == {
        *("userName", "name", "displayName", "locale", "active", "emails", "roles", "groups"),
    }
    assert told["userName"].required
    assert told["userName"].uniqueness is Uniqueness.server
    assert told["groups"].mutability.value == "readOnly"


def test_what_is_vigies_own_is_an_extension_named_as_entra_id_wants_it() -> None:
    # Entra ID takes custom attributes of `urn:ietf:params:scim:schemas:extension:NAME:2.0:User`.
    told = _attributes(_schema("urn:ietf:params:scim:schemas:extension:vigie:2.0:User"))
    assert set(told) == {"kind", "privileged"}
    # That several people may use an account is for people to say: it silences findings.
    assert told["kind"].canonical_values == ["person", "service"]


def test_types_and_schemas_fit_together() -> None:
    assert SERVICE.model_for("User") is Person
    assert SERVICE.model_for_endpoint("/Groups") is Group
    assert issubclass(Person, User)
    user = next(each for each in SERVICE.resource_types if each.name == "User")
    assert [str(each.schema_) for each in user.schema_extensions or ()] == [
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:vigie:2.0:User",
    ]


def test_what_is_not_done_is_not_announced() -> None:
    config = SERVICE.config
    assert isinstance(config, ServiceProviderConfig)
    told = config.model_dump()
    done = {name: told[name]["supported"] for name in ("patch", "bulk", "filter", "sort", "etag")}
    assert done == {"patch": True, "bulk": False, "filter": True, "sort": True, "etag": True}
    assert told["changePassword"] == {"supported": False}
    assert told["filter"]["maxResults"] == MAXIMUM_RESULTS
