"""Compare every output and sum of 10,000 fully tested, made-up exams with the npm package ``isncsci`` 2.0.6.

The package reads two open points otherwise than our default: the neurological level when only VAC fails
(R3), and which non-key entries set a motor zone (R7). So two things are asked. Under ``Reading.PRAXIS``
every field must agree. Under the default every field that disagrees must be one of these two rules', in an
exam where that rule's condition holds, checked here from the scores and not from our classifier.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from myelos.isncsci import Classification, Exam, Reading, Segment, classify
from myelos.isncsci.classification import SUMS
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.exam import Answer
from myelos.isncsci.records import PRAXIS, record_of
from myelos.isncsci.synthetic import KINDS, synthetic_exam

HERE = Path(__file__).parent
PACKAGE = "isncsci@2.0.6"
EXAMS = 10_000
SEED = 20190826

FAR = 3
FIELDS = (*OUTPUTS, *SUMS)
WHAT = f"all {len(OUTPUTS)} outputs and {len(SUMS)} sums"

Outputs = dict[str, str]


def made_up(count: int, seed: int) -> list[tuple[str, Exam]]:
    """(kind, exam): every kind in turn, every other round with non-key entries."""
    rng = Random(seed)
    kinds = list(KINDS)
    return [
        (kind, synthetic_exam(rng, kind, non_key=i // len(kinds) % 2 == 1, name=f"synthetic-{i}"))
        for i in range(count)
        for kind in (kinds[i % len(kinds)],)
    ]


def why_not() -> str | None:
    """Why the witness cannot be asked; None when it can. Installs the package where it is missing."""
    if shutil.which("node") is None:
        return "node is not installed"
    if _installed() == PACKAGE:
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    command = [npm, "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", PACKAGE]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=120, check=False)
    return None if done.returncode == 0 else f"npm could not install {PACKAGE}: {done.stderr.strip()[-300:]}"


def _installed() -> str | None:
    manifest = HERE / "node_modules" / "isncsci" / "package.json"
    return f"isncsci@{json.loads(manifest.read_text('utf-8'))['version']}" if manifest.exists() else None


def ask_witness(exams: Sequence[Exam]) -> list[Outputs]:
    """The package's outputs, in order; ``S4_5`` is written ``S4-5``."""
    text = "".join(json.dumps(record_of(exam, PRAXIS)) + "\n" for exam in exams)
    done = subprocess.run(
        ["node", str(HERE / "witness.mjs")],
        input=text,
        capture_output=True,
        text=True,
        timeout=170,
        check=True,
    )
    return [
        {name: value.replace("S4_5", "S4-5") for name, value in json.loads(line).items()}
        for line in done.stdout.splitlines()
    ]


def fields_of(result: Classification) -> Outputs:
    """Our outputs and sums as texts."""
    sums = {name: str(getattr(result.sums, name)) for name in SUMS}
    return {name: result.only(name) for name in OUTPUTS} | sums


def disagreeing(result: Classification, witness: Outputs) -> list[str]:
    """The outputs and sums on which we and the witness differ. Mixed-up exams are an error."""
    if result.id != witness["id"]:
        raise ValueError(f"the witness answered {witness['id']} when asked {result.id}")
    ours = fields_of(result)
    return [name for name in FIELDS if ours[name] != witness[name]]


def rule_of(field: str, exam: Exam, ours: Outputs, theirs: Outputs) -> str | None:
    """The open rule that a disagreement turns on, from the scores alone; None when neither explains it."""
    sides = (exam.right, exam.left)
    normal = all({s.value for s in side.motor} == {5} for side in sides) and all(
        {s.value for s in (*side.light_touch, *side.pin_prick)} == {2} for side in sides
    )
    if field == "nli":
        explained = normal and exam.vac is Answer.NO and (ours[field], theirs[field]) == ("S3", "INT")
        return "R3: everything normal but VAC" if explained else None
    if field.startswith("zpp_motor") and exam.vac is Answer.NO:
        return _zone_rule(field.removeprefix("zpp_motor_"), exam, ours, theirs)
    return None


