"""Studies as they were reported: every shipped one, and those of a user's own file."""

from pathlib import Path

import pytest
from tests.evidence.naive import study_text, written

from myelos.evidence import load_study, shipped_studies
from myelos.evidence.study import Certainty, IndexExam
from myelos.evidence.study.toml import row_of

# Study: people, fewest and most improved by a grade, people by index grade (None where the source leaves it
# open). Typed from the rows of facts/published_transitions.csv; INSPIRE from facts/ais_transitions.csv.
PUBLISHED: dict[str, tuple[int, int, int, dict[str, int] | None]] = {
    "bydon-2024": (10, 7, 7, None),
    "el-kheir-2014": (50, 17, 17, None),
    "el-kheir-2014-control": (20, 0, 0, None),
    "hirota-2024": (7, 1, 1, None),
    "honmou-2021": (13, 12, 12, {"A": 6, "B": 2, "C": 5}),
    "inspire-2019": (16, 7, 7, {"A": 16}),
    "jiang-2013": (20, 0, 15, {"A": 8, "B": 4, "C": 8}),
    "kakabadze-2016": (18, 9, 9, None),
    "kansai-first-case-2006": (1, 0, 0, {"A": 1}),
    "kansai-mononuclear-2013": (10, 2, 10, None),
    "karamouzian-2012": (11, 5, 11, {"A": 11}),
    "karamouzian-2012-control": (20, 3, 20, {"A": 20}),
    "mendonca-2014": (14, 7, 7, {"A": 14}),
    "pal-2009": (30, 0, 0, None),
    "park-2005": (6, 5, 5, {"A": 6}),
    "sykova-2006": (20, 2, 2, {"A": 15, "B": 4, "C": 1}),
    "yoon-2007": (23, 7, 7, {"A": 23}),
}
HEADER = "person,visit,day_after_injury,ais"
VISITS = f"""{HEADER},scim
a,screening,5,A,10
a,infusion,42,B,20
a,month six,230,C,60
b,screening,7,C,12
b,infusion,40,C,
b,month six,unknown,D,80
"""


def test_every_published_arm_is_shipped() -> None:
    """No arm is left out and none is shipped that this table does not know."""
    assert set(shipped_studies()) == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_shipped_study_counts_what_was_published(name: str) -> None:
    """People, improvers and split are those of the source, for every possible index exam."""
    study = load_study(name)
    for baseline in study.baselines:
        assert (baseline.n, *baseline.improvers(), baseline.split()) == PUBLISHED[name]
    assert study.people.analysed == PUBLISHED[name][0]
    assert study.source


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_a_source_does_not_say_stays_unknown(name: str) -> None:
    """Nobody's registered count, stopping reason or examiner was found, so none is filled in."""
    study = load_study(name)
    assert (study.people.registered, study.why_stopped, study.examiner) == (None, "unknown", "unknown")
    assert study.index_known == (name == "inspire-2019")
    assert [each.exam for each in study.baselines] == (
        [IndexExam.BEFORE_INFUSION] if study.index_known else list(IndexExam)
    )


def test_only_the_worked_trial_has_a_recalled_split_and_no_total_is_recalled() -> None:
    """A recalled number never decides a headline: the total of 12 of 13 was seen."""
    studies = [load_study(name) for name in PUBLISHED]
    assert [study.id for study in studies if study.split_recalled] == ["honmou-2021"]
    assert not [study.id for study in studies if study.total is Certainty.RECALLED]


def test_the_worked_trial_is_what_the_facts_say() -> None:
    """Cervical, subacute, unblinded, two gates; infusion at most on day 54 and read at day 40."""
    study = load_study("honmou-2021")
    assert (study.level, study.phase, study.blinded, study.gates) == ("cervical", "subacute", "no", 2)
    assert (study.people.infused, study.followup_months, study.edition) == (13, (6, 6), "1992")
    early, late = study.baselines
    assert (late.day, late.day_range) == (40, (0, 54))
    assert early.day is not None
    assert early.day <= 14


