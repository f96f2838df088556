"""Labels: unique, checked, read exactly, and holding nothing of a person."""

import inspect
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_2

from myelos.cells.labels import LAST_SERIAL, LENGTH, Issuer, Label, LabelKind, issue, read_label
from myelos.findings import Phrasebook, Place, Refused
from myelos.shapes import plain, read, value

CAPITALS = string.digits + string.ascii_uppercase
ALPHABET = CAPITALS + "*"

labels = st.builds(
    Label,
    st.sampled_from(LabelKind),
    st.text(CAPITALS, min_size=5, max_size=5),
    st.integers(0, 99),
    st.integers(0, LAST_SERIAL),
)


def codes(text: str, expect: LabelKind | None = None) -> list[str]:
    """What is wrong with a text; an empty list when it is a label."""
    try:
        read_label(text, expect)
    except Refused as refused:
        return [finding.code.removeprefix("cells.label-") for finding in refused.findings]
    return []


def some_labels(n: int) -> list[str]:
    """Labels spread over kinds, issuers, years and serials, all digits and all letters among them."""
    issuers = ("AAAAA", "ZZZZZ", "00000", "99999", "SAPP1", "0OI1L", "K7M2Q")
    kinds = tuple(LabelKind)
    return [
        str(issue(kinds[i % 3], issuers[i % 7], i * 37 % 100, i * 104_729 % (LAST_SERIAL + 1)))
        for i in range(n)
    ]


@pytest.mark.requirement("COI-04")
def test_coi_04_the_check_character_of_the_published_vector() -> None:
    """ABCDE27000069 has the check character C (briandunning.com/cf/2878, see requirements_checklist.csv)."""
    assert mod_37_2.calc_check_digit("ABCDE27000069") == "C"


@given(st.text(CAPITALS, min_size=1, max_size=20))
def test_coi_04_the_check_character_is_the_one_of_the_formula(body: str) -> None:
    """The library gives (38 - sum) mod 37, the sum weighing each character by its power of two."""
    total = 0
    for character in body:
        total = (total + ALPHABET.index(character)) * 2 % 37
    assert mod_37_2.calc_check_digit(body) == ALPHABET[(38 - total) % 37]


@pytest.mark.slow
@pytest.mark.requirement("COI-04")
def test_coi_04_every_single_substitution_is_refused() -> None:
    """All 15 x 36 wrong characters in each of 500 labels, other kinds included: not one is read."""
    read_anyway = [
        text[:at] + other + text[at + 1 :]
        for text in some_labels(500)
        for at in range(LENGTH)
        for other in ALPHABET
        if other != text[at] and not codes(text[:at] + other + text[at + 1 :])
    ]
    assert read_anyway == []


@pytest.mark.requirement("COI-04")
def test_coi_04_every_adjacent_swap_is_refused() -> None:
    """Every pair of differing neighbours exchanged, in each of 5,000 labels: not one is read."""
    swapped = [
        text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        for text in some_labels(5_000)
        for at in range(LENGTH - 1)
        if text[at] != text[at + 1]
    ]
    assert len(swapped) > 50_000
    assert [text for text in swapped if not codes(text)] == []


@pytest.mark.slow
@pytest.mark.requirement("COI-03")
def test_coi_03_a_million_labels_of_three_issuers_never_collide() -> None:
    """Three issuers that know nothing of each other, over kinds and years: all different."""
    made: set[str] = set()
    for code in ("SAPP1", "TOKY2", "MAKR3"):
        issuer = Issuer(code, 26)
        for year in (26, 27):
            issuer = issuer if year == issuer.year else issuer.in_year(year)
            for n in range(167_000):
                label, issuer = issuer.next(tuple(LabelKind)[n % 3])
                made.add(str(label))
    assert len(made) == 3 * 2 * 167_000


@given(labels, labels)
def test_coi_03_labels_are_equal_only_when_every_part_is(one: Label, other: Label) -> None:
    """The 15 characters and the four parts say the same."""
    assert (str(one) == str(other)) == (one == other)


