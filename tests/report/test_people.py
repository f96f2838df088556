"""The pages about people: whatever happened is there, and nothing that the state does not hold."""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from examples.twenty_people.people import script
from examples.twenty_people.playing import play, transitions
from examples.twenty_people.script import OPENED, opening
from immutables import Map
from tests.house.test_words import SRC, offences
from tests.protocol.played import TRIAL, tell, whole
from tests.report.made_people import MARKUP, eventful, screened_only, told, twenty
from tests.report.pages import Page, spaced

from myelos.acts import Act
from myelos.answers import Answer
from myelos.cells import commands as cc
from myelos.cells.containers import Reasoned
from myelos.evidence import Judgement
from myelos.findings import Refused
from myelos.ledger.free_text import PREFIX, reference
from myelos.protocol import Command, Trial, load_protocol
from myelos.protocol.state import EVENTS
from myelos.quantities import Amount
from myelos.report import write_people, write_report
from myelos.report.course.erased import without_digests
from myelos.report.course.say import Say, utc
from myelos.report.course.story import courses
from myelos.report.course.write import pages
from myelos.safety import commands as sc
from myelos.safety.terms import Procedure

EN = tomllib.loads((SRC / "report" / "course" / "words.toml").read_text("utf-8"))["en"]
EVERYTHING = script(1).person


_WRITTEN: dict[tuple[int, str], tuple[Trial, dict[str, str]]] = {}


def written(trial: Trial, language: str = "en") -> dict[str, str]:
    """Every page by name, made once; the trial is kept with them, so that its identity is not reused."""
    key = id(trial), language
    if key not in _WRITTEN:
        made = pages(trial, TRIAL, Say(language, TRIAL), synthetic=True)
        _WRITTEN[key] = trial, {name: data.decode() for name, data in made.items()}
    return _WRITTEN[key][1]


@cache
def read(trial: int, language: str, name: str) -> Page:
    return Page(_WRITTEN[trial, language][1][name])


def page_of(trial: Trial, code: str, language: str = "en") -> Page:
    name = f"people/{re.sub('[^A-Za-z0-9]', '', code)}.html"
    assert name in written(trial, language)
    return read(id(trial), language, name)


def seen(page: Page) -> str:
    """Everything that can be read, the words for those who do not see the drawings among it."""
    return spaced(f"{page.text} {' '.join(page.each('aria-label'))}")


# What happened is there -----------------------------------------------------------------------------------


def _at(event: Any, act: Act) -> list[str]:
    return [utc(act.at)]


def _container(event: Any, act: Act) -> list[str]:
    return [event.container]


def _parts(name: str) -> Callable[[Any, Act], list[str]]:
    def labels(event: Any, act: Act) -> list[str]:
        made = getattr(event, name)
        return [each.container for each in (made if isinstance(made, tuple) else (made,))]

    return labels


def _volumes(event: Any) -> list[str]:
    ran = f"{event.infused} ran in, {event.lost} lost, {event.left} left"
    return [f"{event.delivered:,} cells", ran]


