"""`myelos trial`: a session as it is typed, and what can go wrong. Synthetic."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.typed import (
    ADMIN,
    CODE,
    COORDINATOR,
    DOCTOR,
    OPENED,
    SCREENED,
    SITE,
    SPONSOR,
    TRIAL,
    Ran,
    account,
    begun,
    cheap,
    first,
    myelos,
    order,
)

pytestmark = pytest.mark.slow  # every test makes a record of its own, with passwords

HERE = ("--role", "coordinator", "--site", SITE)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cheap(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)


def ask(
    *commands: Any, words: tuple[str, ...] = HERE, as_: str = "coordinator", typed: str = COORDINATOR
) -> Ran:
    Path("asked.json").write_text(json.dumps(commands), "utf-8")
    return myelos("trial", "do", TRIAL, "asked.json", "--as", as_, *words, typed=typed)


def read(*words: str, as_: str = "coordinator", typed: str = COORDINATOR) -> Ran:
    return myelos("trial", *words, "--as", as_, typed=typed)


def entries() -> int:
    return int(myelos("trial", "verify", TRIAL).out.split()[1])


# A session --------------------------------------------------------------------------------------------------


def test_a_session_from_the_first_account_to_a_backup_put_back(tmp_path: Path) -> None:
    """What is typed is recorded, shown, verified against its head, and the same after it was put back."""
    begun()
    done = ask(OPENED, SCREENED)
    assert (done.status, done.out, done.err) == (0, "2: protocol.site-opened\n3: protocol.screened\n", "")
    shown = read("show", TRIAL)
    assert f"{CODE}  {SITE}" in shown.out
    assert shown.out.splitlines()[0].startswith(f"{TRIAL}: Autologous")
    line = read("timeline", TRIAL, CODE).out
    assert line.endswith(f"Z  coordinator (coordinator, {SITE})  protocol.screened\n")
    head = myelos("trial", "head", TRIAL)
    (tmp_path / "head.txt").write_text(head.out, "utf-8")
    assert myelos("trial", "verify", TRIAL).err.startswith("No head was given")
    verified = myelos("trial", "verify", TRIAL, "--head", "head.txt")
    assert (verified.out, verified.err) == (f"{TRIAL}: 3 entries, every one as it was recorded\n", "")
    assert myelos("trial", "verify", TRIAL, "--head", head.out).status == 0
    assert read("backup", TRIAL, "b.zip", as_="admin", typed=ADMIN).status == 0
    other = ("-d", str(tmp_path / "other.sqlite"))
    restored = myelos("trial", "restore", "b.zip", "--head", "head.txt", *other)
    assert restored.status == 0
    assert myelos("trial", "head", TRIAL, *other).out == head.out
    made = myelos("account", "first", "admin", "--name", "Made Up", *other, typed=ADMIN)
    assert made.status == 0


@pytest.mark.slow
def test_the_same_typed_in_a_shell_of_its_own(tmp_path: Path) -> None:
    """Each verb a process: the exit status, the words beside the output, no trace of a program."""
    environment = {**os.environ, "MYELOS_DATABASE": str(tmp_path / "shell.sqlite")}

    def run(*words: str, typed: str = "") -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-c", "from myelos.cli import main; main()", *words],
            input=typed, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    assert run("trial", "verify", TRIAL) == (
        2, "", f"error: there is no database {environment['MYELOS_DATABASE']}\nrefused\n",
    )  # fmt: skip
    assert run("account", "first", "sponsor", "--name", "Made Up", typed=SPONSOR)[0] == 0
    status, out, err = run(
        "trial", "new", TRIAL, "--protocol", "honmou-phase2", "--as", "sponsor", typed=SPONSOR
    )
    assert (status, out) == (2, "")
    assert err == "error: column role: you do not hold the role sponsor in this trial\nrefused\n"
    assert run("trial", "new", TRIAL, "--protocol", "honmou-phase2", "--as", "ghost", typed=SPONSOR)[0] == 2
    status, out, err = run("trial", "verify", "accounts")
    assert (status, out) == (0, "accounts: 5 entries, every one as it was recorded\n")


# Commands ---------------------------------------------------------------------------------------------------


def test_what_the_rules_refuse_is_an_entry_and_ends_the_file() -> None:
    """What came before it is recorded, and the words say so; sent again it is all as it was."""
    begun()
    twice = {**SCREENED, "id": "scr-2"}
    for again in (False, True):
        done = ask(
            OPENED, SCREENED, twice, order("protocol.site-opened", "late", site="tokyo", zone="Asia/Tokyo")
        )
        assert done.status == 2
        assert "refused; the refusal is entry 4" in done.err
        assert done.err.endswith("scr-2 is command 3 of 4; recorded: 2 before it\n")
        assert ("recorded before" in done.err) == again
        assert "nothing was written" not in done.err
        assert entries() == 4
    assert "protocol.screen refused: protocol.screened-already" in read("timeline", TRIAL, CODE).out


def test_all_faults_of_a_file_are_told_before_anything_is_asked() -> None:
    """Of its frame, of what it orders, of what it lacks, of ids that stand twice: each at its place."""
    begun()
    wrong = {"id": "no id", "at": "2026-03-01", "why": 7, "order": {"name": "protocol.screeen", "version": 1}}
    late = order("protocol.screen", "scr-1", person="no code", onset="2026-13-01T00:00:00Z", extra=1)
    del late["at"]
    done = ask(wrong, OPENED, SCREENED, late, 7, words=(), typed="")
    assert (done.status, done.out) == (2, "")
    for place in (
        "[0].id", "[0].at", "[0].why", "[0].order.data", "[1].role", "[1].site", "[2].role", "[3].at",
        "[3].order.data.person", "[3].order.data.onset", "[3].order.data.extra",
    ):  # fmt: skip
        assert f"asked.json, column {place}:" in done.err, place
    assert "2 commands of this file have the id scr-1" in done.err
    assert done.err.endswith("refused: nothing was written\n")
    assert entries() == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", "[1", "nul", "\x00", '{"id": "a", "id": "b"}', "[" * 100_000, '"text"', "NaN",
        "1" * 5000,
        '[{"order": {"name": null, "version": true, "data": []}}]', '[{"order": {"data": {"a": 1, "a": 2}}}]',
    ],
)  # fmt: skip
def test_what_is_no_file_of_commands_is_refused_in_words(text: str) -> None:
    """Nothing, not JSON, nested without end, the same key twice: no trace of a program, nothing asked."""
    Path("asked.json").write_text(text, "utf-8")
    done = myelos("trial", "do", TRIAL, "asked.json", "--as", "coordinator", *HERE)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: asked.json")


@pytest.mark.parametrize("file", ["nowhere.json", ".", "latin.json"])
def test_a_file_of_commands_that_cannot_be_read_is_told(file: str) -> None:
    """Not there, a folder, other letters."""
    Path("latin.json").write_bytes(b'{"id": "gr\xfcn"}')
    done = myelos("trial", "do", TRIAL, file, "--as", "coordinator", *HERE)
    assert (done.status, done.err.startswith(f"error: {file}")) == (2, True)


def test_commands_from_a_pipe_leave_the_password_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one it is told how; with one they are recorded."""
    begun()
    words = ("trial", "do", TRIAL, "-", "--as", "coordinator", *HERE)
    done = myelos(*words, typed=json.dumps(OPENED))
    assert (done.status, "no password was given" in done.err) == (2, True)
    Path("password").write_text(f"{COORDINATOR}\n", "utf-8")
    monkeypatch.setenv("MYELOS_PASSWORD_FILE", "password")
    assert myelos(*words, typed=json.dumps(OPENED)).out == "2: protocol.site-opened\n"