@pytest.mark.requirement("COI-07")
def test_coi_07_nothing_of_a_person_can_be_put_into_a_label() -> None:
    """What makes a label takes a kind, an issuer, a year and a serial; there is no place for a person."""
    assert list(inspect.signature(issue).parameters) == ["kind", "issuer", "year", "serial", "place"]
    assert list(inspect.signature(Issuer.next).parameters) == ["self", "kind", "place"]
    assert list(Label.__dataclass_fields__) == ["kind", "issuer", "year", "serial"]


@pytest.mark.requirement("COI-07")
def test_coi_07_labels_are_the_same_whoever_the_people_are() -> None:
    """Two groups of (synthetic) people in the same order get the same labels: it only counts."""

    def labels_of(people: list[tuple[str, str, str]]) -> list[str]:
        issuer, given = Issuer("SAPP1", 27), []
        for _ in people:
            label, issuer = issuer.next(LabelKind.PERSON)
            given.append(str(label))
        return given

    some = [("Synthetic Hanako", "1961-05-02", "H-0042"), ("Synthetic Taro", "1990-12-31", "H-0043")]
    others = [("Synthetic Anna", "1955-01-01", "Z9"), ("Synthetic Ben", "2001-07-07", "Z10")]
    assert labels_of(some) == labels_of(others) == ["PSAPP127000001S", "PSAPP127000002Q"]
    for name, born, number in some:
        forms = (name.upper(), born, born.replace("-", ""), number)
        assert not any(form in text for form in forms for text in labels_of(some))


@given(labels)
def test_coi_07_a_label_has_no_form_of_a_name_a_date_or_a_national_number(label: Label) -> None:
    """No blanks, hyphens or small letters: not a written date, name, or social security number."""
    assert re.fullmatch(r"[PIC][A-Z0-9]{5}[0-9]{8}[A-Z0-9*]", str(label))
    assert not re.search(r"[a-z\s/-]|\d{3}-\d{2}-\d{4}|\d{4}-\d{2}-\d{2}", str(label))


@given(labels)
def test_what_is_written_is_read(label: Label) -> None:
    """A label comes back from its text, whether its kind is expected or not asked for."""
    assert read_label(str(label), label.kind) == label == read_label(str(label), None)


@given(labels, st.sampled_from(LabelKind))
def test_a_label_of_another_kind_is_refused(label: Label, expect: LabelKind) -> None:
    """A wristband is no bag: the kind asked for is the kind read, or the label is refused as wrong kind."""
    assert codes(str(label), expect) == ([] if label.kind is expect else ["wrong-kind"])


@given(labels, st.integers(0, LENGTH - 1))
def test_a_truncated_label_is_refused(label: Label, length: int) -> None:
    """Any beginning of a label is too short, and nothing else is said of it."""
    assert codes(str(label)[:length]) == ["too-short"]


@given(labels, st.sampled_from([" ", "\n", "\t", "\0", "0"]))
def test_nothing_is_stripped_or_folded(label: Label, extra: str) -> None:
    """A blank more, a line end, or small letters: refused, not mended."""
    text = str(label)
    assert codes(text + extra) == ["too-long"]
    assert "too-long" in codes(extra + text)
    assert codes(text.lower())[0] == "not-ours"
    assert "character" in codes(text[0] + text[1:].lower()) or text[1:].lower() == text[1:]


def test_digits_of_other_scripts_are_no_digits() -> None:
    """Full-width and Arabic digits would pass int(); they are not read."""
    text = str(issue(LabelKind.CONTAINER, "SAPP1", 27, 69))
    for foreign in ("\uff12", "\u0662"):
        assert codes(text[:6] + foreign + text[7:]) == ["character"]


