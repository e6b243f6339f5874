"""What is wrong with a chain, in words."""

from collections.abc import Mapping
from typing import Final

from detectors.core.detector import Text
from monitor.chain.verification import Wrong

SENTENCES: Final[Mapping[Wrong, Text]] = {
    Wrong.NUMBER: Text(
        "does not follow on the number before: entries are gone, were added or moved",
        "ne suit pas le numéro précédent : des entrées ont disparu, ont été ajoutées ou déplacées",
    ),
    Wrong.PREVIOUS: Text(
        "does not hold the digest of the entry before: one of the two is not what it was",
        "ne porte pas l'empreinte de l'entrée précédente : l'une des deux n'est plus ce qu'elle "
        "était",
    ),
    Wrong.ALTERED: Text(
        "does not come to its digest: it was altered",
        "ne correspond pas à son empreinte : elle a été modifiée",
    ),
    Wrong.CONTENT: Text(
        "has a content, or a salt, other than what was entered",
        "a un contenu, ou un sel, autre que celui qui a été inscrit",
    ),
    Wrong.MISSING: Text(
        "has lost its content, and no entry says that it was erased",
        "a perdu son contenu, et aucune entrée ne dit qu'il a été effacé",
    ),
    Wrong.STRAY: Text("has a content and is no entry", "a un contenu et n'est pas une entrée"),
    Wrong.ANCHOR: Text(
        "is where the audit begins, and this instance did not sign for what was before",
        "est le début du journal, et cette instance n'a pas signé pour ce qui précédait",
    ),
    Wrong.HEAD: Text(
        "should be the last entry, as it was entered or signed, and is not",
        "devrait être la dernière entrée, telle qu'inscrite ou signée, et ne l'est pas",
    ),
    Wrong.CUT: Text(
        "was there when it was signed, and is gone: the last entries were taken away",
        "était là quand elle a été signée, et a disparu : les dernières entrées ont été enlevées",
    ),
    Wrong.FORKED: Text(
        "is another entry than the one that was signed",
        "est une autre entrée que celle qui a été signée",
    ),
    Wrong.SIGNATURE: Text(
        "has a signature that is nobody's", "porte une signature qui n'est de personne"
    ),
    Wrong.SIGNER: Text(
        "is signed by another key than this instance's",
        "est signée par une autre clé que celle de cette instance",
    ),
}
