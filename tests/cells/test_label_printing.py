"""Printing labels: complete, read back and verified by a second person, or of no use."""

import os
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import matplotlib.image
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.acts import Act
from myelos.cells.datamatrix import decode, draw
from myelos.cells.label_picture import Line
from myelos.cells.label_printing import LabelContent, PrintedLabel, not_usable, print_label, verify_label
from myelos.cells.label_templates import (
    DonorTesting,
    LabelField,
    LabelUse,
    Register,
    put_in_use,
    required_fields,
    shipped_templates,
)
from myelos.cells.labels import LabelKind, issue
from myelos.findings import Finding, Phrasebook, Refused
from myelos.quantities import Amount
from myelos.shapes import faults, plain, read

AT = datetime(2027, 3, 20, 9, tzinfo=UTC)
REGISTER = Register(templates=())
for _template in shipped_templates():
    REGISTER = put_in_use(REGISTER, _template, date(2027, 1, 1))

CONTENT = LabelContent(
    label=issue(LabelKind.CONTAINER, "SAPP1", 27, 69),
    testing=DonorTesting.UNKNOWN,
    zone="Asia/Tokyo",
    product_type="Marrow mesenchymal cells, 40 mL (synthetic)",
    expires_at=AT + timedelta(days=90, minutes=5),
    establishment="Synthetic Cell Centre, 1 Example Street, Sapporo",
    storage_low=Amount.of("-196 degC"),
    storage_high=Amount.of("-150 degC"),
    other_warnings=("Contains DMSO & dextran 40; penicillin < 1 % in culture",),
    instructions="Discard the empty bag as infectious waste",
)
FILLED = {
    LabelField.PRODUCT_TYPE: ("product_type",),
    LabelField.EXPIRY: ("expires_at",),
    LabelField.ESTABLISHMENT: ("establishment",),
    LabelField.STORAGE_TEMPERATURE: ("storage_low", "storage_high"),
    LabelField.OTHER_WARNINGS: ("other_warnings",),
    LabelField.INSTRUCTIONS: ("instructions",),
}
"""The fields that someone fills, and what in the content fills them."""


def act(by: str = "technician-1", at: datetime = AT) -> Act:
    return Act(by=by, at=at, role="cell-processor", site="SAPP1")


def printed(content: LabelContent = CONTENT, template: str = "product", language: str = "en") -> PrintedLabel:
    return print_label(content, REGISTER, template, act(), language)  # type: ignore[arg-type]


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes without the room; every one can be said in both languages."""
    book = Phrasebook("myelos.cells")
    assert all(book.tell(each, language) for each in findings for language in ("en", "ja"))
    return [each.code.removeprefix("cells.") for each in findings]


def refused(content: LabelContent, template: str = "product") -> list[str]:
    """Why a label is not printed."""
    with pytest.raises(Refused) as error:
        printed(content, template)
    return codes(error.value.findings)


def texts(svg: str) -> list[str]:
    """The lines of a label, which must be XML."""
    return [each.text or "" for each in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.requirement("LAB-01")
def test_lab_01_a_full_label_holds_everything() -> None:
    """Code, type, warnings, expiry in the reader's time, storage on it; two more with it."""
    label = printed()
    said = " ".join(texts(label.svg))
    for part in (
        "CSAPP1270000698",
        "Marrow mesenchymal cells, 40 mL",
        "Expires 2027-06-18 18:05 (UTC+09:00)",
        "Store at -196 to -150 °C",
        "Contains DMSO & dextran 40; penicillin < 1 % in culture",
        "Template product, version 1",
    ):
        assert part in said
    assert label.with_it == (
        "Released by Synthetic Cell Centre, 1 Example Street, Sapporo",
        "Instructions: Discard the empty bag as infectious waste",
    )
    assert (label.printed_by, label.template, label.version) == ("technician-1", "product", 1)


@pytest.mark.requirement("LAB-01")
@pytest.mark.parametrize(
    "field", [field for use, field, _ in required_fields() if use is LabelUse.PRODUCT and field in FILLED]
)
def test_lab_01_a_missing_field_is_not_printed(field: LabelField) -> None:
    """Leave out any field that is asked for: no label, and the finding names it."""
    for name in FILLED[field]:
        with pytest.raises(Refused) as error:
            printed(replace(CONTENT, **{name: None}))
        assert codes(error.value.findings) == ["label-field-missing"]
        assert error.value.findings[0].params["field"] == field.value


@pytest.mark.requirement("LAB-01")
def test_lab_01_all_missing_fields_are_said_at_once() -> None:
    """An empty content lacks six fields; what is filled with blanks is missing too."""
    nothing = dict.fromkeys((name for names in FILLED.values() for name in names), None)
    assert refused(replace(CONTENT, **nothing)) == ["label-field-missing"] * 6
    blank = replace(CONTENT, product_type=" ", instructions="\t")
    assert refused(blank) == ["label-field-missing"] * 2
    assert printed(replace(CONTENT, other_warnings=())).fields == printed().fields


