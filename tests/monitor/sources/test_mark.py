"""Which file is which, from first bytes, device and inode."""

from monitor.sources.mark import HEAD, Mark, Sighting, plan

LOG = "/var/log/auth.log"


def body(name: str, size: int = 3_000) -> bytes:
    return (name.encode() * size)[:size]


def sighting(path: str, inode: int, content: bytes, *, packed: bool = False) -> Sighting:
    size = 77 if packed else len(content)
    return Sighting(path, 1, inode, size, 0, content[:HEAD], packed)


def mark(inode: int, content: bytes, offset: int) -> Mark:
    known = Mark(1, inode, b"", 0, offset)
    known.learn(content[: min(HEAD, offset)])
    return known


def planned(marks: list[Mark], *sightings: Sighting, wants: bool = True) -> list[tuple[str, int]]:
    """What is to be read, and from where."""
    _, parts = plan(LOG, marks, sightings, lambda one: wants)
    return [(part.sighting.path.removeprefix(LOG), part.mark.offset) for part in parts]


def test_reading_goes_on_where_it_stood() -> None:
    content = body("a")
    assert planned([mark(5, content, 200)], sighting(LOG, 5, content)) == [("", 200)]


def test_a_renamed_file_is_finished_and_then_come_the_newer_ones() -> None:
    old, newer, new = body("a"), body("b"), body("c")
    assert planned(
        [mark(5, old, 200)],
        sighting(LOG + ".2", 5, old),
        sighting(LOG + ".1", 6, newer),
        sighting(LOG, 7, new),
    ) == [(".2", 200), (".1", 0), ("", 0)]


def test_a_compressed_file_is_found_by_its_beginning() -> None:
    old, new = body("a"), body("c")
    packed = sighting(LOG + ".1.gz", 9, old, packed=True)
    assert planned([mark(5, old, 200)], packed, sighting(LOG, 7, new)) == [(".1.gz", 200), ("", 0)]


def test_a_copy_is_read_on_and_the_truncated_file_from_its_start() -> None:
    old = body("a")
    copy = sighting(LOG + ".1", 9, old)
    assert planned([mark(5, old, 200)], copy, sighting(LOG, 5, b"new\n")) == [(".1", 200), ("", 0)]


def test_a_copy_that_was_read_to_its_end_is_left() -> None:
    old = body("a")
    copy = sighting(LOG + ".1", 9, old)
    assert planned([mark(5, old, 3_000)], copy, sighting(LOG, 5, b"new\n")) == [("", 0)]


def test_a_copy_is_left_while_the_file_itself_is_there() -> None:
    old = body("a")
    copies = [sighting(LOG + ".1", 9, old), sighting(LOG + ".0", 8, old[:500])]
    assert planned([mark(5, old, 200)], *copies, sighting(LOG, 5, old)) == [("", 200)]
    assert planned([], *copies, sighting(LOG, 5, old)) == [("", 0)]


def test_an_inode_used_again_is_another_file() -> None:
    assert planned([mark(5, body("a"), 200)], sighting(LOG, 5, body("b"))) == [("", 0)]


def test_a_file_rewritten_shorter_is_read_again() -> None:
    old = body("a")
    assert planned([mark(5, old, 3_000)], sighting(LOG, 5, old[:2_000])) == [("", 0)]


def test_a_log_that_begins_like_an_older_part_is_no_copy_of_it() -> None:
    old = b"time,user\n" + body("a")
    marks = [mark(5, old, 3_010)]
    new = sighting(LOG, 7, b"time,user\n")
    assert planned(marks, sighting(LOG + ".1", 5, old), new) == [("", 0)]


def test_at_the_first_start_only_what_is_wanted_is_read() -> None:
    parts = [
        sighting(LOG + ".2.gz", 4, body("z"), packed=True),
        sighting(LOG + ".1", 5, body("a")),
        sighting(LOG, 7, body("b")),
    ]
    assert planned([], *parts, wants=False) == [("", 0)]
    assert planned([], *parts) == [(".2.gz", 0), (".1", 0), ("", 0)]


def test_what_was_not_wanted_stays_so_but_its_growth_is_read() -> None:
    old = body("a")
    packed = sighting(LOG + ".2.gz", 4, body("z"), packed=True)
    marks, _ = plan(LOG, [], [packed, sighting(LOG + ".1", 5, old)], lambda one: False)
    grown = sighting(LOG + ".1", 5, old + b"late\n")
    assert planned(marks, packed, grown) == [(".1", len(old))]


def test_marks_are_kept_while_their_files_are_there_and_a_while_longer() -> None:
    marks: list[Mark] = []
    for number in range(200):
        marks, _ = plan(LOG, marks, [sighting(LOG, number, body(f"{number} "))], lambda one: True)
    assert 2 < len(marks) < 100
    assert marks[-1].inode == 199


def test_an_empty_log_is_watched_and_empty_parts_are_not() -> None:
    assert planned([], sighting(LOG + ".1", 5, b""), sighting(LOG, 7, b"")) == [("", 0)]