SHOWN: dict[str, Callable[[Any, Act], list[str]]] = {
    "protocol.screened": lambda event, act: ["screened on day", utc(event.onset)],
    "protocol.facts-recorded": lambda event, act: [Say("en", TRIAL).fact(fact) for fact in event.facts],
    "protocol.consent-given": _at,
    "protocol.consent-declined": lambda event, act: [utc(act.at), "declined", event.reason],
    "protocol.consent-withdrawn": _at,
    "protocol.gate-passed": lambda event, act: [utc(act.at), Say("en", TRIAL).gate(event.gate)],
    "protocol.gate-refused": lambda event, act: [utc(act.at), "refused"],
    "protocol.visit-recorded": lambda event, act: [utc(event.examined_at), event.examiner],
    "protocol.examination-recorded": lambda event, act: [utc(event.examined_at), event.reason],
    "protocol.visit-missed": lambda event, act: [event.reason, "missed"],
    "protocol.weight-recorded": _at,
    "protocol.deviation-recorded": _at,
    "protocol.treatment-withdrawn": lambda event, act: [utc(act.at), "the investigator", event.reason],
    "protocol.follow-up-withdrawn": lambda event, act: [utc(act.at), "follow-up withdrawn", event.reason],
    "protocol.fact-corrected": lambda event, act: [utc(act.at), str(event.old), str(event.new), act.why],
    "protocol.item-corrected": lambda event, act: [utc(act.at), str(event.old), str(event.new), act.why],
    "protocol.examined-at-corrected": lambda event, act: [utc(event.old), utc(event.new), act.why],
    "protocol.weight-corrected": lambda event, act: [str(event.old), str(event.new), act.why],
    "cells.chain-opened": lambda event, act: [event.chain, utc(act.at)],
    "cells.label-printed": lambda event, act: [event.container, act.by],
    "cells.label-verified": _container,
    "cells.collected": lambda event, act: [event.container, str(event.volume), utc(act.at), event.place],
    "cells.handed-over": lambda event, act: [event.container, event.taker],
    "cells.received": _container,
    "cells.separated": _parts("serum"),
    "cells.seeded": lambda event, act: [event.lot, utc(act.at)],
    "cells.fed": lambda event, act: [each.container for each in event.serum],
    "cells.harvested": lambda event, act: [utc(act.at), f"{event.suspension.viable:,}"],
    "cells.passaged": lambda event, act: [utc(act.at), *_parts("flasks")(event, act)],
    "cells.split": _parts("parts"),
    "cells.sampled": _parts("sample"),
    "cells.frozen": lambda event, act: [event.container, f"frozen {utc(act.at)}"],
    "cells.stored": _container,
    "cells.temperature-read": lambda event, act: [f"{event.temperature} is outside"],
    "cells.tested": lambda event, act: [str(event.result), utc(act.at), event.sample],
    "cells.result-corrected": lambda event, act: [str(event.result), utc(act.at), event.reason],
    "cells.released": lambda event, act: [f"{utc(act.at)} {event.lot} released", *event.bags],
    "cells.rejected": lambda event, act: [f"{event.lot}: rejected", utc(act.at), act.by, event.reason],
    "cells.release-withdrawn": lambda event, act: [f"{utc(act.at)} {event.lot} release withdrawn"],
    "cells.packed": _container,
    "cells.thawed": lambda event, act: [event.container, f"thawed {utc(act.at)}"],
    "cells.matched": lambda event, act: [f"{act.by}, {utc(act.at)}"],
    "cells.infusion-started": lambda event, act: [
        event.container,
        utc(act.at),
        f"{event.dose:,} cells living cells only",
        str(event.weight),
        utc(event.weighed_at),
        utc(event.counted_at),
        f"{event.lowest:,} to {event.highest:,} cells",
        str(event.flow),
        f"{event.dilution.value}-fold",
        ", ".join(event.premedication) or "none",
    ],
    "cells.infusion-observed": lambda event, act: [
        utc(act.at),
        str(event.oxygen_saturation),
        f"{event.systolic.value}/",
        str(event.pulse),
        *event.reactions,
    ],
    "cells.infusion-paused": lambda event, act: [utc(act.at), f"{event.reason} ({act.by})"],
    "cells.infusion-resumed": lambda event, act: [f"– {act.at:%H:%M}"],
    "cells.infusion-stopped": lambda event, act: [
        utc(act.at),
        f"{event.reason} ({act.by})",
        *_volumes(event),
    ],
    "cells.infusion-ended": lambda event, act: [utc(act.at), *_volumes(event)],
    "cells.quarantined": lambda event, act: [*event.containers, utc(act.at), event.words],
    "cells.disposition-signed": lambda event, act: [utc(act.at), event.words, act.by],
    "cells.discarded": lambda event, act: [event.container, f"{event.reason} ({act.by})"],
    "safety.adverse-event-reported": lambda event, act: [event.event, event.particulars.term],
    "safety.adverse-event-updated": lambda event, act: [utc(act.at), act.why, "Grade: 2 → 3"],
    "safety.relatedness-judged": lambda event, act: [utc(act.at), f"infusion: not known ({act.by})"],
    "safety.expectedness-decided": lambda event, act: [utc(act.at), event.reference],
    "safety.outcome-recorded": lambda event, act: [utc(act.at), "recovered with sequelae", event.end],
    "safety.adverse-event-withdrawn": lambda event, act: [utc(act.at), "reported twice", act.why],
    "safety.incident-recorded": lambda event, act: [event.incident, event.what],
    "safety.deterioration-suspected": lambda event, act: [event.deterioration, utc(event.confirm_by)],
    "safety.deterioration-refuted": lambda event, act: [event.deterioration, "deterioration refuted"],
    "safety.report-sent": lambda event, act: [utc(act.at), event.subject],
}
"""What a page must say of an event, by the event's name."""

