"""The verb about errors: counted, or shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from gtbench.cli import reports
from gtbench.cli.options import ListsCommand
from gtbench.cli.reports import (  # noqa: TC001  (typer reads annotations)
    AgentsOption,
    FormatOption,
    GamesOption,
    LogsArgument,
    OutputOption,
)
from gtbench.cli.tables import heading, subheading

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gtbench.labels import About
    from gtbench.log.read import RunLog
    from gtbench.records import Judgement


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command(cls=ListsCommand)(errors)


def errors(
    log: LogsArgument,
    by: Annotated[
        str,
        typer.Option(
            help="Tell decisions apart by game, phase, criticality, seat, tokens, strategy or model.",
            metavar="WHAT",
        ),
    ] = "game",
    label: Annotated[
        str | None,
        typer.Option(help="Show decisions with this error alone: missed_win, illegal, calculation_error."),
    ] = None,
    show: Annotated[int, typer.Option(min=1, help="How many are shown; the costliest first.")] = 3,
    judge: Annotated[
        str | None,
        typer.Option(
            help="With --label: as this LLM judge says, with what it quotes; see `gtbench judge`.",
            metavar="JUDGE",
        ),
    ] = None,
    *,
    games: GamesOption = None,
    agents: AgentsOption = None,
    format_: FormatOption = "text",
    output: OutputOption = None,
) -> None:
    """Count each error, and show what cost most.

    With --label, show the decisions with that error alone, the costliest first. Three layers are kept apart:
    faults of replies, errors of play by exact oracles, errors of reasoning. In other formats than text, and
    in a file, the decisions are left out.
    """
    if label is None:
        if judge:
            raise typer.BadParameter(
                "--judge goes with --label; what judges say is counted by `gtbench judged`"
            )
        reports.show(
            "errors", log, games=games or (), agents=agents or (), format_=format_, output=output, by=by
        )
        if format_ == "text" and not output:
            for path in log:
                _show_costliest(*_chosen(path, games, agents), show)
        return
    if output or format_ != "text":
        raise typer.BadParameter("decisions are shown as text: leave out --label, or --format and -o")
    for path in log:
        _show_examples(*_chosen(path, games, agents), label, show, judge)


def _chosen(path: Path, games: list[str] | None, agents: list[str] | None) -> tuple[RunLog, frozenset[str]]:
    """A log with the matches of some games, and those of its agents whose decisions are shown."""
    whole = reports.opened(path)
    _ = whole.tournament  # what an agent was asked without matches is not graded
    return whole.only(games) if games else whole, frozenset(map(whole.agent, agents or whole.agents))


def _show_costliest(log: RunLog, agents: frozenset[str], most: int) -> None:
    """The decisions that gave most away, whatever the error is called; nothing where none did."""
    found = _costliest(log, _decisions(log, agents, "regret").query("regret > 0"))
    if found:
        heading(f"The costliest of {len(found)} decisions that gave something away, in {log.path}")
    for example in found[:most]:
        _show(log, example)


def _show_examples(log: RunLog, agents: frozenset[str], label: str, most: int, judge: str | None) -> None:
    """Decisions in which some agents have made an error."""
    about = _about(label, log)
    meaning = f"{_defined(label)}, says {judge}" if judge else about.meaning
    if judge:
        found = _judged(label, log, agents, judge)
    else:
        found = (_against_pool if about.of_opponents else _with)(label, log, agents)
    typer.echo(log.coverage())
    typer.echo(f"{label}: {meaning}. {len(found)} decisions.")
    for example in found[:most]:
        _show(log, example)


def _about(label: str, log: RunLog) -> About:
    """What is known of an error that a log's games know, or that stands in it."""
    from gtbench.catalogue import labels_of
    from gtbench.errors import UnknownName
    from gtbench.labels import UNKNOWN

    known = labels_of(*log.results("game")["game"].cat.categories)
    in_it = {name for names in log.decisions("labels")["labels"].cat.categories for name in json.loads(names)}
    if label not in {*known, *in_it}:
        raise UnknownName("error", label, map(str, {*known, *in_it}))
    return known.get(label, UNKNOWN)