@pytest.mark.requirement("SIG-03")
def test_sig_03_each_signed_command_of_a_file_takes_the_password_again() -> None:
    """The first with the one that was typed to come in; a later one that gets none is not recorded."""
    begun()
    ask(OPENED, SCREENED)
    signed = [
        order(
            "ledger.sign", f"sign-{number}", 6, meaning="reviewed", subject={"kind": "person", "person": CODE}
        )
        for number in (1, 2)
    ]
    words = ("--role", "investigator", "--site", SITE)
    done = ask(*signed, words=words, as_="doctor", typed=f"{DOCTOR}\n")
    assert (done.status, done.out) == (2, "4: ledger.signed\n")
    assert "sign-2 is command 2 of 2; recorded: 1 before it" in done.err
    done = ask(*signed, words=words, as_="doctor", typed=f"{DOCTOR}\n{DOCTOR}\n")
    assert (done.status, done.out) == (0, "4: ledger.signed\n5: ledger.signed\n")


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_claimed_identity_is_nobody_on_the_command_line() -> None:
    """Another's account, one's own without its password, another role, another site: nothing is recorded."""
    begun()
    for as_, typed, words in (
        ("doctor", COORDINATOR, ("--role", "investigator", "--site", SITE)),
        ("coordinator", "", HERE),
        ("coordinator", COORDINATOR, ("--role", "investigator", "--site", SITE)),
        ("coordinator", COORDINATOR, ("--role", "coordinator", "--site", "tokyo")),
    ):
        done = ask(OPENED, words=words, as_=as_, typed=typed)
        assert (done.status, done.out) == (2, "")
        assert done.err.endswith("refused\n") or "no password" in done.err
    assert entries() == 1


