"""Verbs about errors: profile counts them, errors shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from gtbench.cli.tables import (
    LogArgument,
    heading,
    interval,
    letters,
    new_table,
    number,
    opened,
    print_notes,
    print_table,
    subheading,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gtbench.labels import About
    from gtbench.log.read import RunLog
    from gtbench.records import Grade, Judgement, Match, Report, Turn

WORDS = (
    "agent",
    "game",
    "phase",
    "criticality",
    "seat",
    "tokens",
    "strategy",
    "model",
    "error",
    "errors",
    "paper's",
    "measure",
)
TITLES = {"faults": "Kinds of faults of", "play": "Errors of play of", "reasoning": "Errors of reasoning of"}

ByOption = Annotated[
    str, typer.Option(help="game, phase, criticality, seat, tokens, strategy or model.", metavar="WHAT")
]
CompareOption = Annotated[
    tuple[str, str] | None, typer.Option(help="Two agents, on the same kinds of decisions.", metavar="A B")
]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command()(profile)
    app.command()(errors)


def profile(log: LogArgument, by: ByOption = "game", compare: CompareOption = None) -> None:
    """Faults, errors and regret of each agent.

    Three layers are kept apart: faults of replies, errors of play by exact oracles, errors of reasoning.
    """
    from gtbench import registry

    found = opened(log)
    if compare:
        both = registry.load("reports", "comparison")(found, *compare)
        typer.echo(found.coverage())
        _print_comparison(both, compare)
        return
    rows, errors = (registry.load("reports", name)(found, by) for name in ("profile", "errors"))
    typer.echo(found.coverage())
    called = letters(row.agent for row in rows.rows)
    for who in dict.fromkeys(row.agent for row in rows.rows):
        _print_faults([row for row in rows.rows if row.agent == who], called[who], by)
        _print_play([row for row in rows.rows if row.agent == who], called[who], by)
        _print_pool([row for row in rows.rows if row.agent == who], called[who])
        for layer in ("play", "reasoning"):
            _print_errors([r for r in errors.rows if (r.agent, r.layer) == (who, layer)], called[who], by)
    print_notes(rows.notes)
    print_notes(errors.notes)
    _print_outcomes(registry.load("reports", "outcomes")(found), called)
    _print_calibration(registry.load("reports", "calibration")(found))


def _print_faults(rows: list[Any], who: str, by: str) -> None:
    """What was wrong with an agent's replies."""
    from gtbench.labels import FaultKind

    kinds = [kind.value for kind in FaultKind if any(getattr(row, kind.value) for row in rows)]
    columns = (by, "decisions", *kinds, "faulty", "faulty 95 %", "forfeits")
    table = new_table(f"Faults of {who}", *columns, words=WORDS)
    for row in rows:
        table.add_row(
            row.group,
            str(row.decisions),
            *(str(getattr(row, kind) or "-") for kind in kinds),
            number(row.rate, ".0%"),
            interval(row.rate_low, row.rate_high, ".0%"),
            str(row.forfeits or "-"),
        )
    print_table(table)


def _print_play(rows: list[Any], who: str, by: str) -> None:
    """How good an agent's moves were, where any could be graded."""
    if not any(row.graded for row in rows):
        return
    columns = (by, "graded", "critical", "right", "right 95 %", "given away", "95 %", "regret", "regret 95 %")
    table = new_table(f"Play of {who}", *columns, words=WORDS)
    for row in rows:
        table.add_row(
            row.group,
            number(row.graded, ".0%"),
            str(row.critical),
            number(row.accuracy, ".0%"),
            interval(row.accuracy_low, row.accuracy_high, ".0%"),
            number(row.given, ".0%"),
            interval(row.given_low, row.given_high, ".0%"),
            number(row.regret, ".3f"),
            interval(row.regret_low, row.regret_high, ".3f"),
        )
    print_table(table)