UNDONE = {"protocol.returned", "protocol.lost-to-follow-up"}
"""Events that, being undone (lost and found again), leave nothing in the state any more."""


def _person(event: Any, trial: Trial) -> str | None:
    """Whom an event is about."""
    if hasattr(event, "person"):
        return str(event.person)
    if hasattr(event, "chain"):
        return trial.chains[event.chain].person
    for kept in (trial.harms.adverse, trial.harms.deteriorations):
        id_ = getattr(event, "event", getattr(event, "deterioration", getattr(event, "subject", None)))
        if id_ in kept:
            return str(kept[id_].person)  # type: ignore[index]
    return None


def test_everything_that_happened_to_a_person_is_on_their_page() -> None:
    """Every event of everybody: what it told, when, and by whom can be read; so for every kind of event."""
    trial, missing, kinds = eventful(), [], set()
    for event, act in told():
        person = _person(event, trial)
        if person is None or event.NAME in UNDONE:
            continue
        kinds.add(event.NAME)
        text = seen(page_of(trial, person))
        missing += [(event.NAME, each) for each in SHOWN[event.NAME](event, act) if spaced(each) not in text]
    assert missing == []
    assert kinds == set(SHOWN)
    assert kinds | UNDONE <= {each.NAME for each in EVENTS}


def test_a_person_lost_and_found_and_lost_again_left_once() -> None:
    """The last leaving is told, with its day; one that was undone is not."""
    page = page_of(eventful(), script(2).person)
    found = page.table_of("Leaving")
    contact = script(2).at(60).date().isoformat()
    assert [[cell.text for cell in row] for row in found] == [
        ["130", utc(script(2).at(130, 5)), "lost to follow-up", "–", "moved away again", contact,
         "investigator"]
    ]  # fmt: skip


# Nothing else is there ------------------------------------------------------------------------------------


def _values(value: Any) -> Iterator[Any]:
    """Everything within a state, to its leaves."""
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _values(getattr(value, each.name))
    elif isinstance(value, dict | Map):
        for key, each in value.items():
            yield from _values(key)
            yield from _values(each)
    elif isinstance(value, tuple | list | frozenset):
        for each in value:
            yield from _values(each)
    else:
        yield value


@pytest.mark.parametrize("trial", [eventful, twenty])
def test_every_time_on_a_page_is_a_time_of_that_persons_state(trial: Callable[[], Trial]) -> None:
    """No instant is made up: it stands in the person, the chain, the harms, or is when a report is due."""
    state = trial()
    for course in courses(state, TRIAL):
        code = course.person.code
        own = [each.what for each in course.harms]
        known = {
            utc(each) for each in _values((course.person, course.chain, own)) if isinstance(each, datetime)
        }
        known |= {
            each[:16].replace("T", " ")
            for each in map(str, _values(own))
            if re.match(r"20\d\d-\d\d-\d\dT", each)
        }
        text = page_of(state, code).text
        reports = set(re.findall(r"20\d\d-\d\d-\d\d \d\d:\d\d", _section(text, "Reports and their clocks")))
        body = text.split("State up to")[0]
        assert set(re.findall(r"20\d\d-\d\d-\d\d \d\d:\d\d", body)) - known - reports == set(), code


def _section(text: str, begin: str) -> str:
    return text.partition(begin)[2].partition("Neurological deterioration")[0]


@pytest.mark.parametrize("trial", [eventful, twenty])
def test_a_persons_page_names_nobody_elses_cells(trial: Callable[[], Trial]) -> None:
    """Labels of containers and chains there are the person's own; only neighbours' codes lead elsewhere."""
    state = trial()
    for person in state.people.values():
        chain = state.chain_of(person.code)
        own = {chain.id, *chain.containers} if chain else set()
        text = page_of(state, person.code).text
        assert set(re.findall(r"[IC]MADE1\d{8}\S", text)) == own, person.code


def test_scores_and_grades_are_those_of_the_record() -> None:
    """Every output of every examination stands in the table, all that it can be where it is not exact."""
    course = next(each for each in courses(eventful(), TRIAL) if each.person.code == EVERYTHING)
    rows = page_of(eventful(), EVERYTHING).table_of("Neurological examination (ISNCSCI)")
    say = Say("en", TRIAL)
    told_ = {row[0].text: [cell.text for cell in row[1:]] for row in rows}
    exams = [each.exam.taken["isncsci"].results for each in course.seen]
    assert len(exams) == 7
    assert told_ == {
        say.output("isncsci", name): [spaced(say.result(each.get(name))) for each in exams]
        for name in exams[0]
    }
    assert any("–" in each for each in told_["Total motor score"])
    assert any(" or " in each for row in told_.values() for each in row)