class Example(NamedTuple):
    """A decision, and what is known of it."""

    match: int  # its number
    place: int  # of the turn in the match, from 0
    judgement: Judgement | None = None  # of the judge that was asked for
    against: Any = None  # what it gave away against the pool: a row of the report "pooled"


def _decisions(log: RunLog, agents: frozenset[str], *columns: str) -> pd.DataFrame:
    """Every decision of these agents, with some columns."""
    rows = log.decisions("match", "turn", "seat", "agent", *columns)
    return rows[rows["agent"].isin(agents)]


def _examples(rows: pd.DataFrame) -> list[Example]:
    """The decisions of these rows."""
    return [Example(*place) for place in zip(rows["match"].tolist(), rows["turn"].tolist(), strict=True)]


def _with(label: str, log: RunLog, agents: frozenset[str]) -> list[Example]:
    """The decisions that have a label, the costliest first."""
    rows = _decisions(log, agents, "faults", "labels", "slips", "regret")
    has = [_lists(rows[column], label) for column in ("faults", "labels", "slips")]
    return _costliest(log, rows[has[0] | has[1] | has[2]])


def _costliest(log: RunLog, rows: pd.DataFrame) -> list[Example]:
    """The decisions of these rows, the costliest first.

    What they cost is told as a share of what was to be had in the match, so that games can be compared. Older
    logs do not say that: there it is told in the games' own units.
    """
    results = log.results("match", "seat", "low", "high")
    found = rows.merge(results, how="left", on=("match", "seat"))
    span = (found["high"] - found["low"]).where(lambda value: value > 0)
    cost = (found["regret"] / span).fillna(found["regret"]).fillna(0.0)
    return _examples(found.iloc[(-cost).argsort(kind="stable")])


def _lists(column: pd.Series, label: str) -> pd.Series:
    """Whether each list of a column, in JSON, holds a label."""
    return column.isin([names for names in column.cat.categories if label in json.loads(names)])


def _against_pool(label: str, log: RunLog, agents: frozenset[str]) -> list[Example]:
    """The decisions that were wrong so against opponents as they were seen to play, the costliest first."""
    rows = {(row.match, row.turn): row for row in log.reported("pooled").rows if label in row.labels}
    found = [
        one._replace(against=rows[one.match, one.place])
        for one in _examples(_decisions(log, agents))
        if (one.match, one.place) in rows
    ]
    return sorted(found, key=lambda one: -one.against.regret)


def _judged(label: str, log: RunLog, agents: frozenset[str], judge: str) -> list[Example]:
    """The decisions that have a label by the majority of a judge's votes."""
    from gtbench.errors import UnknownName
    from gtbench.labels import Slip

    said = {(one.number, one.turn): one for one in log.judging(judge) if one.votes}  # the last word counts
    if not said:
        raise UnknownName(f"judge in {log.path}", judge, {one.judge for one in log.judgements()})
    known = (
        one._replace(judgement=said.get((one.match, one.place))) for one in _examples(_decisions(log, agents))
    )
    return [one for one in known if one.judgement and one.judgement.majority(Slip(label))]


def _defined(label: str) -> str:
    """What an error means, as judges are told."""
    from gtbench.errors import UnknownName
    from gtbench.judging.rubric import DEFINITIONS

    if label not in set(DEFINITIONS):
        raise UnknownName("error that a judge is asked for", label, map(str, DEFINITIONS))
    return next(meaning for slip, meaning in DEFINITIONS.items() if slip == label)


def _show(log: RunLog, example: Example) -> None:
    """One decision: what the seat saw, said and played, and what would have been right."""
    from gtbench.cli.telling import tell
    from gtbench.narration import Judged, narrate

    match, grades = log.match(example.match), log.graded(example.match)
    turn = match.turns[example.place]
    heading(f"Match {match.number}, turn {example.place + 1}: {match.game}, {match.agents[turn.seat]}")
    tell(narrate(turn, grades[example.place] if grades else None, calls=False))
    if against := example.against:
        sure = f"{against.low:.3g}..{against.high:.3g}"  # no label is sure without one
        subheading(f"against opponents as they were seen to play: regret {against.regret:.3g}, 95 % {sure}")
        subheading(f"best against them: {', '.join(against.best)}")
    if example.judgement:
        tell([Judged(example.judgement)])
    subheading(f"all of it: gtbench replay {log.path} {match.number}")