@pytest.mark.requirement("LAB-02")
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("testing", DonorTesting)
@pytest.mark.parametrize("template", ["product", "vessel"])
def test_lab_02_the_warnings_stand_on_the_label(language: str, testing: DonorTesting, template: str) -> None:
    """FOR AUTOLOGOUS USE ONLY on every label of cells; the other unless all testing is done."""
    said = " ".join(texts(printed(replace(CONTENT, testing=testing), template, language).svg))
    assert "FOR AUTOLOGOUS USE ONLY" in said
    evaluated = testing is DonorTesting.ALL_DONE
    assert ("NOT EVALUATED FOR INFECTIOUS SUBSTANCES" in said) is not evaluated
    assert ("自家投与専用" in said) is (language == "ja")


@pytest.mark.requirement("LAB-03")
def test_lab_03_the_version_in_use_where_it_is_printed_is_taken() -> None:
    """At 16:00 UTC it is the next day in Tokyo: the version that begins there is printed, and named."""
    later = replace(shipped_templates()[0], version=2)
    register = put_in_use(REGISTER, later, date(2027, 3, 21))
    for hour, version in ((14, 1), (15, 2)):
        at = act(at=datetime(2027, 3, 20, hour, tzinfo=UTC))
        label = print_label(CONTENT, register, "product", at, "en")
        assert label.version == version
        assert f"Template product, version {version}" in texts(label.svg)
    with pytest.raises(Refused, match="template-not-in-use"):
        print_label(CONTENT, register, "product", act(at=datetime(2026, 12, 31, 14, tzinfo=UTC)), "en")


def test_a_label_is_printed_on_a_template_of_its_use() -> None:
    """A wristband has no place on a bag's template, nor a bag on a wristband's."""
    wristband = replace(CONTENT, label=issue(LabelKind.PERSON, "SAPP1", 27, 1))
    assert refused(wristband) == ["template-for-another-use"]
    assert refused(CONTENT, "identity") == ["template-for-another-use"]
    assert texts(printed(wristband, "identity").svg)[0] == "PSAPP127000001S"


@pytest.mark.requirement("COI-07")
def test_coi_07_a_wristband_shows_its_code_and_nothing_else() -> None:
    """Whatever the content holds, the identity template prints the code and its own name."""
    wristband = replace(CONTENT, label=issue(LabelKind.PERSON, "SAPP1", 27, 1))
    assert texts(printed(wristband, "identity").svg) == ["PSAPP127000001S", "Template identity, version 1"]


def test_what_cannot_be_true_or_printed_is_refused() -> None:
    """A passed expiry, temperatures reversed, a control character, all at once; and words without end."""
    wrong = replace(
        CONTENT,
        expires_at=AT,
        storage_low=CONTENT.storage_high,
        storage_high=CONTENT.storage_low,
        product_type="cells\x00",
        instructions="right\u202eleft",
    )
    assert refused(wrong) == ["label-expired", "label-storage-reversed", *["label-unprintable"] * 2]
    assert refused(replace(CONTENT, other_warnings=("many words " * 150,))) == ["label-does-not-fit"]


@pytest.mark.requirement("LAB-04")
def test_lab_04_a_print_that_does_not_read_back_is_none() -> None:
    """A printer that blanks the symbol, or puts out another label's: nothing is printed."""
    other = draw(issue(LabelKind.CONTAINER, "SAPP1", 27, 70))
    for render, code in (
        (lambda symbol: np.full_like(symbol.picture(), 255), "symbol-none"),
        (lambda symbol: other.picture(), "symbol-reads-otherwise"),
    ):
        with pytest.raises(Refused) as error:
            print_label(CONTENT, REGISTER, "product", act(), "en", render)
        assert codes(error.value.findings) == [code]


SEEN = printed().fields


@pytest.mark.requirement("LAB-04")
def test_lab_04_a_print_without_verification_cannot_be_used() -> None:
    """Of use only after a second person scanned it and saw every field."""
    label = printed()
    assert codes(not_usable(label)) == ["label-not-verified"]
    verified = verify_label(label, str(label.label), SEEN, act("technician-2"))
    assert not_usable(verified) == ()
    assert (verified.verified_by, verified.verified_at) == ("technician-2", AT)
    assert replace(verified, verified_by=None, verified_at=None) == label


@pytest.mark.requirement("LAB-04")
def test_lab_04_nobody_verifies_their_own_print() -> None:
    """The printer is refused; a value made by hand with one person in both places is not usable either."""
    label = printed()
    with pytest.raises(Refused) as error:
        verify_label(label, str(label.label), SEEN, act())
    assert codes(error.value.findings) == ["same-person"]
    forged = replace(label, verified_by=label.printed_by, verified_at=AT)
    assert codes(not_usable(forged)) == ["same-person"]