def test_every_collection_has_its_own_volume_whatever_was_told_first() -> None:
    """Two draws of different volumes: each container has its own, and the sum is of both."""
    asked = [*opening(OPENED), *whole(1)]
    other = Amount.of("200 mL")
    first = next(place for place, each in enumerate(asked) if isinstance(each.order, cc.Collect))
    asked[first] = Command(asked[first].act, replace(asked[first].order, volume=other))
    serum = next(place for place, each in enumerate(asked) if isinstance(each.order, cc.SeparateSerum))
    trial = play(TRIAL, asked[:serum])[0]
    page = page_of(trial, EVERYTHING)
    told_ = [[row[3].text, row[4].text, row[6].text] for row in page.table_of("Collections")]
    volumes = {1: "200 mL", 2: "230 mL", 3: "60 mL"}
    assert told_ == [[script(1).container(n), volume, "ward"] for n, volume in volumes.items()]
    assert "In all: blood 430 mL in 2 collections, marrow 60 mL." in page.text


def test_the_two_who_matched_are_told_with_the_scans_the_infusion_rests_on() -> None:
    """Each of the two with the last scan before the start; no other scan, and nobody else, is told."""
    state = eventful()
    chain = state.chain_of(EVERYTHING)
    assert chain is not None
    bag = chain.containers[chain.infusions[0].bag]
    one, other = bag.matches
    early, late = (replace(one, at=one.at + timedelta(minutes=m)) for m in (-9, 60))
    more = bag.but(matches=(early, one, replace(one, by="visitor"), other, late))
    chain = chain.but(containers=chain.containers.set(bag.label, more))
    trial = replace(state, chains=state.chains.set(chain.id, chain))
    page = page_of(trial, EVERYTHING)
    rows = {row[0].text: row[1] for row in page.table_of("Infusion, day 40")}
    assert rows["Matched to the wristband by"].text == f"nurse, {utc(one.at)}"
    assert rows["Matched to the wristband by"].small == "who started the infusion"
    assert rows["and by"].text == f"nurse-2, {utc(other.at)}"


def test_vital_signs_stand_in_order_of_time_and_what_was_not_measured_is_a_dash() -> None:
    """A sign told late stands where it was seen; half a blood pressure is shown as half."""
    page = page_of(eventful(), script(2).person)
    signs = [[cell.text for cell in row[1:]] for row in page.table_of("Vital signs and reactions, day 40")]
    assert signs == [
        ["20", "97 %", "108/– mmHg", "70 bpm", "–", "–", "nurse"],
        ["32", "91 %", "84/50 mmHg", "120 bpm", "36.9 °C", "hypotension, desaturation", "nurse"],
    ]


def test_a_judgement_is_told_of_the_procedure_it_is_about_and_of_no_other() -> None:
    """A second judgement of relatedness tells what was said of that procedure before, and what now."""
    state, it = eventful(), script(1)
    asked = [
        (Procedure.MARROW, Answer.NO, "Related to marrow aspiration (investigator): not judged yet → no"),
        (Procedure.INFUSION, Answer.YES, "Related to infusion (investigator): not known → yes"),
    ]
    for minute, (procedure, answer, _) in enumerate(asked):
        order = sc.JudgeRelatedness(event="AE-1", procedure=procedure, related=answer)
        state = play(TRIAL, [tell(order, it.at(230, 1, minute), "investigator")], state)[0]
    rows = page_of(state, EVERYTHING).table_of("What was known of them, version by version")
    judged = [row[3].text for row in rows if row[0].text == "230"]
    assert judged == [each for _, _, each in asked]


def test_the_cold_ends_where_a_bag_is_thawed_or_thrown_away() -> None:
    """A bag that was thrown away is drawn frozen up to that day, and one that is kept up to the last day."""
    state, it = twenty(), script(19)
    (kept,) = (each for each in courses(state, TRIAL) if each.person.code == it.person)
    (bag,) = kept.frozen
    assert kept.cold_until(bag) == kept.until == 38
    gone = replace(bag, discarded=Reasoned(it.at(30), "technician", "not needed"))
    assert kept.cold_until(gone) == 30
    assert kept.cold_until(replace(gone, thawed_at=it.at(25))) == 25


