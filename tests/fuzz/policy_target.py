"""One input of the fuzzer: a policy as a document."""

import tomllib
from contextlib import suppress

from jsonschema_rs import Draft202012Validator

from alerts.difference import differences
from alerts.document import PolicyError, read, read_text, schema, text_of, written
from alerts.policy import SHIPPED
from alerts.remarks import remarks

VALID = Draft202012Validator(schema()).is_valid


def one_input(data: bytes) -> None:
    """Raises whatever reading a policy raises that it must not, and AssertionError for one that is
    not what it was once it was written out, or that its own schema refuses."""
    with suppress(PolicyError):
        policy = read_text(data.decode("utf-8", "replace"))
        text = text_of(policy)
        assert read_text(text) == policy
        assert read(written(policy)) == policy
        assert text_of(read_text(text)) == text
        assert VALID(tomllib.loads(text))
        assert not differences(policy, policy)
        assert bool(differences(SHIPPED, policy)) == (policy != SHIPPED)
        assert all(one.text.en and one.text.fr for one in remarks(policy))
