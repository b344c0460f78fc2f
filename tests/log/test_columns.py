"""The columns of a log: every one is the figure that it is named after, and a function of the records."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from made import call, grade, match, turn, undecided

import gtbench
from gtbench.errors import BadOption, LogError, WorldError
from gtbench.labels import FaultKind, Label, Slip
from gtbench.log.columns import DECISIONS, GRADED, LUCK, RESULTS, key, packed, unpacked
from gtbench.log.create import create_log
from gtbench.models.ledger import Budget, Ledger, Spent
from gtbench.records import PayoffRange, Try
from gtbench.schedule import Tournament

if TYPE_CHECKING:
    from gtbench.log.read import RunLog
    from gtbench.records import Grade, Match

NAN = float("nan")
FROZEN = sorted((Path(__file__).parents[1] / "data").glob("format-[1-9].gtbench"))


def played() -> tuple[list[Match], dict[int, list[Grade]]]:
    """Two matches, a forfeit among them, of which no two figures of one kind are equal."""
    tried = call(11, input_tokens=13, cost=0.25).model_copy(
        update={
            "retries": (Try(reason="x", input_tokens=3), Try(reason="y", output_tokens=4)),
            "seconds": 1.5, "cached_tokens": 5, "reasoning_tokens": 6, "endpoint": "http://one",
        }
    )  # fmt: skip
    plain = call(17, input_tokens=19, cost=0.5)
    plain = plain.model_copy(update={"seconds": 2.5, "endpoint": "http://other"})
    free, kept = call(23, input_tokens=29), call(31, input_tokens=37, cost=8.0)
    kept = kept.model_copy(update={"replayed": True})
    turns = [
        turn(0, calls=[tried, plain], confidence=0.25), turn(1, FaultKind.ILLEGAL, calls=[free]), turn(0),
        turn(0, forced=True),
    ]  # fmt: skip
    ranges = PayoffRange(low=-4, high=5, weight=2), PayoffRange(low=-6, high=7, weight=3)
    first = match(1, 7, turns, (3, -3)).model_copy(update={"ranges": ranges})
    faults = (FaultKind.EMPTY, FaultKind.ILLEGAL)
    second = match(
        2, 8, [turn(0, calls=[kept]), turn(1, *faults, moved=False)], (5, -5),
        agents=("b", "c"), forfeited_by=(1,), game="h", zero_sum=False,
    ).model_copy(update={"seed": 1 << 127})  # fmt: skip
    lost = grade(2, 0, 0.5, 2.0, Label.MISSED_WIN, Label.DOMINATED, phase="end", slips=[Slip.FACTUAL_ERROR])
    values = {4: 1.0, 9: -1.0}
    lost = lost.model_copy(update={"words": False, "checkable": 0, "sound": 0})
    told = {"action_values": values, "plies_lost": 2, "words": True, "checkable": 4, "sound": 3}
    grades = [grade(0, 0, 0.0, 2.0).model_copy(update=told), undecided(1, 1), lost]
    return [first, second], {1: [*grades, grade(3, 0, 0.0, 0.0, phase="end")]}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> RunLog:
    matches, grades = played()
    settings = Tournament.recorded({"agents": ["random", "greedy"], "games": ["g"]})
    log = create_log(tmp_path_factory.mktemp("columns") / "log", settings)
    with log.writer() as writer:
        for one in reversed(matches):
            writer.add(one)
        for number, turns in grades.items():
            writer.grade(number, turns, (0.5, -0.5))
    return log


IN_RESULTS: list[tuple[str, list[Any]]] = [
    ("match", [1, 1, 2, 2]),
    ("seat", [0, 1, 0, 1]),
    ("game", ["g", "g", "h", "h"]),
    ("agent", ["a", "b", "b", "c"]),
    ("opponent", ["b", "a", "c", "b"]),
    ("deal", [7, 7, 8, 8]),
    ("seed", ["0", "0", str(1 << 127), str(1 << 127)]),
    ("pair", [key("g", 0, "a", "b")] * 2 + [key("h", 1 << 127, "b", "c")] * 2),
    ("zero_sum", [True, True, False, False]),
    ("low", [-4, -6, NAN, NAN]),
    ("high", [5, 7, NAN, NAN]),
    ("weight", [2, 3, NAN, NAN]),
    ("reward", [3, -3, 5, -5]),
    ("opponent_reward", [-3, 3, -5, 5]),
    ("termination", ["end", "end", "forfeit", "forfeit"]),
    ("forfeited", [False, False, False, True]),
    ("decisions", [2, 1, 1, 1]),
    ("forced", [1, 0, 0, 0]),
    ("faults", [0, 1, 0, 2]),
    ("faults_by_kind", ["{}", '{"illegal":1}', "{}", '{"empty":1,"illegal":1}']),
    ("calls", [2, 1, 1, 0]),
    ("replayed", [0, 0, 1, 0]),
    ("input_tokens", [32, 29, 37, 0]),
    ("cached_tokens", [5, 0, 0, 0]),
    ("output_tokens", [28, 23, 31, 0]),
    ("reasoning_tokens", [6, 0, 0, 0]),
    ("retries", [2, 0, 0, 0]),
    ("cost", [0.75, NAN, 8.0, 0.0]),
    ("seconds", [4.0, 0.0, 0.0, 0.0]),
    ("sent", [4, 1, 0, 0]),
    ("sent_failed", [2, 0, 0, 0]),
    ("sent_tokens", [13 + 11 + 19 + 17 + 3 + 4, 29 + 23, 0, 0]),
    ("sent_cost", [0.75, 0.0, 0.0, 0.0]),
    ("unpriced", ["[]", '["m/x"]', "[]", "[]"]),
    ("endpoints", ['["http://one","http://other"]', "[]", "[]", "[]"]),
    ("luck", [0.5, -0.5, NAN, NAN]),
]

NA = pd.NA
IN_DECISIONS: list[tuple[str, list[Any]]] = [
    ("match", [1, 1, 1, 1, 2, 2]),
    ("turn", [0, 1, 2, 3, 0, 1]),
    ("seat", [0, 1, 0, 0, 0, 1]),
    ("game", ["g", "g", "g", "g", "h", "h"]),
    ("agent", ["a", "b", "a", "a", "b", "c"]),
    ("opponent", ["b", "a", "b", "b", "c", "b"]),
    ("deal", [7, 7, 7, 7, 8, 8]),
    (
        "information_set",
        [
            key("g", 0, ""),
            key("g", 1, ""),
            key("g", 0, ""),
            key("g", 0, ""),
            key("h", 0, ""),
            key("h", 1, ""),
        ],
    ),
    ("action", [0, 0, 0, 0, 0, NA]),
    ("forced", [False, False, False, True, False, False]),
    ("attempts", [1, 2, 1, 0, 1, 2]),
    ("faults", ["[]", '["illegal"]', "[]", "[]", "[]", '["empty","illegal"]']),
    ("forfeited", [False, False, False, False, False, True]),
    ("confidence", [0.25, NAN, NAN, NAN, NAN, NAN]),
    ("calls", [2, 1, 0, 0, 1, 0]),
    ("input_tokens", [32, 29, 0, 0, 37, 0]),
    ("output_tokens", [28, 23, 0, 0, 31, 0]),
    ("cost", [0.75, NAN, 0.0, 0.0, 8.0, 0.0]),
    ("seconds", [4.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    ("status", ["graded", "undecided", "graded", "graded", NAN, NAN]),
    ("phase", ["opening", "opening", "end", "end", NAN, NAN]),
    ("legal_moves", [2, 2, 2, 2, NA, NA]),
    ("value", [1.0, NAN, 1.0, 1.0, NAN, NAN]),
    ("after", [1.0, NAN, 0.5, 1.0, NAN, NAN]),
    ("regret", [0.0, NAN, 0.5, 0.0, NAN, NAN]),
    ("stake", [2.0, NAN, 2.0, 0.0, NAN, NAN]),
    ("error", [False, NA, True, False, NA, NA]),
    ("exact", [True, True, True, True, NA, NA]),
    ("labels", ["[]", "[]", '["missed_win","dominated"]', "[]", NAN, NAN]),
    ("slips", ["[]", "[]", '["factual_error"]', "[]", NAN, NAN]),
    ("plies_lost", [2, NA, NA, NA, NA, NA]),
    ("words", [True, NA, False, NA, NA, NA]),
    ("checkable", [4, NA, 0, NA, NA, NA]),
    ("sound", [3, NA, 0, NA, NA, NA]),
    ("best", ['["b"]', "[]", '["b"]', '["b"]', None, None]),
    ("action_values", [{4: 1.0, 9: -1.0}, None, None, None, None, None]),
]


@pytest.mark.parametrize(("column", "rows"), IN_RESULTS)
def test_a_column_of_the_results_is_what_it_is_named_after(log: RunLog, column: str, rows: list[Any]) -> None:
    assert log.results(column)[column].tolist() == pytest.approx(rows, nan_ok=True)


@pytest.mark.parametrize(("column", "rows"), IN_DECISIONS)
def test_a_column_of_the_decisions_is_what_it_is_named_after(
    log: RunLog, column: str, rows: list[Any]
) -> None:
    found = log.decisions(column)[column].tolist()
    for value, right in zip(found, rows, strict=True):
        assert value is right or value == right or (value != value and right != right)  # noqa: PLR0124


def test_no_column_is_without_a_test_and_all_are_read_but_the_heavy_ones(log: RunLog) -> None:
    counted = [column.name for column in (*RESULTS, LUCK)]
    assert counted == [name for name, _ in IN_RESULTS] == [*log.results().columns]
    decided = [column.name for column in (*DECISIONS, *GRADED)]
    assert decided == [name for name, _ in IN_DECISIONS]
    assert [*log.decisions().columns] == [name for name in decided if name not in ("best", "action_values")]


def test_names_are_categorical_and_whole_numbers_whole(log: RunLog) -> None:
    kinds = log.decisions().dtypes.astype(str)
    for name in ("game", "agent", "opponent", "faults", "status", "phase", "labels", "slips"):
        assert kinds[name] == "category"
    assert (kinds["match"], kinds["action"], kinds["error"]) == ("int64", "Int64", "boolean")
    assert [*log.results("agent")["agent"].cat.categories] == ["a", "b", "c"]


def test_a_column_that_there_is_not_is_told_with_the_nearest(log: RunLog) -> None:
    with pytest.raises(BadOption, match=r"the results have no column 'rewards'; did you mean 'reward'\?"):
        log.results("rewards")


def test_the_values_of_moves_are_kept_exactly() -> None:
    values = {3: 1 / 3, -1: float("-inf"), 2**31 - 1: 5e-324}
    assert unpacked(packed(values) or b"") == values
    assert packed({}) is None
    with pytest.raises(ValueError, match="cut off"):
        unpacked(b"12345")


@pytest.mark.parametrize("path", FROZEN, ids=lambda path: path.stem)
def test_the_columns_of_a_log_of_each_format_are_those_of_its_records(path: Path, tmp_path: Path) -> None:
    """Computed in memory, written by the writer that goes on with the log, and counted here once more."""
    mine = Path(shutil.copy(path, tmp_path / "log"))
    before = gtbench.open_log(mine)
    was = before.results(), before.decisions()
    with before.writer():
        pass
    after = gtbench.open_log(mine)
    for then, now in zip(was, (after.results(), after.decisions()), strict=True):
        pd.testing.assert_frame_equal(then, now)
    matches, grades = after.matches(), after.grades()
    assert was[0]["reward"].tolist() == [reward for one in matches for reward in one.rewards]
    assert len(was[1]) == sum(len(one.turns) for one in matches)
    regrets = [graded.regret for turns in grades.values() for graded in turns]
    assert was[1]["regret"].dropna().tolist() == [regret for regret in regrets if regret is not None]


def test_equal_views_of_a_seat_are_one_information_set(tmp_path: Path) -> None:
    matches, _ = played()
    seen = [turn(0), turn(0), turn(1)]
    seen = [one.model_copy(update={"view": view}) for one, view in zip(seen, "xyx", strict=True)]
    settings = Tournament.recorded({"agents": ["random", "greedy"], "games": ["g"]})
    log = create_log(tmp_path / "log", settings)
    with log.writer() as writer:
        writer.add(matches[0].model_copy(update={"turns": (*seen, seen[0])}))
        writer.add(matches[1].model_copy(update={"turns": (seen[0],)}))
    first, other, opposite, again, elsewhere = log.decisions()["information_set"]
    assert first == again
    assert len({first, other, opposite, elsewhere}) == 4


def copied(log: RunLog, folder: Path, *statements: str) -> RunLog:
    """A log of one's own, in which something is changed."""
    path = Path(shutil.copy(log.path, folder / "changed"))
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)
    return gtbench.open_log(path)