# Words that were erased -----------------------------------------------------------------------------------


def digests(value: Any) -> Any:
    """The value with every free text a digest, as a fold without the words leaves it."""
    if isinstance(value, str) and MARKUP in value:
        return reference(b"s" * 16, value)
    if isinstance(value, tuple):
        return tuple(digests(each) for each in value)
    if isinstance(value, Map):
        return Map({key: digests(each) for key, each in value.items()})
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: digests(getattr(value, each.name)) for each in fields(value)})
    return value


@pytest.mark.parametrize(("language", "word"), [("en", "words erased"), ("ja", "記載は消去済み")])
def test_words_that_were_erased_are_told_as_erased_and_never_as_a_digest(language: str, word: str) -> None:
    """Whatever somebody wrote and had erased: pages say so in its place, in words and pictures."""
    trial = digests(eventful())
    count = sum(isinstance(each, str) and each.startswith(PREFIX) for each in _values(trial))
    assert count >= 15
    told_ = "".join(written(trial, language).values())
    assert PREFIX not in told_
    assert "alert" not in told_
    for number in (1, 2, 5, 8):
        assert word in seen(page_of(trial, script(number).person, language))


def test_what_merely_looks_like_a_digest_is_shown_as_it_is() -> None:
    """A word, or a digest with something beside it, is what somebody wrote."""
    digest = reference(b"s" * 16, "x")
    kept = (f"{digest} or so", digest[:-1], PREFIX, "salted")
    assert without_digests(kept, "gone") is kept
    assert without_digests((digest, *kept), "gone") == ("gone", *kept)


# Words ----------------------------------------------------------------------------------------------------


def test_whatever_somebody_wrote_stays_text() -> None:
    """Reasons, terms and words written as markup are shown as written, on every page."""
    for name, html in written(eventful()).items():
        page = Page(html)
        assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe"}, name
        assert page.open == []
    assert page_of(eventful(), EVERYTHING).text.count(spaced(MARKUP)) >= 5


@pytest.mark.parametrize("trial", [eventful, twenty, screened_only])
def test_a_japanese_page_has_no_english_label(trial: Callable[[], Trial]) -> None:
    """Every label of the words table is said in Japanese; data (accounts, places, terms) stay as they are."""
    reasons = {"out of specification"}  # of the example, and a label, too
    labels = {text for text in EN.values() if "{" not in text and len(text) > 3 and re.search("[a-z]", text)}
    for name, html in written(trial(), "ja").items():
        page = Page(html)
        assert next(attrs["lang"] for tag, attrs in page.tags if tag == "html") == "ja"
        cells = {spaced(piece) for piece in page.pieces} | {spaced(each) for each in page.each("aria-label")}
        assert cells & {spaced(text) for text in labels - reasons} == set(), name
        assert not re.search(r"\b(day|grade|refused|at least|Released|not known)\b", seen(page)), name


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_page_claims_more_than_it_bears(language: str) -> None:
    """No forbidden word, no empty value; every page says that it recommends no treatment."""
    for trial in (eventful(), twenty(), screened_only()):
        for name, html in written(trial, language).items():
            page = Page(html)
            assert offences(seen(page)) == [], name
            assert not re.search(
                r"\bNone\b|\bnan\b|StrEnum|<\w+\.|[{}]", seen(page).replace(spaced(MARKUP), "")
            ), name
            assert Say(language, TRIAL)("research-only") in page.text


def test_made_up_people_are_labelled_and_others_are_not() -> None:
    """The banner and the foot of every page, exactly when the people are made up."""
    banner = EN["course.synthetic"]
    assert all(banner in Page(html).text for html in written(twenty()).values())
    real = pages(screened_only(), TRIAL, Say("en", TRIAL), synthetic=False)
    assert not any(
        re.search("synthetic|made.up", Page(html.decode()).text, re.IGNORECASE) for html in real.values()
    )


# The overview ---------------------------------------------------------------------------------------------