def test_who_asks_is_not_in_a_file() -> None:
    """A name in it is a key there is not."""
    begun()
    done = ask({**OPENED, "by": "doctor"})
    assert (done.status, "[0].by" in done.err) == (2, True)


# Reading ----------------------------------------------------------------------------------------------------


def test_words_that_somebody_entered_steer_no_screen() -> None:
    """A reason with a new line and an escape is one line of text, in a timeline and elsewhere."""
    begun()
    ask(OPENED, {**SCREENED, "why": "called\n     9  2026-01-01 00:00Z  doctor  \x1b[2Jforged \u202e"})
    (line,) = read("timeline", TRIAL, CODE).out.splitlines()
    assert line.endswith("because: called\\x0a     9  2026-01-01 00:00Z  doctor  \\x1b[2Jforged \\u202e")


def test_a_timeline_as_json_has_the_words_and_their_references() -> None:
    """By such a reference words can be erased; afterwards a timeline says that they were."""
    begun()
    ask(OPENED, {**SCREENED, "why": "her sister called"})
    (said,) = map(json.loads, read("timeline", TRIAL, CODE, "--json").out.splitlines())
    ((reference, words),) = said["words"].items()
    assert (words, said["why"], said["data"]["person"]) == ("her sister called", "her sister called", CODE)
    erase = {**order("ledger.erase-words", "erase-1", 9, references=[reference]), "why": "asked to be"}
    words_ = ("--role", "investigator", "--site", SITE)
    assert ask(erase, words=words_, as_="doctor", typed=DOCTOR).status == 0
    assert read("timeline", TRIAL, CODE).out.endswith("because: (erased)\n")


def test_whoever_may_not_read_is_told() -> None:
    """And somebody who is not there is nobody of theirs."""
    begun()
    ask(OPENED, SCREENED)
    for words in (
        ("show", TRIAL),
        ("timeline", TRIAL, CODE),
        ("audit", TRIAL),
        ("certificate", TRIAL, "x", "--out", "c"),
    ):
        done = read(*words, as_="admin", typed=ADMIN)
        assert (done.status, done.out, "may not read" in done.err) == (2, "", True)
    for words in (("show", TRIAL, "--person", "PMADE1260009999"), ("timeline", TRIAL, "PMADE1260009999")):
        assert "nobody of yours" in read(*words).err
    assert not Path("c").exists()


def test_an_unknown_trial_is_told_with_those_there_are() -> None:
    """Whatever is asked of it."""
    begun()
    account("everywhere", COORDINATOR, "coordinator")
    grant = ("account", "grant", "everywhere", "coordinator", "--as", "admin", "--why", "x", "--trial", "*")
    myelos(*grant, "--at", "*", typed=ADMIN)
    for words in (("show", "nothing"), ("timeline", "nothing", CODE)):
        done = read(*words, as_="everywhere")
        assert (done.status, "there is no trial nothing here" in done.err) == (2, True)
    for verb in ("head", "verify"):
        assert "there is no trial nothing here" in myelos("trial", verb, "nothing").err
    Path("asked.json").write_text(json.dumps([OPENED]), "utf-8")
    done = myelos("trial", "do", "nothing", "asked.json", "--as", "everywhere", *HERE, typed=COORDINATOR)
    assert "there is no trial nothing here" in done.err


# Verifying --------------------------------------------------------------------------------------------------