def test_grades_that_are_taken_away_leave_the_columns_too(log: RunLog, tmp_path: Path) -> None:
    mine = copied(log, tmp_path)
    with mine.writer() as writer:
        writer.grade(1, None)
    ungraded = mine.decisions(*(column.name for column in GRADED))
    assert ungraded.isna().all(axis=None)
    assert mine.results("luck").isna().all(axis=None)
    assert mine.grades() == {}


def test_rows_of_a_match_that_there_is_not_do_not_count_and_give_way_to_the_one_that_is_played(
    log: RunLog, tmp_path: Path
) -> None:
    mine = copied(log, tmp_path, "DELETE FROM matches WHERE number = 1", "DELETE FROM grades")
    assert set(mine.results()["match"]) == set(mine.decisions()["match"]) == {2}
    with mine.writer() as writer:
        writer.add(log.match(1))
    ungraded = [column.name for column in RESULTS]
    pd.testing.assert_frame_equal(mine.results(*ungraded), log.results(*ungraded))
    assert mine.decisions()["regret"].isna().all()


def test_a_match_without_rows_is_damage(log: RunLog, tmp_path: Path) -> None:
    mine = copied(log, tmp_path, "DELETE FROM results WHERE match = 2")
    with pytest.raises(LogError, match="is damaged: its results lack 1 of its 2 matches"):
        mine.results()


