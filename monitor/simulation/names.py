"""Names of people, as the call centres of the simulated world have them."""

from random import Random

_FIRST_NAMES = """
adele aicha alain amina andry anis antoine asma awa bruno camille carlos cheikh chloe
claire diogo elodie emma fanja farid fatou fatima hajar hery hugo ibrahim ines jean joana julien
karim khadija lalao laura leila lea lucas mamadou manon marie marta mehdi mialy moussa nadia naina
nicolas nour omar ousmane paul rado rania rita sami sara sofia sonia soa thomas tiana tiago yasmine
yassine youssef zo"""
_LAST_NAMES = """
andrianina bernard benali ben-salah bennani blanc bouaziz carvalho chaoui correia costa
dembele dia diallo diop dubois durand el-amrani fall faure ferreira fournier garnier gueye haddad
idrissi jebali lambert laurent leroy martin mbaye mercier moreau nasri ndiaye oliveira petit
rabe rakoto ramanana randria rasoanaivo razafy richard robert rousseau roux sall santos sarr
silva simon sow sy tahiri thiam trabelsi vincent ziani"""
_FIRST = tuple(_FIRST_NAMES.split())
_LAST = tuple(_LAST_NAMES.split())


def name(rng: Random) -> str:
    """A user name, `first.last`, by lot."""
    return f"{rng.choice(_FIRST)}.{rng.choice(_LAST)}"
