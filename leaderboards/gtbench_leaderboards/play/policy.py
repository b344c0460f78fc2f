"""How an agent answered when it was asked without a match, a row an information set."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gtbench.records import Record
from gtbench.report import Column, Report, View

if TYPE_CHECKING:
    from gtbench.log.read import RunLog
    from gtbench.records import Turn


class Answers(Record):
    """How an agent answered at one information set."""

    information_set: str  # what it was told there, on one line
    asked: int  # answers
    answers: tuple[str, ...]  # each move, with how often it was chosen; the most frequent first


COLUMNS = (
    Column("information_set", key=True, help="What the agent was told, its legal moves aside."),
    Column("asked", form="d", help="How often it answered."),
    Column("answers", help="Each move, and how often it was chosen."),
)


def report(log: RunLog) -> Report[Answers]:
    """How an agent answered that `gtbench elicit` has asked."""
    turns: dict[str, list[Turn]] = {}
    for one in log.answers():
        if one.turn:
            turns.setdefault(one.information_set, []).append(one.turn)
    rows = tuple(_row(said) for said in turns.values())
    asked = log.elicitation
    title = f"{asked.agent} in {asked.game}".replace("{", "{{").replace("}", "}}") if asked else ""
    return Report(rows, COLUMNS, views=(View(title),))


def _row(said: list[Turn]) -> Answers:
    """The answers at one information set."""
    moves = Counter(turn.move or "no move" for turn in said)
    return Answers(
        information_set=_in_a_line(said[0].view),
        asked=len(said),
        answers=tuple(f"{count} x {move}" for move, count in moves.most_common()),
    )


def _in_a_line(view: str) -> str:
    """What a view says before it lists the legal moves, its lines one after the other."""
    lines = [line.strip() for line in view.partition("\n\nLegal moves")[0].splitlines() if line.strip()]
    return "; ".join(lines).replace(":; ", ": ")