def by_hand(statement: str) -> None:
    with sqlite3.connect("record.sqlite") as driver:
        for name in ("entry_unchanged", "entry_stays", "words_unchanged"):
            driver.execute(f"DROP TRIGGER IF EXISTS {name}")
        driver.execute(statement)
    driver.close()


@pytest.mark.requirement("VAL-02")
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE store_entry SET text = replace(text, 'sapporo', 'sendai') WHERE seq = 2", "row 2"),
        ("UPDATE store_entry SET site = 'sendai' WHERE seq = 3", "row 3, column site"),
        ("DELETE FROM store_entry WHERE seq = 2", "row 3"),
        ("UPDATE store_words SET text = 'nobody called' WHERE trial = 'honmou'", "row 3"),
    ],
)
def test_val_02_what_was_changed_by_hand_is_told_at_its_entry(statement: str, said: str) -> None:
    """Exit status 2; and no head is printed of it but for words, which are not in the chain."""
    begun()
    ask(OPENED, {**SCREENED, "why": "her sister called"})
    by_hand(statement)
    done = myelos("trial", "verify", TRIAL)
    assert (done.status, done.out) == (2, "")
    assert f"error: {said}" in done.err
    assert re.fullmatch(r"honmou: (1 fault|\d+ faults) in \d entries", done.err.splitlines()[-1])
    if "store_entry" in statement:
        assert myelos("trial", "head", TRIAL).status == 2


@pytest.mark.requirement("VAL-02")
def test_val_02_only_a_head_kept_elsewhere_finds_a_tail_that_was_cut() -> None:
    """Without it the rest is whole."""
    begun()
    ask(OPENED, SCREENED)
    head = myelos("trial", "head", TRIAL).out
    by_hand("DELETE FROM store_entry WHERE seq = 3 AND trial = 'honmou'")
    assert myelos("trial", "verify", TRIAL).status == 0
    done = myelos("trial", "verify", TRIAL, "--head", head)
    assert (done.status, done.out) == (2, "")


def test_a_head_and_its_signature_are_kept_in_one_file() -> None:
    """As they are printed; a signature over another head is refused, and a head of another ledger is told."""
    begun()
    assert myelos("trial", "key", "private.pem", "public.pem").status == 0
    assert stat.S_IMODE(Path("private.pem").stat().st_mode) == 0o600
    for words in (("private.pem", "other.pem"), ("other.pem", "public.pem")):
        assert myelos("trial", "key", *words).status == 2
        assert not Path("other.pem").exists()
    signed = myelos("trial", "head", TRIAL, "--key", "private.pem").out
    Path("head.txt").write_text(signed, "utf-8")
    assert myelos("trial", "verify", TRIAL, "--head", "head.txt").status == 0
    ask(OPENED)
    unsigned = myelos("trial", "head", TRIAL).out
    Path("mixed.txt").write_text(unsigned + signed.splitlines()[1], "utf-8")
    assert "not over this head" in myelos("trial", "verify", TRIAL, "--head", "mixed.txt").err
    assert "not of accounts" in myelos("trial", "verify", "accounts", "--head", "head.txt").err


@pytest.mark.parametrize("head", ["nowhere.txt", ".", "text.txt", "myelos-head 9 x 1 a b", "myelos-head"])
def test_what_is_no_head_is_refused_in_words(head: str) -> None:
    """No file, a folder, another text, a line of a later version."""
    first()
    Path("text.txt").write_bytes(b"\xff\xfe no head\n")
    done = myelos("trial", "verify", "accounts", "--head", head)
    assert (done.status, done.err.startswith("error: ")) == (2, True)


@pytest.mark.parametrize("key", ["nowhere.pem", ".", "text.pem", "public.pem"])
def test_a_key_that_cannot_be_used_is_refused_in_words(key: str) -> None:
    """And no head is printed without the signature that was asked for."""
    first()
    Path("text.pem").write_text("no key", "utf-8")
    myelos("trial", "key", "private.pem", "public.pem")
    done = myelos("trial", "head", "accounts", "--key", key)
    assert (done.status, done.out, done.err.startswith("error: ")) == (2, "", True)


