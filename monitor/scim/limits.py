"""How much an identity provider may send at once: everything has an end."""

from typing import Final

MAXIMUM_BODY: Final = 1 << 20
"""Bytes of a request's body."""
MAXIMUM_VALUES: Final = 20_000
"""Values in a body, counted by what parts them."""
MAXIMUM_OPERATIONS: Final = 200
"""Operations of one PATCH."""
MAXIMUM_MEMBERS: Final = 10_000
"""Members of one group."""
MAXIMUM_ENTRIES: Final = 100
"""Values of one attribute of a user."""
MAXIMUM_TEXT: Final = 256
"""Characters of one value."""
MAXIMUM_EXPRESSION: Final = 1_024
"""Characters of a filter or a path."""
MAXIMUM_TERMS: Final = 20
"""Comparisons in a filter."""
MAXIMUM_DETAIL: Final = 300
"""Characters of what is said of a fault."""
MAXIMUM_NAMES: Final = 100
"""Attributes that are asked for, or not wanted."""
MAXIMUM_RESULTS: Final = 200
"""Resources in one answer."""
USUAL_RESULTS: Final = 100
"""Resources in one answer when it is not said how many."""
MAXIMUM_SCANNED: Final = 20_000
"""Resources that a filter without an index is tried on."""