def _print_pool(rows: list[Any], who: str) -> None:
    """What an agent's moves gave away against its opponents, where these could be seen to play."""
    columns = ("game", "graded", "at least", "regret", "95 %", "errors")
    table = new_table(f"{who} against the pool of its opponents", *columns, words=WORDS)
    for row in rows:
        if row.pool_decisions:
            table.add_row(
                row.group,
                str(row.pool_decisions),
                number(row.pool_lower, ".3f"),
                number(row.pool_regret, ".3f"),
                interval(row.pool_low, row.pool_high, ".3f"),
                row.pool_errors or "-",
            )
    if table.row_count:
        print_table(table)


def _print_errors(rows: list[Any], who: str, by: str) -> None:
    """An agent's errors of one layer."""
    if not rows:
        return
    columns = ("error", by, "count", "rate", "rate 95 %", "a match", "regret", "paper's")
    table = new_table(f"{TITLES[rows[0].layer]} {who}", *columns, words=WORDS)
    for row in rows:
        table.add_row(
            row.label,
            row.group,
            str(row.count),
            number(row.rate, ".1%"),
            interval(row.rate_low, row.rate_high, ".1%"),
            number(row.per_match),
            number(row.regret),
            row.paper or "-",
        )
    print_table(table)


def _print_outcomes(found: Report[Any], called: dict[str, str]) -> None:
    """How good the ends of matches were for both players, where that is measured."""
    if not found.rows:
        return
    table = new_table(
        "What was reached together", "agent", "game", "measure", "matches", "mean", "95 %", words=WORDS
    )
    for row in found.rows:
        table.add_row(
            called[row.agent],
            row.game,
            row.measure,
            str(row.matches),
            number(row.value, ".0%"),
            interval(row.low, row.high, ".0%"),
        )
    print_table(table)
    print_notes(found.notes)


def _print_calibration(found: Report[Any]) -> None:
    """What was stated with moves, and what came of it; nothing where nothing was stated."""
    for who in dict.fromkeys(row.agent for row in found.rows):
        columns = ("stated from", "decisions", "stated", "came so", "came so 95 %", "Brier", "Brier 95 %")
        table = new_table(f"Calibration of {who}", *columns, words=WORDS)
        for row in found.rows:
            if row.agent == who:
                table.add_row(
                    f"{row.low:.0%}..{row.high:.0%}",
                    str(row.decisions),
                    number(row.stated, ".0%"),
                    number(row.came, ".0%"),
                    interval(row.came_low, row.came_high, ".0%"),
                    number(row.brier, ".3f"),
                    interval(row.brier_low, row.brier_high, ".3f"),
                )
        print_table(table)
    if found.rows:
        print_notes(found.notes)


def _print_comparison(found: Report[Any], agents: tuple[str, str]) -> None:
    """Two agents side by side."""
    columns = ("measure", "first", "second", "difference", "95 %", "kinds", "decisions")
    table = new_table(f"{agents[0]} (first) and {agents[1]} (second)", *columns, words=WORDS)
    for row in found.rows:
        table.add_row(
            row.measure,
            number(row.first, ".1%"),
            number(row.second, ".1%"),
            number(row.difference, "+.1%"),
            interval(row.low, row.high, "+.1%"),
            str(row.kinds),
            f"{row.first_decisions} : {row.second_decisions}",
        )
    print_table(table)
    print_notes(found.notes)


def errors(
    log: LogArgument,
    label: Annotated[str, typer.Option(help="The error: missed_win, illegal, calculation_error, ...")],
    show: Annotated[int, typer.Option(min=1, help="How many are shown; the costliest first.")] = 3,
    agent: Annotated[str | None, typer.Option(help="Of this agent only.")] = None,
    judge: Annotated[
        str | None, typer.Option(help="As this LLM judge says, with what it quotes; see `gtbench judge`.")
    ] = None,
) -> None:
    """Show decisions in which an error was made."""
    whole = opened(log)
    about = _about(label, whole)
    meaning = f"{_defined(label)}, says {judge}" if judge else about.meaning
    if judge:
        found = _judged(label, whole, agent, judge)
    else:
        found = (_against_pool if about.of_opponents else _with)(label, whole, agent)
    typer.echo(whole.coverage())
    typer.echo(f"{label}: {meaning}. {len(found)} decisions.")
    for example in found[:show]:
        _show(log, example)