@pytest.mark.parametrize("what", ["folder", "text", "nowhere", "empty", "cut"])
def test_what_is_no_record_is_refused_in_words(what: str) -> None:
    """By every verb: a folder, another file, none, half a file."""
    begun()
    Path("folder").mkdir()
    Path("text").write_text("something else\n" * 200, "utf-8")
    Path("empty").write_bytes(b"")
    Path("cut").write_bytes(Path("record.sqlite").read_bytes()[:9000])
    Path("asked.json").write_text(json.dumps([OPENED]), "utf-8")
    where = ("-d", what)
    for words in (
        ("trial", "verify", TRIAL), ("trial", "head", TRIAL), ("trial", "show", TRIAL, "--as", "coordinator"),
        ("trial", "do", TRIAL, "asked.json", "--as", "coordinator", *HERE),
        ("account", "list", "--as", "admin"),
        ("identity", "read", TRIAL, CODE, "--as", "coordinator", *HERE, "--why", "x"),
    ):  # fmt: skip
        done = myelos(*words, *where, typed=COORDINATOR)
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith("error: ")
        assert "\nTraceback" not in done.err


def test_a_record_that_may_only_be_read_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes in has to be recorded; whether it is whole may still be asked."""
    from myelos.store import settings

    begun()
    monkeypatch.setattr(settings, "PRAGMAS", f"{settings.PRAGMAS} PRAGMA query_only=ON;")
    done = read("show", TRIAL)
    assert (done.status, done.out, "may only be read here" in done.err) == (2, "", True)
    assert myelos("trial", "verify", TRIAL).status == 0


# Backups ----------------------------------------------------------------------------------------------------


def test_a_backup_is_never_put_over_a_trial_nor_by_anybody() -> None:
    """An administrator signs in where there are accounts; then the trial that is there is told."""
    begun()
    assert read("backup", TRIAL, "b.zip", as_="admin", typed=ADMIN).status == 0
    assert "file of this name already" in read("backup", TRIAL, "b.zip", as_="admin", typed=ADMIN).err
    assert "administrator has to sign in" in myelos("trial", "restore", "b.zip").err
    assert "may not read backup" in read("restore", "b.zip").err
    done = read("restore", "b.zip", as_="admin", typed=ADMIN)
    assert (done.status, "never put over a trial" in done.err) == (2, True)
    assert entries() == 1


@pytest.mark.parametrize("what", ["nowhere.zip", ".", "text", "cut.zip"])
def test_a_backup_that_is_none_makes_no_record(what: str) -> None:
    """Nothing is left of the attempt."""
    begun()
    read("backup", TRIAL, "b.zip", as_="admin", typed=ADMIN)
    Path("text").write_text("no backup", "utf-8")
    Path("cut.zip").write_bytes(Path("b.zip").read_bytes()[:-200])
    before = sorted(Path().iterdir())
    done = myelos("trial", "restore", what, "-d", "new.sqlite")
    assert (done.status, done.err.startswith("error: ")) == (2, True)
    assert sorted(Path().iterdir()) == before


def test_a_record_that_is_lost_comes_back_with_its_accounts() -> None:
    """Everybody signs in as before."""
    begun()
    assert read("backup", TRIAL, "all.zip", "--accounts", as_="admin", typed=ADMIN).status == 0
    assert myelos("trial", "restore", "all.zip", "-d", "new.sqlite").status == 0
    assert read("show", TRIAL, "-d", "new.sqlite").status == 0


@pytest.mark.parametrize("name", ["a b", "a\tb", "x" * 81, "\udcff", "*", "", "-"])
def test_what_cannot_be_the_name_of_a_trial_is_refused_in_words(name: str) -> None:
    """By whatever is asked of it; nothing is recorded under it."""
    begun()
    for words, secret in (
        (("trial", "verify"), ""), (("trial", "head"), ""), (("trial", "show", "--as", "doctor"), DOCTOR),
        (("trial", "new", "--protocol", "honmou-phase2", "--as", "sponsor"), SPONSOR),
    ):  # fmt: skip
        done = myelos(*words, "--", name, typed=secret)
        assert (done.status, done.out, done.err.startswith("error: ")) == (2, "", True)
    with sqlite3.connect("record.sqlite") as driver:
        assert driver.execute("SELECT DISTINCT trial FROM store_entry ORDER BY 1").fetchall() == [
            ("accounts",), (TRIAL,)
        ]  # fmt: skip
    driver.close()