def _zone_rule(name: str, exam: Exam, ours: Outputs, theirs: Outputs) -> str | None:
    """R7: one takes the entry of this side, far enough by its own measure, and the other does not."""
    side = exam.right if name == "right" else exam.left
    our_zone, their_zone = ours[f"zpp_motor_{name}"], theirs[f"zpp_motor_{name}"]
    if side.non_key is None:
        return None
    if our_zone == side.non_key.label and side.non_key - Segment.of(ours[f"motor_{name}"]) > FAR:
        return f"R7: we take the non-key entry, far below the motor level, in AIS {ours['ais']}"
    far_by_zone = side.non_key - Segment.of(our_zone) > FAR and ours["ais"] == "C"
    if their_zone == side.non_key.label and far_by_zone:
        return "R7: they take the non-key entry, though a key muscle already makes it AIS C"
    return None


def main() -> int:
    """Run the comparison and print it; 0 when every disagreement is explained."""
    start = time.perf_counter()
    reason = why_not()
    if reason is not None:
        print(f"isncsci_npm: skipped, {reason}")
        return 1 if os.environ.get("CI") else 0
    made = made_up(EXAMS, SEED)
    exams = [exam for _, exam in made]
    try:
        witness = ask_witness(exams)
    except subprocess.SubprocessError as error:
        print(f"isncsci_npm: the witness failed: {error}")
        return 1
    if len(witness) != len(exams):
        print(f"isncsci_npm: the witness answered {len(witness)} of {len(exams)} exams")
        return 1
    default = [classify(exam) for exam in exams]
    praxis = [classify(exam, Reading.PRAXIS) for exam in exams]
    _print_distribution(made, default)
    unexplained = _report_default(exams, default, witness)
    unexplained += _report_praxis(praxis, witness)
    print(f"seconds: {time.perf_counter() - start:.1f}")
    return 1 if unexplained else 0


def _print_distribution(made: Sequence[tuple[str, Exam]], results: Sequence[Classification]) -> None:
    entries = sum(exam.right.non_key is not None or exam.left.non_key is not None for _, exam in made)
    print(f"{len(made)} fully tested, made-up exams, {entries} of them with a non-key entry, seed {SEED}")
    grades = Counter(result.only("ais") for result in results)
    levels = Counter(result.only("nli") for result in results)
    print("grade: " + ", ".join(f"{grade} {grades[grade]}" for grade in "ABCDE"))
    print("kind: " + ", ".join(f"{kind} {count}" for kind, count in Counter(k for k, _ in made).items()))
    print(f"neurological level: {len(levels)} different, each at least {min(levels.values())} times")


def _report_default(
    exams: Sequence[Exam], results: Sequence[Classification], witness: Sequence[Outputs]
) -> int:
    agree, unexplained = 0, 0
    rules: Counter[str] = Counter()
    for exam, result, theirs in zip(exams, results, witness, strict=True):
        fields = disagreeing(result, theirs)
        agree += not fields
        ours = fields_of(result)
        for field in fields:
            rule = rule_of(field, exam, ours, theirs)
            if rule is None:
                unexplained += 1
                print(f"UNEXPLAINED {exam.id} {field}: ours {ours[field]}, theirs {theirs[field]}")
            else:
                rules[rule] += 1
    print(f"default reading: {agree} of {len(exams)} agree on {WHAT}")
    for rule, count in sorted(rules.items()):
        print(f"  {count} fields by {rule}")
    return unexplained


def _report_praxis(results: Sequence[Classification], witness: Sequence[Outputs]) -> int:
    wrong = [(r, fields) for r, w in zip(results, witness, strict=True) if (fields := disagreeing(r, w))]
    for result, fields in wrong[:20]:
        print(f"UNEXPLAINED under the Praxis reading: {result.id} {fields}")
    print(f"Praxis reading: {len(results) - len(wrong)} of {len(results)} agree on {WHAT}")
    return len(wrong)