def test_everything_wrong_is_said_at_once() -> None:
    """Short, two wrong characters and the wrong kind: four findings, each at the place given."""
    with pytest.raises(Refused) as refused:
        read_label("PsAPP12700O", LabelKind.CONTAINER, Place("scan", 3))
    found = refused.value.findings
    assert [f.code.removeprefix("cells.label-") for f in found] == [
        "too-short",
        "character",
        "character",
        "wrong-kind",
    ]
    assert {f.place for f in found} == {Place("scan", 3)}
    assert [f.params.get("position") for f in found] == [None, 2, 11, None]


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes reading fail otherwise, and what is read is what was given."""
    assert codes(text) or str(read_label(text, None)) == text


def test_what_was_read_is_never_repeated() -> None:
    """A hospital wristband scanned by mistake may hold a name and a birth date: no finding shows it."""
    foreign = "SYNTHETIC HANAKO 19610502"
    with pytest.raises(Refused) as refused:
        read_label(foreign, LabelKind.PERSON)
    told = " ".join(
        Phrasebook("myelos.cells").tell(finding, language)
        for finding in refused.value.findings
        for language in ("en", "ja")
    )
    assert "HANAKO" not in told
    assert "1961" not in told


@pytest.mark.parametrize(
    ("issuer", "year", "serial", "wrong"),
    [
        ("SAPP", 27, 1, ["issuer"]),
        ("sapp1", 27, 1, ["issuer"]),
        ("SAP 1", 2027, 1, ["issuer", "year"]),
        ("SAPP1", True, -1, ["year", "serial"]),
        ("ＳAPP1", -1, 1_000_000, ["issuer", "year", "serial"]),
    ],
)
def test_parts_that_make_no_label_are_all_found(
    issuer: str, year: int, serial: int, wrong: list[str]
) -> None:
    """Each impossible part of a label is a finding of its own; a label built of them in code raises."""
    with pytest.raises(Refused) as refused:
        issue(LabelKind.CONTAINER, issuer, year, serial)
    assert [f.code.removeprefix("cells.label-") for f in refused.value.findings] == wrong
    with pytest.raises(ValueError, match="make no label"):
        Label(LabelKind.CONTAINER, issuer, year, serial)


def test_an_issuer_does_not_pass_the_last_serial() -> None:
    """After 999999 the next label is refused; other kinds and the next year go on."""
    issuer = Issuer("SAPP1", 27)
    issuer = Issuer("SAPP1", 27, issuer.last.set(LabelKind.CONTAINER, LAST_SERIAL - 1))
    label, issuer = issuer.next(LabelKind.CONTAINER)
    assert label.serial == LAST_SERIAL
    with pytest.raises(Refused, match="serials-used-up"):
        issuer.next(LabelKind.CONTAINER)
    assert issuer.next(LabelKind.PERSON)[0].serial == 1
    assert str(issuer.in_year(28).next(LabelKind.CONTAINER)[0])[6:14] == "28000001"


@pytest.mark.parametrize("year", [27, 26, 0, -1, 100, 2028])
def test_an_issuer_never_counts_a_year_again(year: int) -> None:
    """Going back to a year, or staying in it, would give labels out twice."""
    with pytest.raises(Refused, match="year-not-later"):
        Issuer("SAPP1", 27).in_year(year)


def test_an_issuer_is_a_value() -> None:
    """Asking for a label changes nothing: asked twice, the same issuer gives the same label."""
    issuer = Issuer("SAPP1", 27)
    assert issuer.next(LabelKind.CHAIN) == issuer.next(LabelKind.CHAIN)
    assert hash(issuer) == hash(Issuer("SAPP1", 27))


@value
class Tagged:
    """A made-up shape with a label in it."""

    label: Label


@given(labels)
def test_a_label_in_plain_data_is_its_text(label: Label) -> None:
    """Shapes write a label as its 15 characters and read it back."""
    assert plain(Tagged(label=label)) == {"label": str(label)}
    assert read(Tagged, {"label": str(label)}) == Tagged(label=label)


@pytest.mark.parametrize("bad", ["CSAPP1270000690", "", 7, None])
def test_a_label_in_plain_data_is_checked(bad: object) -> None:
    """A text that is no label is a finding at its key."""
    with pytest.raises(Refused) as refused:
        read(Tagged, {"label": bad})
    assert [f.place.column for f in refused.value.findings] == ["label"]
