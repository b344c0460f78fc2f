"""A log in which all figures differ, and every table that is shown of it with what each column must say."""

from __future__ import annotations

import re
from itertools import combinations, count
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from made import call, grade, match, turn, undecided

import gtbench
from gtbench import registry
from gtbench.elicit.elicit import elicit
from gtbench.labels import FaultKind, Label, Slip
from gtbench.log.read import create_log
from gtbench.records import Judgement, Vote
from gtbench_leaderboards.errors.profile import profile
from gtbench_leaderboards.errors.rates import errors
from gtbench_leaderboards.ratings.standings import standings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from gtbench.log.read import RunLog
    from gtbench.records import Grade, Match, Phase, Turn

AGENTS = {
    "cot@openai/x": "random",
    "greedy": "always_cooperate",
    "prompt@openai/y": "tit_for_tat",
    "random": "always_defect",
}
"""The agents of the log, and who plays the dilemma in their place."""

BOARD = "tic_tac_toe"
DILEMMA = "prisoners_dilemma"
DIVISION = "negotiation"
DEALS = {DILEMMA: 12, BOARD: 11, DIVISION: 13}


def made_log(path: Path) -> RunLog:
    """Four agents that differ in all that is counted, over three games with unequal deals.

    The dilemma and the negotiation are played, since reports play them over; what was answered, and how it
    was judged, is drawn. There are draws, forfeits of either seat, also late ones, void matches, decisions
    without a grade, matches without grades, and two judges who do not agree.
    """
    log = create_log(path, gtbench.Tournament(agents=tuple(AGENTS), games=tuple(DEALS), deals=13, seed=0))
    rng = Random(1)
    with log.writer() as writer:
        for played in _matches(rng):
            grades = tuple(_grade(rng, played, place) for place in range(len(played.turns)))
            writer.add(played)
            if played.number % 11:
                writer.grade(played.number, grades)
            for place in range(len(played.turns)) if played.number % 3 == 0 else ():
                writer.judge(_judgement(rng, played, place, "a/judge"))
                if place % 2:
                    writer.judge(_judgement(rng, played, place, "b/other[max_tokens=9]"))
        writer.add_void(901, "the server at http://h.example cannot be reached", ())
        writer.add_void(902, "it was too late", ())
    return log


def asked_log(path: Path) -> RunLog:
    """An agent that was asked how it plays at some of the information sets of a game."""
    return elicit("random", "kuhn_poker", samples=12, likeliest=9, seed=3, log=path).log


def _matches(rng: Random) -> Iterator[Match]:
    """The matches, in order."""
    numbers = count(1)
    for game, deals in DEALS.items():
        for deal in range(deals):
            for pair in combinations(AGENTS, 2):
                agents = pair if deal % 2 else pair[::-1]
                if rng.random() < 0.6:
                    yield _match(rng, next(numbers), game, deal, agents)


def _match(rng: Random, number: int, game: str, deal: int, agents: tuple[str, str]) -> Match:
    """A match of a game, with answers that are drawn."""
    if game == BOARD:
        return _on_the_board(rng, number, deal, agents)
    players = [
        AGENTS[agent] if game == DILEMMA else ("threshold", "random")[agent == "greedy"] for agent in agents
    ]
    played = gtbench.play(game, players, seed=number)
    turns = tuple(_answered(rng, one, agents) for one in played.turns)
    return played.model_copy(update={"number": number, "deal": deal, "agents": agents, "turns": turns})


def _on_the_board(rng: Random, number: int, deal: int, agents: tuple[str, str]) -> Match:
    """A match that nobody needs to play over; an agent wins the oftener the earlier it stands in the list."""
    turns = [_answered(rng, turn(place % 2), agents) for place in range(rng.randrange(3, 9))]
    strength = [len(AGENTS) - list(AGENTS).index(agent) for agent in agents]
    rewards = rng.choice([(0, 0), *[(1, -1)] * strength[0], *[(-1, 1)] * strength[1]])
    forfeits = rng.random() < 0.2
    if forfeits:
        turns += [turn(len(turns) % 2, *[FaultKind.ILLEGAL] * 2, moved=False)]
        rewards = (-1, 1) if turns[-1].seat == 0 else (1, -1)
    return match(
        number, deal, turns, rewards, game=BOARD, agents=agents,
        forfeited_by=(turns[-1].seat,) if forfeits else (),
    )  # fmt: skip