@pytest.mark.requirement("LAB-04")
def test_lab_04_everything_wrong_with_a_verification_is_said_at_once() -> None:
    """Another label scanned, two fields not seen, the same person, before the printing, a second time."""
    label = verify_label(printed(), str(CONTENT.label), SEEN, act("technician-2"))
    other = str(issue(LabelKind.CONTAINER, "SAPP1", 27, 70))
    with pytest.raises(Refused) as error:
        verify_label(label, other, SEEN[2:], act(at=AT - timedelta(seconds=1)))
    assert codes(error.value.findings) == [
        "label-another",
        "label-field-not-seen",
        "label-field-not-seen",
        "same-person",
        "label-verified-before-print",
        "label-verified-already",
    ]


@pytest.mark.requirement("LAB-04")
@pytest.mark.parametrize("at", range(15))
def test_lab_04_a_scan_with_one_character_changed_verifies_nothing(at: int) -> None:
    """Each character of the scanned text in turn."""
    text = str(CONTENT.label)
    wrong = text[:at] + ("7" if text[at] != "7" else "3") + text[at + 1 :]
    with pytest.raises(Refused):
        verify_label(printed(), wrong, SEEN, act("technician-2"))


def test_a_printed_label_is_plain_data() -> None:
    """It is kept and read again without a change, and a content with a fault is found."""
    label = verify_label(printed(), str(CONTENT.label), SEEN, act("technician-2"))
    assert read(PrintedLabel, plain(label)) == label
    assert read(LabelContent, plain(CONTENT)) == CONTENT
    naive = replace(CONTENT, expires_at=datetime(2027, 6, 1), zone="Asia/Sapporo")  # noqa: DTZ001
    assert {each.code for each in faults(naive)} == {"shapes.naive-time", "shapes.unknown-zone"}


def test_the_same_label_is_the_same_picture() -> None:
    """Nothing of the hour or the machine is in it, and it needs nothing from elsewhere."""
    assert printed() == printed()
    svg = printed().svg
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|<style|style=|href|<image|@font-face", svg)


words = st.text(st.sampled_from("abc XYZ,.;自家細胞投与ー0189\u00b0"), min_size=1, max_size=120)


@given(words, st.floats(20, 80), st.booleans())
def test_breaking_lines_loses_no_character_and_passes_no_edge(text: str, width: float, bold: bool) -> None:
    """The pieces together are the text but for blanks, and none is wider than asked for."""
    pieces = list(Line(text, bold=bold).broken(width))
    assert "".join(piece.text for piece in pieces).replace(" ", "") == text.replace(" ", "")
    assert all(piece.wide(piece.text) <= width for piece in pieces)


CUT = """() => { const all = document.querySelector('svg'), edge = all.getBoundingClientRect();
  return [...all.querySelectorAll('text')].filter(text => { const box = text.getBoundingClientRect();
    return box.left < edge.left || box.right > edge.right || box.top < edge.top || box.bottom > edge.bottom;
  }).map(text => text.textContent); }"""
OVER = """() => {
  const boxes = [...document.querySelectorAll('text, path')].map(e => e.getBoundingClientRect());
  return boxes.some((a, i) => boxes.slice(0, i).some(b =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(a.height, b.height) / 2)); }"""
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.mark.chromium
@pytest.mark.slow
@pytest.mark.requirement("LAB-04")
def test_lab_04_the_label_in_a_browser_is_read_and_nothing_is_cut_off() -> None:
    """The whole picture as a browser draws it decodes to the label, in both languages, on every template."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing, and CI must have it")
        pytest.skip("needs Debian's chromium (apt-get install chromium)")
    full = replace(CONTENT, product_type="自家骨髄間葉系幹細胞 40 mL (合成データ) WWWWWWWWWWWWWWWWWWWW")
    wristband = replace(full, label=issue(LabelKind.PERSON, "WWWWW", 88, 888_888))
    cases = [(full, "product"), (full, "vessel"), (wristband, "identity")]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(device_scale_factor=2)
        for content, template in cases:
            for language in ("en", "ja"):
                page.set_content(printed(content, template, language).svg)
                assert page.evaluate(CUT) == []
                assert page.evaluate(OVER) is False
                assert decode(_pixels(page.locator("svg").screenshot())) == str(content.label)
        browser.close()


def _pixels(png: bytes) -> np.ndarray:
    """Grey values of a PNG."""
    import io

    colour = matplotlib.image.imread(io.BytesIO(png))[:, :, :3]
    return np.ascontiguousarray((colour.mean(axis=2) * 255).astype(np.uint8))