def _about(label: str, log: RunLog) -> About:
    """What is known of an error that a log's games know, or that stands in it."""
    from gtbench.catalogue import labels_of
    from gtbench.errors import UnknownName
    from gtbench.labels import UNKNOWN

    known = labels_of(*dict.fromkeys(match.game for match in log.matches()))
    in_it = {name for turns in log.grades().values() for grade in turns for name in grade.labels}
    if label not in {*known, *in_it}:
        raise UnknownName("error", label, map(str, {*known, *in_it}))
    return known.get(label, UNKNOWN)


class Example(NamedTuple):
    """A decision, and what is known of it."""

    match: Match
    place: int  # of the turn in the match, from 0
    grade: Grade | None
    judgement: Judgement | None = None  # of the judge that was asked for
    against: Any = None  # what it gave away against the pool, see `gtbench_leaderboards.play.pool.PoolGrade`

    @property
    def turn(self) -> Turn:
        """The turn."""
        return self.match.turns[self.place]


def _decisions(log: RunLog, agent: str | None) -> Iterator[Example]:
    """Every decision of an agent, or of all."""
    grades = log.grades()
    for match in log.matches():
        graded = grades.get(match.number)
        for place, turn in enumerate(match.turns):
            if agent in (None, match.agents[turn.seat]):
                yield Example(match, place, graded[place] if graded else None)


def _with(label: str, log: RunLog, agent: str | None) -> list[Example]:
    """The decisions that have a label, the costliest first."""
    found = []
    for one in _decisions(log, agent):
        has = {str(fault.kind) for fault in one.turn.faults}
        if one.grade:
            has |= {*map(str, one.grade.labels), *(str(finding.slip) for finding in one.grade.slips)}
        found += [one] if label in has else []
    return sorted(found, key=lambda one: -(one.grade.regret or 0.0) if one.grade else 0.0)


def _against_pool(label: str, log: RunLog, agent: str | None) -> list[Example]:
    """The decisions that were wrong so against opponents as they were seen to play, the costliest first."""
    from gtbench import registry

    pools = registry.load("reports", "pooled")(log)
    found = []
    for one in _decisions(log, agent):
        pool = pools.get((one.match.agents[one.turn.seat], one.match.game))
        against = pool.decisions.get((one.match.number, one.place)) if pool else None
        found += [one._replace(against=against)] if against and label in against.labels else []
    return sorted(found, key=lambda one: -one.against.regret)


def _judged(label: str, log: RunLog, agent: str | None, judge: str) -> list[Example]:
    """The decisions that have a label by the majority of a judge's votes."""
    from gtbench.errors import UnknownName
    from gtbench.labels import Slip

    said = {(one.number, one.turn): one for one in log.judging(judge) if one.votes}  # the last word counts
    if not said:
        raise UnknownName(f"judge in {log.path}", judge, {one.judge for one in log.judgements()})
    known = (
        one._replace(judgement=said.get((one.match.number, one.place))) for one in _decisions(log, agent)
    )
    return [one for one in known if one.judgement and one.judgement.majority(Slip(label))]


def _defined(label: str) -> str:
    """What an error means, as judges are told."""
    from gtbench.errors import UnknownName
    from gtbench.judging.rubric import DEFINITIONS

    if label not in set(DEFINITIONS):
        raise UnknownName("error that a judge is asked for", label, map(str, DEFINITIONS))
    return next(meaning for slip, meaning in DEFINITIONS.items() if slip == label)


def _show(log: Path, example: Example) -> None:
    """One decision: what the seat saw, said and played, and what would have been right."""
    from gtbench.cli.telling import tell
    from gtbench.narration import Judged, narrate

    match, turn = example.match, example.turn
    heading(f"Match {match.number}, turn {example.place + 1}: {match.game}, {match.agents[turn.seat]}")
    tell(narrate(turn, example.grade, calls=False))
    if against := example.against:
        sure = interval(against.low, against.high, ".3g")
        subheading(f"against opponents as they were seen to play: regret {against.regret:.3g}, 95 % {sure}")
        subheading(f"best against them: {', '.join(against.best)}")
    if example.judgement:
        tell([Judged(example.judgement)])
    subheading(f"all of it: gtbench replay {log} {match.number}")