@pytest.mark.parametrize(
    ("table", "column", "statement"),
    [
        ("results", "agent", "DELETE FROM names"),
        ("results", "agent", "UPDATE results SET agent = 99"),
        ("results", "deal", "UPDATE results SET deal = NULL"),
        ("decisions", "action_values", "UPDATE decisions SET action_values = x'00'"),
    ],
)
def test_columns_that_are_none_are_damage_on_one_line(
    log: RunLog, tmp_path: Path, table: str, column: str, statement: str
) -> None:
    mine = copied(log, tmp_path, statement)
    with pytest.raises(LogError, match=f"is damaged: its {table}") as caught:
        getattr(mine, table)(column)
    assert "\n" not in str(caught.value)


def test_a_commit_that_fails_takes_no_name_for_written(log: RunLog, tmp_path: Path) -> None:
    mine = copied(log, tmp_path)
    new = log.match(1).model_copy(update={"number": 3, "agents": ("new", "newer")})
    with mine.writer() as writer:
        writer.add(new)
        writer._added.append(lambda: writer._database.execute("INSERT INTO nowhere VALUES (1)"))
        with pytest.raises(LogError, match="cannot be written"):
            writer.commit()
        del writer._added[-1]
    assert mine.results()["agent"].tolist()[-2:] == ["new", "newer"]