def _answered(rng: Random, one: Turn, agents: tuple[str, str]) -> Turn:
    """A turn with answers that are drawn: each kind of fault less often than the one before it."""
    place = list(AGENTS).index(agents[one.seat])
    kinds = [kind for i, kind in enumerate(FaultKind, 1) if rng.random() < 0.3 / (i + place)]
    stated = round(rng.random(), 2) if rng.random() < 0.4 else None
    read, written = rng.randrange(1000, 2000), rng.randrange(100, 999)
    more = {
        "served_by": rng.choice(["", "served"]),
        "endpoint": rng.choice(["", "http://h.example:8000/v1"]),
        "settings": {"temperature": round(rng.random(), 3)},
        "reason": rng.choice(["", "not this prompt"]),
        "seconds": round(rng.uniform(1, 99), 1),
    }
    calls = [call(written, input_tokens=read).model_copy(update=more)]
    attempts = turn(one.seat, *kinds, confidence=stated, calls=calls).attempts
    return one.model_copy(update={"attempts": attempts})


def _grade(rng: Random, played: Match, place: int) -> Grade:
    """What is known of a turn; agents further down the list give more away."""
    one = played.turns[place]
    phases: tuple[Phase, ...] = ("opening", "middle", "end")
    third = phases[min(2, 3 * place // len(played.turns))]
    if one.move is None:
        return undecided(place, one.seat, third).model_copy(update={"status": "no move"})
    if rng.random() < 0.2:
        return undecided(place, one.seat, third)
    weak = 1 + list(AGENTS).index(played.agents[one.seat])
    stake = rng.choice([0.0, 1.5, 4.0])
    regret = stake * round(rng.random(), 2) if rng.random() < 0.15 * weak else 0.0
    labels = [label for i, label in enumerate(list(Label)[:3]) if regret and rng.random() < 0.6 / (1 + i)]
    slips = [slip for i, slip in enumerate(Slip) if rng.random() < 0.2 / (1 + i)]
    found = grade(place, one.seat, regret, stake, *labels, phase=third, slips=slips)
    value = round(rng.uniform(-2, 2), 2)
    return found.model_copy(update={"value": value, "after": value - regret})


def _judgement(rng: Random, played: Match, place: int, judge: str) -> Judgement:
    """What a judge says of a turn in three votes."""
    votes = []
    for _ in range(3):
        made = [slip for i, slip in enumerate(Slip) if rng.random() < 0.5 / (1 + i / 3)]
        fault = FaultKind.EMPTY if rng.random() < 0.1 else None
        votes.append(Vote(fault=fault, quotes={} if fault else dict.fromkeys(made, "so")))
    return Judgement(
        number=played.number, turn=place, judge=judge, rubric="0", votes=tuple(votes), calls=(), version=""
    )


# What each column must say, by the row that it is said of. The headings of a table stand in order.

Columns: TypeAlias = "dict[str, Callable[[Any], str]]"


def figure(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"


def count_of(value: int | None) -> str:
    return str(value) if value else "-"


def span(low: float | None, high: float | None, form: str, to: str = "..") -> str:
    return "-" if low is None or high is None else f"{low:{form}}{to}{high:{form}}"


def standing(to: str) -> Columns:
    return {
        "rank": lambda r: "-" if r.rank is None else f"{r.rank}{'=' if r.tied else ''}",
        "agent": lambda r: r.agent,
        "matches": lambda r: str(r.matches),
        "forfeits": lambda r: count_of(r.forfeits),
        "reward": lambda r: figure(r.reward, ".2f"),
        "score": lambda r: figure(r.score, ".2f"),
        "score 95 %": lambda r: span(r.score_low, r.score_high, ".2f", to),
        "NRA": lambda r: figure(r.nra, "+.2f"),
        "NRA 95 %": lambda r: span(r.nra_low, r.nra_high, "+.2f", to),
    }


def faults(to: str) -> Columns:
    return {
        "game": lambda r: r.group,
        "decisions": lambda r: str(r.decisions),
        "empty": lambda r: count_of(r.empty),
        "truncated": lambda r: count_of(r.truncated),
        "too_long": lambda r: count_of(r.too_long),
        "refused": lambda r: count_of(r.refused),
        "unparsable": lambda r: count_of(r.unparsable),
        "ambiguous": lambda r: count_of(r.ambiguous),
        "illegal": lambda r: count_of(r.illegal),
        "crashed": lambda r: count_of(r.crashed),
        "timed_out": lambda r: count_of(r.timed_out),
        "faulty": lambda r: figure(r.rate, ".0%"),
        "faulty 95 %": lambda r: span(r.rate_low, r.rate_high, ".0%", to),
        "forfeits": lambda r: count_of(r.forfeits),
    }


def play(to: str, given: str) -> Columns:
    return {
        "game": lambda r: r.group,
        "graded": lambda r: figure(r.graded, ".0%"),
        "critical": lambda r: str(r.critical),
        "right": lambda r: figure(r.accuracy, ".0%"),
        "right 95 %": lambda r: span(r.accuracy_low, r.accuracy_high, ".0%", to),
        "given away": lambda r: figure(r.given, ".0%"),
        given: lambda r: span(r.given_low, r.given_high, ".0%", to),
        "regret": lambda r: figure(r.regret, ".3f"),
        "regret 95 %": lambda r: span(r.regret_low, r.regret_high, ".3f", to),
    }


def error(to: str) -> Columns:
    return {
        "error": lambda r: r.label,
        "game": lambda r: r.group,
        "count": lambda r: str(r.count),
        "rate": lambda r: figure(r.rate, ".1%"),
        "rate 95 %": lambda r: span(r.rate_low, r.rate_high, ".1%", to),
        "a match": lambda r: figure(r.per_match, ".2f"),
        "regret": lambda r: figure(r.regret, ".2f"),
        "paper's": lambda r: r.paper or "-",
    }


POOL: Columns = {
    "game": lambda r: r.group,
    "graded": lambda r: str(r.pool_decisions),
    "at least": lambda r: figure(r.pool_lower, ".3f"),
    "regret": lambda r: figure(r.pool_regret, ".3f"),
    "95 %": lambda r: span(r.pool_low, r.pool_high, ".3f"),
    "errors": lambda r: r.pool_errors or "-",
}
OUTCOMES: Columns = {
    "agent": lambda r: r.agent,
    "game": lambda r: r.game,
    "measure": lambda r: r.measure,
    "matches": lambda r: str(r.matches),
    "mean": lambda r: figure(r.value, ".0%"),
    "95 %": lambda r: span(r.low, r.high, ".0%"),
}
CALIBRATION: Columns = {
    "stated from": lambda r: span(r.low, r.high, ".0%"),
    "decisions": lambda r: str(r.decisions),
    "stated": lambda r: figure(r.stated, ".0%"),
    "came so": lambda r: figure(r.came, ".0%"),
    "came so 95 %": lambda r: span(r.came_low, r.came_high, ".0%"),
    "Brier": lambda r: figure(r.brier, ".3f"),
    "Brier 95 %": lambda r: span(r.brier_low, r.brier_high, ".3f"),
}
COMPARISON: Columns = {
    "measure": lambda r: r.measure,
    "first": lambda r: figure(r.first, ".1%"),
    "second": lambda r: figure(r.second, ".1%"),
    "difference": lambda r: figure(r.difference, "+.1%"),
    "95 %": lambda r: span(r.low, r.high, "+.1%"),
    "kinds": lambda r: str(r.kinds),
    "decisions": lambda r: f"{r.first_decisions} : {r.second_decisions}",
}
EXPLOITABILITY: Columns = {
    "game": lambda r: r.game,
    "agent": lambda r: r.agent,
    "moves": lambda r: str(r.moves),
    "information sets": lambda r: f"{r.information_sets} of {r.of}",
    "lower": lambda r: figure(r.lower, ".3f"),
    "completed": lambda r: figure(r.completed, ".3f"),
    "plug-in": lambda r: figure(r.plug_in, ".3f"),
    "95 %": lambda r: span(r.low, r.high, ".3f"),
}
JUDGED: Columns = {
    "error": lambda r: r.label,
    "judged": lambda r: str(r.judged),
    "no majority": lambda r: count_of(r.tied),
    "count": lambda r: count_of(r.count),
    "rate": lambda r: figure(r.rate, ".1%"),
    "rate 95 %": lambda r: span(r.rate_low, r.rate_high, ".1%"),
    "votes alike": lambda r: figure(r.alike, ".0%"),
    "votes' kappa": lambda r: figure(r.self_kappa, ".2f"),
}
AGREEMENT: Columns = {
    "error": lambda r: r.label,
    "checked by": lambda r: {"reasoning": "words", "play": "move"}[r.layer],
    "decisions": lambda r: str(r.decisions),
    "both": lambda r: str(r.both),
    "judge alone": lambda r: str(r.judge_alone),
    "machine alone": lambda r: str(r.machine_alone),
    "neither": lambda r: str(r.neither),
    "judge rate": lambda r: figure(r.judge_rate, ".1%"),
    "machine rate": lambda r: figure(r.machine_rate, ".1%"),
    "kappa": lambda r: figure(r.kappa, ".2f"),
    "kappa 95 %": lambda r: span(r.kappa_low, r.kappa_high, ".2f"),
}
MATCHES: Columns = {
    "match": lambda m: str(m.number),
    "game": lambda m: m.game,
    "deal": lambda m: str(m.deal),
    "player_0": lambda m: m.agents[0] + " forfeits" * (0 in m.forfeited_by),
    "player_1": lambda m: m.agents[1] + " forfeits" * (1 in m.forfeited_by),
    "rewards": lambda m: f"{m.rewards[0]:g} : {m.rewards[1]:g}",
    "turns": lambda m: str(len(m.turns)),
    "faults": lambda m: count_of(len(m.faults)),
}
GAMES: Columns = {
    "game": lambda g: g.name,
    "title": lambda g: g.title,
    "engine's type": lambda g: g.engine_type,
    "paper's class": lambda g: g.paper_class,
    "abilities": lambda g: ", ".join(g.abilities) or "-",
}


class Table(NamedTuple):
    """What a table must say: its title and its lines, the headings first."""

    title: str
    lines: list[list[str]]


def table(title: str, columns: Columns, rows: Iterable[Any]) -> Table:
    return Table(title, [list(columns), *([say(row) for say in columns.values()] for row in rows)])


def report(log: RunLog, name: str, *options: str) -> tuple[Any, ...]:
    rows: tuple[Any, ...] = registry.load("reports", name)(log, *options).rows
    return rows


def of_standings(log: RunLog) -> list[Table]:
    rows = report(log, "standings")
    return [
        table(f"Standings: {game}", standing(".."), [row for row in rows if row.game == game])
        for game in ("overall", *DEALS)
    ]


def of_profile(log: RunLog) -> list[Table]:
    rows, wrong = report(log, "profile", "game"), report(log, "errors", "game")
    tables = []
    for who in dict.fromkeys(row.agent for row in rows):
        own = [row for row in rows if row.agent == who]
        met = [row for row in own if row.pool_decisions]
        unmet = {kind for kind in FaultKind if not any(getattr(row, kind) for row in own)}
        tables += [
            table(f"Faults of {who}", {k: say for k, say in faults("..").items() if k not in unmet}, own),
            table(f"Play of {who}", play("..", "95 %"), own),
            table(f"{who} against the pool of its opponents", POOL, met),
        ]
        tables += [
            table(f"Errors of {layer} of {who}", error(".."), [
                row for row in wrong if (row.agent, row.layer) == (who, layer)
            ]) for layer in ("play", "reasoning")
        ]  # fmt: skip
    tables.append(table("What was reached together", OUTCOMES, report(log, "outcomes")))
    stated = report(log, "calibration")
    return tables + [
        table(f"Calibration of {who}", CALIBRATION, [row for row in stated if row.agent == who])
        for who in dict.fromkeys(row.agent for row in stated)
    ]


def of_comparison(log: RunLog) -> list[Table]:
    first, second, *_ = AGENTS
    return [
        table(f"{first} (first) and {second} (second)", COMPARISON, report(log, "comparison", first, second))
    ]


def of_judges(log: RunLog) -> list[Table]:
    said, agreed = report(log, "judged"), report(log, "agreement")
    tables = []
    for judge in dict.fromkeys(row.judge for row in said):
        for who in dict.fromkeys(row.agent for row in said if row.judge == judge):
            rows = [row for row in said if (row.judge, row.agent) == (judge, who)]
            tables.append(table(f"Reasoning of {who}, as judged", JUDGED, rows))
        rows = [row for row in agreed if row.judge == judge]
        tables.append(table(f"{judge} beside what machines check", AGREEMENT, rows))
    return tables


def of_matches(log: RunLog) -> list[Table]:
    return [table("Matches", MATCHES, log.matches())]


def in_words(moves: list[str]) -> str:
    """How often each move was answered, the most frequent first, and of equals the first one."""
    often = sorted(dict.fromkeys(moves), key=lambda move: -moves.count(move))
    return ", ".join(f"{moves.count(move)} x {move}" for move in often)


def of_exploitability(log: RunLog) -> list[Table]:
    assert log.elicitation
    answers = [one.turn for one in log.answers() if one.turn]
    asked: dict[str, list[str]] = {}
    for answer in answers:
        seen = answer.view.partition("\n\nLegal moves")[0].replace("\n\n", "\n").replace("\n", "; ")
        asked.setdefault(seen.replace("History:; ", "History: "), []).append(str(answer.move))
    lines = [[seen, in_words(moves)] for seen, moves in asked.items()]
    return [
        Table(f"{log.elicitation.agent} in {log.elicitation.game}", [["information set", "answers"], *lines]),
        table("Exploitability (NashConv)", EXPLOITABILITY, report(log, "exploitability")),
    ]


def of_games(_: RunLog) -> list[Table]:
    return [table("Games", GAMES, map(gtbench.load_game, gtbench.list_games()))]


TERMINAL: Mapping[str, tuple[tuple[str, ...], Callable[[RunLog], list[Table]]]] = {
    "standings": (("standings", "LOG"), of_standings),
    "matches": (("matches", "LOG"), of_matches),
    "profile": (("profile", "LOG"), of_profile),
    "comparison": (("profile", "LOG", "--compare", *list(AGENTS)[:2]), of_comparison),
    "judges": (("judge", "LOG"), of_judges),
    "exploitability": (("exploitability", "LOG"), of_exploitability),
    "games": (("games",), of_games),
}
"""The verbs that print tables, and the tables that each must print, in order."""


def printed(text: str) -> list[Table]:
    """The tables in what a verb has printed; columns stand two blanks apart, a cell's words one."""
    lines, found = [line.strip() for line in text.splitlines()], []
    for place, line in enumerate(lines):
        if line and set(line) == {"\u2500"}:
            end = lines.index("", place)
            cells = [re.split(r" {2,}", one) for one in (lines[place - 1], *lines[place + 1 : end])]
            found.append(Table(lines[place - 3], cells))
    return found


def picked(columns: Columns, headings: str, **more: Callable[[Any], str]) -> Columns:
    """Some of the columns in another order."""
    known = {**columns, **{name.replace("_", " "): say for name, say in more.items()}}
    return {heading: known[heading] for heading in headings.split(", ")}


def of_index(log: RunLog) -> list[list[list[str]]]:
    """The tables of the site's first page, each as its lines."""
    matches, grades = log.matches(), log.grades()
    rows, counted = standings(matches).rows, profile(matches, grades).rows
    wrong = errors(matches, grades).rows
    to = " to "
    ranks = picked(standing(to), "rank, agent, score, score 95 %, NRA, NRA 95 %, reward, matches, forfeits")
    who = {"agent": lambda r: r.agent if r.group == "all games" else ""}
    broken = picked(error(to), "agent, game, error, count, rate, rate 95 %, a match, regret, paper's",
                    agent=lambda r: r.agent)  # fmt: skip
    tables = [
        *(table(game, ranks, [row for row in rows if row.game == game]) for game in ("overall", *DEALS)),
        table("", who | faults(to), counted),
        table("", who | play(to, "given 95 %"), counted),
        *(table("", broken, [row for row in wrong if row.layer == one]) for one in ("play", "reasoning")),
        table("", MATCHES, matches),
    ]
    return [one.lines for one in tables]