def test_the_overview_counts_the_twenty() -> None:
    """20 screened, 13 infused, 7 not, each for their own reason; transitions as the example counts."""
    page = Page(written(twenty())["people.html"])
    assert re.search(r"screened 20 infused 13 not infused 7", page.text)
    rows = page.table_of("AIS before infusion")
    found = {(row[0].text, end): int(cell.text) for row in rows
             for end, cell in zip("ABCD", row[1:], strict=False) if cell.text != "·"}  # fmt: skip
    assert found == dict(transitions(twenty()))
    for why in ("consent declined", "treatment withdrawn", "No HIV (not known)", "AIS still A, B or C (no)"):
        assert why in page.text


def test_everybody_has_a_line_and_a_page_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    """Links are to files that were written, or to a place on the page; nothing else is referred to."""
    write_people(eventful(), TRIAL, tmp_path, synthetic=True)
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert len(files) == len(eventful().people) + 1
    for file in files:
        page = Page(file.read_text("utf-8"))
        ids = list(page.each("id"))
        assert len(ids) == len(set(ids))
        links = list(page.each("href"))
        assert all((file.parent / link).resolve() in files for link in links)
        assert not re.search(
            r"https?://(?!www\.w3\.org/2000/svg)|@import|src=", file.read_text("utf-8").replace(MARKUP, "")
        )
    overview = Page((tmp_path / "people.html").read_text("utf-8"))
    assert all(code in overview.text for code in eventful().people)


def test_codes_that_no_file_name_can_be_get_names_of_their_own() -> None:
    """Codes that differ in signs or case only do not share a page."""
    person = next(iter(screened_only().people.values()))
    codes = ("A/1", "A*1", "a.1", "A_1", "CON")
    trial = replace(screened_only(), people=Map({code: replace(person, code=code) for code in codes}))
    names = [each.lower() for each in written(trial)]
    assert len(set(names)) == len(codes) + 1
    assert all(re.fullmatch(r"people(/[a-z0-9.-]+)?\.html", name) for name in names)


# Little, or nothing, is known -----------------------------------------------------------------------------


def test_a_person_who_was_only_screened_has_a_page() -> None:
    """The line from the injury to the screening, and nothing recorded under every head."""
    page = page_of(screened_only(), EVERYTHING)
    assert page.text.count(EN["course.person.nothing-at-all"]) == 6
    assert "Screened day 7" in seen(page)


def test_a_trial_without_people_has_a_page() -> None:
    """Nobody yet: the overview says so."""
    assert EN["course.people.nobody"] in Page(written(Trial(TRIAL.id))["people.html"]).text


@pytest.mark.parametrize("name", ["stroke-phase2", "post-market-comparison", "honmou-out-of-specification"])
def test_people_of_every_shipped_protocol_can_be_drawn(name: str) -> None:
    """Without ISNCSCI, without cells, or with other gates: labels that are not there stay codes."""
    protocol = load_protocol(name)
    for trial in (eventful(), screened_only()):
        made = pages(trial, protocol, Say("ja", protocol), synthetic=True)
        assert len(made) == len(trial.people) + 1


# Files ----------------------------------------------------------------------------------------------------


def test_the_pages_are_whole_or_the_folder_is_as_it_was(tmp_path: Path) -> None:
    """A folder in the way of one page: refused, and no other page is left behind."""
    (tmp_path / "people.html").mkdir()
    with pytest.raises(Refused) as refused:
        write_people(twenty(), TRIAL, tmp_path, synthetic=True)
    assert [each.code for each in refused.value.findings] == ["report.not-a-file"]
    assert [each.name for each in tmp_path.iterdir()] == ["people.html"]


def test_a_language_without_words_is_refused(tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(Refused) as refused:
        write_people(twenty(), TRIAL, tmp_path / "out", language="tlh", synthetic=True)
    assert [each.code for each in refused.value.findings] == ["report.no-language"]
    assert not (tmp_path / "out").exists()


def test_the_same_trial_gives_the_same_bytes() -> None:
    """Nothing on a page depends on the clock or on chance."""
    made = [pages(eventful(), TRIAL, Say("en", TRIAL), synthetic=True) for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.slow
def test_the_report_links_to_the_people_when_told_to(synthetic: Judgement, tmp_path: Path) -> None:
    """One sentence with the link, and none where nobody asked for it."""
    linked = Page(write_report([synthetic], tmp_path / "a", people="people.html").read_text("utf-8"))
    assert "people.html" in set(linked.each("href"))
    assert "What was recorded of every person" in linked.text
    plain = Page(write_report([synthetic], tmp_path / "b").read_text("utf-8"))
    assert "people.html" not in set(plain.each("href"))