def test_a_match_with_a_number_that_no_column_holds_is_refused_by_itself(log: RunLog, tmp_path: Path) -> None:
    mine = copied(log, tmp_path)
    many = call(2**63)
    with mine.writer() as writer:
        with pytest.raises(WorldError, match="cannot be written: a number of it has more than 63 bits"):
            writer.add(match(3, 1, [turn(0, calls=[many])]))
        writer.add(match(4, 1, [turn(0)]))
    assert mine.numbers() == {1, 2, 4}


def test_reading_a_log_and_its_columns_imports_no_engine() -> None:
    code = (
        "import sys, gtbench; log = gtbench.open_log(sys.argv[1]); log.matches(); log.grades(); log.ledger();"
        "log.results(); log.decisions(); log.coverage(); log.frame(); log.match(1);"
        "assert 'pyspiel' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(FROZEN[-1])], check=True)


def test_what_a_column_holds_is_said_of_each() -> None:
    for column in (*RESULTS, *DECISIONS, *GRADED):
        assert column.about
        assert column.name.isidentifier()


# What is told without reading records.


@pytest.mark.parametrize("path", FROZEN, ids=lambda path: path.stem)
def test_what_a_run_has_spent_and_brought_is_what_its_records_add_up_to(path: Path) -> None:
    log = gtbench.open_log(path)
    right = Ledger(Budget())
    for one in log.matches():
        right.add(one.calls)
    for void in log._broken_off():
        right.add(void.calls, void.failed)
    assert log.ledger() == right
    calls = [call for one in log.matches() for call in one.calls]
    tokens = sum(call.input_tokens + call.output_tokens for call in calls)
    faults = sum(len(one.faults) for one in log.matches())
    assert log.totals() == (len(log.matches()), len(calls), tokens, faults)
    assert log.ungraded().keys() == log.numbers() - log.grades().keys()


def test_failed_requests_and_replayed_calls_are_spent_or_not_as_the_ledger_counts_them(log: RunLog) -> None:
    ledger = log.ledger()
    assert (ledger.spent, ledger.failed) == (Spent(0.75, 119, 5), 2)
    assert ledger.unpriced == {"m/x"}
    assert log.totals() == (2, 4, 180, 3)
    assert log.ungraded() == {2: "h"}


def test_the_last_matches_are_read_alone(log: RunLog) -> None:
    assert log.matches(1) == (log.match(2),)
    assert log.matches(5) == log.matches() == tuple(log.iter_matches())
    assert log.results("match", last=1)["match"].tolist() == [2, 2]
    assert log.results("agent", last=1)["agent"].cat.categories.tolist() == ["b", "c"]
    assert log.results("match", last=9)["match"].tolist() == [1, 1, 2, 2]


def test_models_without_a_price_that_are_none_are_damage(log: RunLog, tmp_path: Path) -> None:
    mine = copied(log, tmp_path, "UPDATE results SET unpriced = (SELECT code FROM names WHERE name = 'g')")
    with pytest.raises(LogError, match="is damaged: its results"):
        mine.ledger()