def test_an_unknown_index_exam_is_read_both_ways(tmp_path: Path) -> None:
    """Two visits that may be the index give two baselines, each with its own grades."""
    toml = '[visits]\nfile = "v.csv"\nbefore-collection = "screening"\nbefore-infusion = "infusion"\n'
    written(tmp_path, VISITS, "v.csv")
    study = load_study(written(tmp_path, study_text({}) + toml + 'follow-up = "month six"\n'))
    assert not study.index_known
    early, late = study.baselines
    assert (early.split(), late.split()) == ({"A": 1, "C": 1}, {"B": 1, "C": 1})
    assert (early.day, early.day_range, late.day, late.day_range) == (6, (5, 7), 41, (40, 42))


def test_a_score_gain_counts_only_people_who_have_both_scores(tmp_path: Path) -> None:
    """A missing score is missing, not nought."""
    text = VISITS.replace("screening", "before-collection").replace("month six", "follow-up")
    study = load_study(written(tmp_path, text.replace(",infusion", ",before-infusion"), "trial.csv"))
    early, late = study.baselines
    assert early.score_gains == {"scim": (50 + 68) / 2}
    assert late.score_gains == {"scim": 40}
    assert (study.level, study.blinded, study.people.registered) == ("unknown", "unknown", None)


def test_a_table_with_one_possible_index_visit_settles_the_index(tmp_path: Path) -> None:
    """Where only one of the two exams was made, improvement is counted from it."""
    rows = f"{HEADER}\na,before-infusion,40,A\na,follow-up,220,B\n"
    study = load_study(written(tmp_path, rows, "trial.csv"))
    assert study.index_known
    assert [each.exam for each in study.baselines] == [IndexExam.BEFORE_INFUSION]


def test_the_grades_of_every_visit_are_kept_whether_told_by_person_or_as_counts(tmp_path: Path) -> None:
    """Persons are counted at each of their visits; counts in between stand as they were reported."""
    text = VISITS.replace("screening", "before-collection").replace("month six", "follow-up")
    persons = load_study(written(tmp_path, text.replace(",infusion", ",before-infusion"), "trial.csv"))
    assert [(each.name, each.days, each.counts) for each in persons.at_visits] == [
        ("before-collection", (5, 7), {"A": 1, "C": 1}),
        ("before-infusion", (40, 42), {"B": 1, "C": 1}),
        ("follow-up", (230, 230), {"C": 1, "D": 1}),
    ]
    between = '[[at_visit]]\nvisit = "week 2"\ndays = [50, 60]\ngrades = {A = 1, B_or_C = 2}\n'
    (counts,) = load_study(written(tmp_path, study_text({("A", "B"): 3}) + between)).at_visits
    assert (counts.name, counts.days, counts.counts) == ("week 2", (50, 60), {"A": 1, "B_or_C": 2})


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    """The header says which column is which."""
    rows = "visit,ais,day_after_injury,person\nbefore-infusion,A,40,a\nfollow-up,C,220,a\n"
    assert load_study(written(tmp_path, rows, "trial.csv")).baselines[0].improvers() == (1, 1)


def test_counts_alone_are_a_study(tmp_path: Path) -> None:
    """Three columns are enough; coarse codes and a byte-order mark are read."""
    rows = "\ufeffbaseline_ais,followup_ais,count\r\nA,improved_ge1,3\r\nA_or_B,unchanged,2\r\n\r\nC,D,1\r\n"
    study = load_study(written(tmp_path, rows, "trial.csv"))
    assert not study.index_known
    assert [(each.n, each.improvers(), each.split()) for each in study.baselines] == [(6, (4, 4), None)] * 2


TOML = """id = "x"  # [people]
"title" = "t"

[ people ]
registered = 9
 infused=8
[index."before-infusion"]
day = 3
[[transition]]
baseline = "A"
count = 1

[[transition]]
baseline = "B"
count = 2
[certainty]
note = "transition"
"""


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("id", 1), ("title", 2), ("people", 4), ("people.infused", 6), ("index.before-infusion.day", 8),
        ("transition", 9), ("transition[0].baseline", 10), ("transition[1]", 13), ("transition[1].count", 15),
        ("transition[1].followup", 13), ("certainty.note", 17), ("people.analysed", 4), ("level", None),
        ("index.before-infusion", 7),
    ],
)  # fmt: skip
def test_a_key_of_a_toml_is_found_on_its_line(path: str, row: int | None) -> None:
    """A finding points to the key, or to the table a missing key would stand in."""
    assert row_of(TOML, path) == row
