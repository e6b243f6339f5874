"""What Vigie publishes by SCIM: users and groups, with the attributes that it has a use for.

A subset of RFC 7643's core schema, so that an identity provider reads in `/Schemas` what is kept.
Telephone numbers, addresses, photos and passwords are not: they are read over, and never stored.
"""

from typing import Annotated, Any, ClassVar, Final

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    ExtensibleStringEnum,
    Extension,
    External,
    Filter,
    Mutability,
    Pagination,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

from monitor.scim.limits import MAXIMUM_BODY, MAXIMUM_RESULTS, USUAL_RESULTS

LENIENT: Final = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""How far a sender may depart from the RFCs: what is not kept is read over, a value beside a
`remove` says what to remove, and a path that selects nothing yet makes it (both as Entra ID does).
"""


class Name(ComplexAttribute):
    """The parts of a person's name."""

    formatted: str | None = None
    """The full name, for display."""
    family_name: str | None = None
    """The family name."""
    given_name: str | None = None
    """The given name."""


class Email(ComplexAttribute):
    """An address that an account may be known by."""

    class Type(ExtensibleStringEnum):
        """What an address is for."""

        WORK = "work"
        HOME = "home"
        OTHER = "other"

    value: str | None = None
    """The address."""
    type: Type | None = None
    """What it is for."""
    primary: bool | None = None
    """Whether it is the preferred one."""


class Role(ComplexAttribute):
    """A role that an account has in the SaaS."""

    value: str | None = None
    """The role's name."""
    display: str | None = None
    """How it is shown."""
    type: str | None = None
    """What kind of role it is."""
    primary: bool | None = None
    """Whether it is the main one."""


class Membership(ComplexAttribute):
    """A group that an account is in; groups are changed at the group."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The group's identifier."""
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The group's address."""
    display: Annotated[str | None, Mutability.read_only] = None
    """The group's name."""


class User(Resource[AnyExtension]):
    """An account of the SaaS that is watched, as far as Vigie has a use for it."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """The name that the account signs in with; unique in its tenant, whatever the case."""
    name: Name | None = None
    """The parts of the person's name."""
    Name: ClassVar[type[ComplexAttribute]] = Name
    display_name: str | None = None
    """The name that people know the account by."""
    locale: str | None = None
    """The language and country that the holder works in."""
    active: bool | None = None
    """Whether the account may be used; one that is not counts as offboarded."""
    emails: list[Email] | None = None
    """Addresses that the account may also sign in with, or be named by in logs."""
    Emails: ClassVar[type[ComplexAttribute]] = Email
    roles: list[Role] | None = None
    """Roles in the SaaS; those that the settings call privileged make the account so."""
    Roles: ClassVar[type[ComplexAttribute]] = Role
    groups: Annotated[list[Membership] | None, Mutability.read_only] = None
    """Groups that the account is in."""
    Groups: ClassVar[type[ComplexAttribute]] = Membership


class EnterpriseUser(Extension):
    """What an employer knows of an account's holder."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: str | None = None
    """The number or name that the employer gave."""
    department: str | None = None
    """The department."""


class VigieUser(Extension):
    """What no other schema says of an account, and Vigie asks for."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:vigie:2.0:User")

    class Kind(ExtensibleStringEnum):
        """Whose an account is. That several people may use it, only people authorise."""

        PERSON = "person"
        SERVICE = "service"

    kind: Kind | None = None
    """Whose the account is: one person's, or a program's."""
    privileged: bool | None = None
    """Whether the account may do what others may not; not said, its roles and groups decide."""


class Member(ComplexAttribute):
    """A user of a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The user's identifier."""
    ref: Annotated[Reference[User[Any]] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The user's address."""
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])
    """What is a member: always a user."""


class Group(Resource[Any]):
    """Accounts that have a role together: its name counts as a role of each."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """The group's name, unique in its tenant, whatever the case."""
    members: list[Member] | None = None
    """The users of the group."""
    Members: ClassVar[type[ComplexAttribute]] = Member


Person = User[EnterpriseUser | VigieUser]

CONFIG: Final = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MAXIMUM_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    pagination=Pagination(
        cursor=False,
        index=True,
        default_pagination_method=Pagination.DefaultPaginationMethod.index,
        default_page_size=USUAL_RESULTS,
        max_page_size=MAXIMUM_RESULTS,
    ),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="API key",
            description="A key of Vigie with the scope directory:provision, as a bearer token; "
            f"a body is at most {MAXIMUM_BODY >> 20} MiB",
            spec_uri=Reference[External]("https://www.rfc-editor.org/info/rfc6750"),
            primary=True,
        )
    ],
)

SERVICE: Final = ScimProvider(
    models=[User, EnterpriseUser, VigieUser, Group],
    resource_types=[ResourceType.from_resource(Person), ResourceType.from_resource(Group)],
    config=CONFIG,
    policy=LENIENT,
)
"""Everything that is served, as `/Schemas`, `/ResourceTypes` and `/ServiceProviderConfig` tell."""
