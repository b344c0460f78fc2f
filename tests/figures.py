"""Logs in which all figures differ, and every report that is shown of them with what each column must say."""

from __future__ import annotations

import re
from itertools import combinations, count
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from made import call, grade, match, turn, undecided

import gtbench
from gtbench.elicit.elicit import elicit
from gtbench.labels import FaultKind, Label, Slip
from gtbench.log.create import create_log
from gtbench.records import Judgement, Vote

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
SKIN = f"{BOARD}[skin=number_scrabble]"
DEALS = {DILEMMA: 12, BOARD: 11, DIVISION: 13, SKIN: 6}


def made_log(path: Path) -> RunLog:
    """Four agents that differ in all that is counted, over games with unequal deals, one also in a skin.

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
                chance = (played.number % 5 - 2) / 20
                writer.grade(played.number, grades, (chance, -chance))
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
    if game in (BOARD, SKIN):
        return _on_the_board(rng, number, game, deal, agents)
    players = [
        AGENTS[agent] if game == DILEMMA else ("threshold", "random")[agent == "greedy"] for agent in agents
    ]
    played = gtbench.play(game, players, seed=number)
    turns = tuple(_answered(rng, one, agents) for one in played.turns)
    return played.model_copy(update={"number": number, "deal": deal, "agents": agents, "turns": turns})


def _on_the_board(rng: Random, number: int, game: str, deal: int, agents: tuple[str, str]) -> Match:
    """A match that nobody needs to play over; an agent wins the oftener the earlier it stands in the list."""
    turns = [_answered(rng, turn(place % 2), agents) for place in range(rng.randrange(3, 9))]
    strength = [len(AGENTS) - list(AGENTS).index(agent) for agent in agents]
    rewards = rng.choice([(0, 0), *[(1, -1)] * strength[0], *[(-1, 1)] * strength[1]])
    forfeits = rng.random() < 0.2
    if forfeits:
        turns += [turn(len(turns) % 2, *[FaultKind.ILLEGAL] * 2, moved=False)]
        rewards = (-1, 1) if turns[-1].seat == 0 else (1, -1)
    return match(
        number, deal, turns, rewards, game=game, agents=agents,
        forfeited_by=(turns[-1].seat,) if forfeits else (),
    )  # fmt: skip


def _answered(rng: Random, one: Turn, agents: tuple[str, str]) -> Turn:
    """A turn with answers that are drawn, each kind of fault rarer than the one before; or a forced one."""
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
        "cost": written * (len(AGENTS) - place) / 1e5,  # who writes more tokens need not cost more
    }
    calls = [call(written, input_tokens=read).model_copy(update=more)]
    forced = read % 10 == 0
    attempts = () if forced else turn(one.seat, *kinds, confidence=stated, calls=calls).attempts
    return one.model_copy(update={"attempts": attempts, "forced": forced})


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
    labels = [
        label
        for i, label in enumerate([Label.MISSED_WIN, Label.MISSED_BLOCK, Label.WON_TO_LOST])
        if regret and rng.random() < 0.6 / (1 + i)
    ]
    slips = [slip for i, slip in enumerate(Slip) if rng.random() < 0.2 / (1 + i)]
    found = grade(place, one.seat, regret, stake, *labels, phase=third, slips=slips)
    value = round(rng.uniform(-2, 2), 2)
    more = Random(1000 * played.number + place)
    claims = more.choice([0, 0, 1, 2, 3])
    words = {
        "words": bool(claims) or more.random() < 0.5, "checkable": claims, "sound": more.randint(0, claims),
    }  # fmt: skip
    left: dict[str, Any] = {}
    if not regret and more.random() < 0.1 * weak:
        left = {
            "labels": (more.choice([Label.WIN_LEFT, Label.BLOCK_LEFT]),),
            "plies_lost": more.choice([2, 4]),
        }
    return found.model_copy(update={"value": value, "after": value - regret, **words, **left})


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


def span(row: Any, name: str, form: str, prefix: str | None = None) -> str:
    """The interval of a figure, whose ends are named after it or after a prefix."""
    before = f"{name}_" if prefix is None else prefix
    low, high = getattr(row, f"{before}low"), getattr(row, f"{before}high")
    if low is not None and high is not None:
        return f"{low:{form}}..{high:{form}}"
    if getattr(row, name) is None:
        return "-"
    return getattr(row, f"{before}why", "") or "too few"


HEAD_TO_HEAD: Columns = {
    "agent": lambda r: r.agent,
    "other": lambda r: r.other,
    "matches": lambda r: str(r.matches),
    "direct": lambda r: figure(r.direct, "+.2f"),
    "direct 95 %": lambda r: span(r, "direct", "+.2f"),
    "less luck": lambda r: figure(r.adjusted, "+.2f"),
    "less luck 95 %": lambda r: span(r, "adjusted", "+.2f"),
    "any time": lambda r: (
        f"{figure(r.ever_low, '+.2f')}..{figure(r.ever_high, '+.2f')}" if r.game != "overall" else "-"
    ),
    "decided at deal": lambda r: figure(r.decided, "d"),
    "common opponents": lambda r: figure(r.common, "+.2f"),
    "common opponents 95 %": lambda r: span(r, "common", "+.2f"),
}
STRENGTHS: Columns = {
    "agent": lambda r: r.agent,
    "matches": lambda r: str(r.matches),
    "strength": lambda r: figure(r.strength, "+.0f"),
    "strength 95 %": lambda r: span(r, "strength", "+.0f"),
}
PLAN: Columns = {
    "agent": lambda r: r.agent,
    "other": lambda r: r.other,
    "deals": lambda r: str(r.deals),
    "difference": lambda r: figure(r.difference, "+.3f"),
    "difference 95 %": lambda r: span(r, "difference", "+.3f"),
    "told apart": lambda r: r.told,
    "resolution": lambda r: figure(r.resolution, ".3f"),
    "deals needed": lambda r: figure(r.needed, "d"),
    "still to play": lambda r: figure(r.more, "d"),
    "matches": lambda r: figure(r.matches, "d"),
    "calls": lambda r: figure(r.calls, "d"),
    "tokens": lambda r: figure(r.tokens, "d"),
    "US dollars": lambda r: figure(r.cost, ".2f"),
}
SKILL: Columns = {
    "skill": lambda r: r.skill,
    "agent": lambda r: r.agent,
    "games": lambda r: str(r.games),
    "matches": lambda r: str(r.matches),
    "score": lambda r: figure(r.score, ".2f"),
    "score 95 %": lambda r: span(r, "score", ".2f"),
    "legal answers": lambda r: figure(r.legal, ".1%"),
    "legal answers 95 %": lambda r: span(r, "legal", ".1%"),
    "legal score": lambda r: figure(r.played, ".2f"),
    "legal score 95 %": lambda r: span(r, "played", ".2f"),
}
COST: Columns = {
    "agent": lambda r: r.agent,
    "matches": lambda r: str(r.matches),
    "score": lambda r: figure(r.score, ".2f"),
    "score 95 %": lambda r: span(r, "score", ".2f"),
    "calls": lambda r: figure(r.calls, ".1f"),
    "calls 95 %": lambda r: span(r, "calls", ".1f"),
    "tokens": lambda r: figure(r.tokens, ".0f"),
    "tokens 95 %": lambda r: span(r, "tokens", ".0f"),
    "US dollars": lambda r: figure(r.cost, ".4f"),
    "US dollars 95 %": lambda r: span(r, "cost", ".4f"),
    "score per dollar": lambda r: figure(r.per_dollar, ".1f"),
    "on the front": lambda r: r.front or "-",
    "by tokens": lambda r: r.token_front or "-",
}
MIX: Columns = {
    "agent": lambda r: r.agent,
    "margin": lambda r: figure(r.margin, "+.3f"),
    "margin 95 %": lambda r: span(r, "margin", "+.3f"),
    "lottery": lambda r: figure(r.lottery, ".1%"),
    "alpha-rank": lambda r: figure(r.alpha_rank, ".1%"),
}
CONTRASTS: Columns = {
    "game": lambda r: r.game,
    "first": lambda r: r.first,
    "second": lambda r: r.second,
    "groups": lambda r: str(r.groups),
    "better": lambda r: str(r.better),
    "difference": lambda r: figure(r.difference, "+.3f"),
    "difference 95 %": lambda r: span(r, "difference", "+.3f"),
    "over models": lambda r: span(r, "models_low", "+.3f", "models_") if r.models_why == "" else r.models_why,
}
ROBUSTNESS: Columns = {
    "agent": lambda r: r.agent,
    "original": lambda r: figure(r.original, ".2f"),
    "original 95 %": lambda r: span(r, "original", ".2f"),
    "disguised": lambda r: figure(r.disguised, ".2f"),
    "disguised 95 %": lambda r: span(r, "disguised", ".2f"),
    "gap": lambda r: figure(r.gap, "+.2f"),
    "gap 95 %": lambda r: span(r, "gap", "+.2f"),
    "expected": lambda r: figure(r.expected, ".2f"),
    "effective robustness": lambda r: figure(r.effective, "+.2f"),
    "effective robustness 95 %": lambda r: span(r, "effective", "+.2f"),
}
STANDINGS: Columns = {
    "rank": lambda r: "-".join(map(str, dict.fromkeys((r.rank_low, r.rank_high)))),
    "agent": lambda r: r.agent,
    "games": lambda r: figure(r.games, "d"),
    "matches": lambda r: str(r.matches),
    "score": lambda r: figure(r.score, ".2f"),
    "score 95 %": lambda r: span(r, "score", ".2f"),
    "less luck": lambda r: figure(r.adjusted, ".2f"),
    "less luck 95 %": lambda r: span(r, "adjusted", ".2f"),
    "legal score": lambda r: figure(r.played, ".2f"),
    "legal score 95 %": lambda r: span(r, "played", ".2f"),
    "forfeits": lambda r: str(r.forfeits),
    "reward": lambda r: figure(r.reward, ".2f"),
    "NRA": lambda r: figure(r.nra, "+.2f"),
    "NRA 95 %": lambda r: span(r, "nra", "+.2f"),
    "Elo": lambda r: figure(r.elo, ".0f"),
}
FAULTS: Columns = {
    "game": lambda r: r.group,
    "matches": lambda r: str(r.matches),
    "decisions": lambda r: str(r.decisions),
    "forced": lambda r: str(r.forced),
    "empty": lambda r: str(r.empty),
    "truncated": lambda r: str(r.truncated),
    "too long": lambda r: str(r.too_long),
    "refused": lambda r: str(r.refused),
    "unparsable": lambda r: str(r.unparsable),
    "ambiguous": lambda r: str(r.ambiguous),
    "illegal": lambda r: str(r.illegal),
    "crashed": lambda r: str(r.crashed),
    "timed out": lambda r: str(r.timed_out),
    "faulty": lambda r: figure(r.faulty, ".0%"),
    "faulty 95 %": lambda r: span(r, "faulty", ".0%"),
    "forfeits": lambda r: str(r.forfeits),
}
PLAY: Columns = {
    "game": lambda r: r.group,
    "graded": lambda r: figure(r.graded, ".0%"),
    "critical": lambda r: str(r.critical),
    "accuracy": lambda r: figure(r.accuracy, ".0%"),
    "accuracy 95 %": lambda r: span(r, "accuracy", ".0%"),
    "given away": lambda r: figure(r.given_away, ".0%"),
    "given away 95 %": lambda r: span(r, "given_away", ".0%"),
    "regret": lambda r: figure(r.regret, ".3f"),
    "regret 95 %": lambda r: span(r, "regret", ".3f"),
}
ENDGAME: Columns = {
    "game": lambda r: r.group,
    "endgame": lambda r: figure(r.endgame, ".1%"),
    "endgame 95 %": lambda r: span(r, "endgame", ".1%"),
    "endgame costly": lambda r: figure(r.endgame_costly, ".1%"),
    "endgame costly 95 %": lambda r: span(r, "endgame_costly", ".1%"),
    "plies lost": lambda r: figure(r.plies_lost, ".1f"),
}
WORDS: Columns = {
    "game": lambda r: r.group,
    "words": lambda r: str(r.words),
    "checkable": lambda r: str(r.checkable),
    "claims": lambda r: str(r.claims),
    "sound": lambda r: figure(r.sound, ".1%"),
    "sound 95 %": lambda r: span(r, "sound", ".1%"),
}
ERRORS: Columns = {
    "error": lambda r: r.error,
    "game": lambda r: r.group,
    "count": lambda r: str(r.count),
    "rate": lambda r: figure(r.rate, ".1%"),
    "rate 95 %": lambda r: span(r, "rate", ".1%"),
    "per match": lambda r: figure(r.per_match, ".2f"),
    "words": lambda r: figure(r.words, "d"),
    "checkable": lambda r: figure(r.checkable, "d"),
    "regret": lambda r: figure(r.regret, ".2f"),
    "paper's": lambda r: r.paper or "-",
}
AGAINST: Columns = {
    "game": lambda r: r.group,
    "graded": lambda r: str(r.pool_decisions),
    "at least": lambda r: figure(r.pool_lower, ".3f"),
    "pool regret": lambda r: figure(r.pool_regret, ".3f"),
    "pool regret 95 %": lambda r: span(r, "pool_regret", ".3f", "pool_"),
    "errors": lambda r: r.pool_errors or "-",
}
POOLED: Columns = {
    "match": lambda r: str(r.match),
    "turn": lambda r: str(r.turn),
    "game": lambda r: r.game,
    "agent": lambda r: r.agent,
    "regret": lambda r: figure(r.regret, ".3f"),
    "regret 95 %": lambda r: span(r, "regret", ".3f", ""),
    "best": lambda r: ", ".join(r.best) or "-",
    "labels": lambda r: ", ".join(r.labels) or "-",
}
GENERAL_SUM: Columns = {
    "agent": lambda r: r.agent,
    "game": lambda r: r.game,
    "measure": lambda r: r.measure,
    "matches": lambda r: str(r.matches),
    "mean": lambda r: figure(r.mean, ".0%"),
    "mean 95 %": lambda r: span(r, "mean", ".0%"),
}
CALIBRATION: Columns = {
    "from": lambda r: figure(r.low, ".0%"),
    "to": lambda r: figure(r.high, ".0%"),
    "decisions": lambda r: str(r.decisions),
    "stated": lambda r: figure(r.stated, ".0%"),
    "came so": lambda r: figure(r.came_so, ".0%"),
    "came so 95 %": lambda r: span(r, "came_so", ".0%"),
    "Brier": lambda r: figure(r.brier, ".3f"),
    "Brier 95 %": lambda r: span(r, "brier", ".3f"),
}
COMPARE: Columns = {
    "measure": lambda r: r.measure,
    "first": lambda r: figure(r.first, ".1%"),
    "second": lambda r: figure(r.second, ".1%"),
    "difference": lambda r: figure(r.difference, "+.1%"),
    "difference 95 %": lambda r: span(r, "difference", "+.1%"),
    "kinds": lambda r: str(r.kinds),
    "first decisions": lambda r: str(r.first_decisions),
    "second decisions": lambda r: str(r.second_decisions),
}
EXPLOITABILITY: Columns = {
    "game": lambda r: r.game,
    "agent": lambda r: r.agent,
    "moves": lambda r: str(r.moves),
    "information sets": lambda r: str(r.information_sets),
    "of": lambda r: str(r.of),
    "lower": lambda r: figure(r.lower, ".3f"),
    "completed": lambda r: figure(r.completed, ".3f"),
    "plug-in": lambda r: figure(r.plug_in, ".3f"),
    "plug-in 95 %": lambda r: span(r, "plug_in", ".3f", ""),
}
POLICY: Columns = {
    "information set": lambda r: r.information_set,
    "asked": lambda r: str(r.asked),
    "answers": lambda r: ", ".join(r.answers),
}
JUDGED: Columns = {
    "error": lambda r: r.error,
    "judged": lambda r: str(r.judged),
    "no majority": lambda r: str(r.no_majority),
    "count": lambda r: str(r.count),
    "rate": lambda r: figure(r.rate, ".1%"),
    "rate 95 %": lambda r: span(r, "rate", ".1%"),
    "votes alike": lambda r: figure(r.votes_alike, ".0%"),
    "votes kappa": lambda r: figure(r.votes_kappa, ".2f"),
}
AGREEMENT: Columns = {
    "error": lambda r: r.error,
    "layer": lambda r: r.layer,
    "decisions": lambda r: str(r.decisions),
    "both": lambda r: str(r.both),
    "judge alone": lambda r: str(r.judge_alone),
    "machine alone": lambda r: str(r.machine_alone),
    "neither": lambda r: str(r.neither),
    "judge rate": lambda r: figure(r.judge_rate, ".1%"),
    "machine rate": lambda r: figure(r.machine_rate, ".1%"),
    "kappa": lambda r: figure(r.kappa, ".2f"),
    "kappa 95 %": lambda r: span(r, "kappa", ".2f"),
}
MATCHES: Columns = {
    "match": lambda r: str(r.match),
    "game": lambda r: r.game,
    "deal": lambda r: str(r.deal),
    "player_0": lambda r: r.player_0,
    "player_1": lambda r: r.player_1,
    "reward 0": lambda r: f"{r.reward_0:g}",
    "reward 1": lambda r: f"{r.reward_1:g}",
    "forfeited by": lambda r: ", ".join(r.forfeited_by) or "-",
    "turns": lambda r: str(r.turns),
    "faults": lambda r: str(r.faults),
}
PLAYED: Columns = {
    "match": lambda m: str(m.number),
    "game": lambda m: m.game,
    "deal": lambda m: str(m.deal),
    "player_0": lambda m: m.agents[0] + " forfeits" * (0 in m.forfeited_by),
    "player_1": lambda m: m.agents[1] + " forfeits" * (1 in m.forfeited_by),
    "rewards": lambda m: f"{m.rewards[0]:g} : {m.rewards[1]:g}",
    "turns": lambda m: str(len(m.turns)),
    "faults": lambda m: str(len(m.faults) or "-"),
}
"""The list of matches on the site, whose numbers are links."""


class Table(NamedTuple):
    """What a table must say: its title and its lines, the headings first."""

    title: str
    lines: list[list[str]]


def table(title: str, columns: Columns, rows: Iterable[Any]) -> Table:
    return Table(title, [list(columns), *([say(row) for say in columns.values()] for row in rows)])


Rows = tuple[Any, ...]


def parts(rows: Rows, *fields: str) -> dict[tuple[str, ...], list[Any]]:
    """The rows by what they have in some fields."""
    found: dict[tuple[str, ...], list[Any]] = {}
    for row in rows:
        found.setdefault(tuple(getattr(row, field) for field in fields), []).append(row)
    return found


def of_standings(rows: Rows) -> list[Table]:
    return [
        table(
            f"Standings: {title}",
            {k: say for k, say in STANDINGS.items() if k != "games" or own[0].games},
            own,
        )
        for (title,), own in parts(rows, "table").items()
    ]


def of_head_to_head(rows: Rows) -> list[Table]:
    split = parts(rows, "game").items()
    return [table(f"Head to head: {game}", HEAD_TO_HEAD, own) for (game,), own in split]


def of_strengths(rows: Rows) -> list[Table]:
    return [table("Strengths", STRENGTHS, rows)]


def of_plan(rows: Rows) -> list[Table]:
    return [table(f"Plan: {game}", PLAN, own) for (game,), own in parts(rows, "game").items()]


def of_skill(rows: Rows) -> list[Table]:
    return [table(f"Skill: {kind}", SKILL, own) for (kind,), own in parts(rows, "kind").items()]


def of_cost(rows: Rows) -> list[Table]:
    return [table(f"Cost: {game}", COST, own) for (game,), own in parts(rows, "game").items()]


def of_contrasts(rows: Rows) -> list[Table]:
    return [table("By skin", CONTRASTS, rows)]


def of_robustness(rows: Rows) -> list[Table]:
    return [table(f"Robustness: {game}", ROBUSTNESS, own) for (game,), own in parts(rows, "game").items()]


def of_profile(rows: Rows) -> list[Table]:
    tables = []
    for (who,), own in parts(rows, "agent").items():
        met = [row for row in own if row.pool_decisions]
        unmet = {kind.replace("_", " ") for kind in FaultKind if not any(getattr(row, kind) for row in own)}
        tables += [
            table(f"Faults of {who}", {k: say for k, say in FAULTS.items() if k not in unmet}, own),
            table(f"Play of {who}", PLAY, own),
            table(f"Wins and blocks left by {who}", ENDGAME, own),
            table(f"Words of {who}", WORDS, own),
            table(f"{who} against the pool of its opponents", AGAINST, met),
        ]
    return tables


def of_errors(rows: Rows) -> list[Table]:
    split = parts(rows, "agent", "layer").items()
    unworded = {heading: say for heading, say in ERRORS.items() if heading not in ("words", "checkable")}
    return [
        table(f"Errors of {who}: {layer}", ERRORS if layer == "reasoning" else unworded, own)
        for (who, layer), own in split
    ]


def of_compare(rows: Rows) -> list[Table]:
    first, second, *_ = AGENTS
    return [table(f"{first} (first) and {second} (second)", COMPARE, rows)]


def of_calibration(rows: Rows) -> list[Table]:
    return [table(f"Calibration of {who}", CALIBRATION, own) for (who,), own in parts(rows, "agent").items()]


def of_judged(rows: Rows) -> list[Table]:
    split = parts(rows, "agent", "judge", "rubric").items()
    title = "Reasoning of {}, judged by {}, rubric {}"
    return [table(title.format(*which), JUDGED, own) for which, own in split]


def of_agreement(rows: Rows) -> list[Table]:
    title = "Reasoning judged by {}, rubric {}, beside what machines check"
    split = parts(rows, "judge", "rubric").items()
    return [table(title.format(*which), AGREEMENT, own) for which, own in split]


REPORTS: Mapping[str, Callable[[Rows], list[Table]]] = {
    "standings": of_standings,
    "standings by skin": of_contrasts,
    "head_to_head": of_head_to_head,
    "strengths": of_strengths,
    "skill": of_skill,
    "cost": of_cost,
    "mix": lambda rows: [table("Mix", MIX, rows)],
    "robustness": of_robustness,
    "plan": of_plan,
    "compare": of_compare,
    "profile": of_profile,
    "errors": of_errors,
    "exploitability": lambda rows: [table("Exploitability (NashConv)", EXPLOITABILITY, rows)],
    "policy": lambda rows: [table("random in kuhn_poker", POLICY, rows)],
    "pooled": lambda rows: [table("Decisions against the pool", POOLED, rows)],
    "general_sum": lambda rows: [table("Welfare and conduct", GENERAL_SUM, rows)],
    "calibration": of_calibration,
    "judged": of_judged,
    "agreement": of_agreement,
    "matches": lambda rows: [table("Matches", MATCHES, rows)],
}
"""Every report of ours, and the tables that it must be shown as, in order."""
VARIANTS = {"standings by skin": "standings"}
"""Of these those that a report shows when it is asked otherwise, and which report."""
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "compare": dict(zip(("first", "second"), AGENTS, strict=False)),
    "standings by skin": {"by": "skin"},
}
OF_ANSWERS = ("exploitability", "policy")
"""The reports that are shown of an agent that was asked."""


def of_policy(log: RunLog) -> list[tuple[str, int, tuple[str, ...]]]:
    """How often each move was answered, the most frequent first, and of equals the first one."""
    asked: dict[str, list[str]] = {}
    for answer in (one.turn for one in log.answers() if one.turn):
        seen = answer.view.partition("\n\nLegal moves")[0].replace("\n\n", "\n").replace("\n", "; ")
        asked.setdefault(seen.replace(":; ", ": "), []).append(str(answer.move))
    return [
        (seen, len(moves), tuple(
            f"{moves.count(move)} x {move}"
            for move in sorted(dict.fromkeys(moves), key=lambda move: -moves.count(move))
        )) for seen, moves in asked.items()
    ]  # fmt: skip


def of_matches(log: RunLog) -> list[tuple[Any, ...]]:
    """What must be said of each match."""
    return [
        (
            one.number, one.game, one.deal, *one.agents, *one.rewards,
            tuple(f"player_{seat}" for seat in one.forfeited_by), len(one.turns), len(one.faults),
        ) for one in log.matches()
    ]  # fmt: skip


# What was shown, read again.


def of_text(text: str) -> list[Table]:
    """The tables in a text; columns stand two blanks apart, a cell's words one."""
    lines, found = text.splitlines(), []
    for place, line in enumerate(lines):
        if line and set(line) == {"\u2500"}:
            end = lines.index("", place) if "" in lines[place:] else len(lines)
            cells = [re.split(r" {2,}", one.strip()) for one in (lines[place - 1], *lines[place + 1 : end])]
            found.append(Table(lines[place - 2], cells))
    return found


def of_markdown(text: str) -> list[Table]:
    """The tables in Markdown."""
    found: list[Table] = []
    title = ""
    for part in text.split("\n\n"):
        if part.startswith("|"):
            lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in part.splitlines()]
            cells = [[re.sub(r"\\(.)", r"\1", cell.strip()) for cell in line] for line in lines]
            assert all(set(mark) <= {"-", ":"} for mark in cells.pop(1))
            found.append(Table(re.sub(r"\\(.)", r"\1", title.removeprefix("### ")), cells))
        title = part
    return found


def of_latex(text: str) -> list[Table]:
    """The tables in LaTeX."""
    found = []
    for part in re.findall(r"\\begin\{table\}(.*?)\\end\{table\}", text, re.DOTALL):
        (title,) = re.findall(r"\\caption\{(.*)\}", part)
        lines = [line[:-3].split(" & ") for line in part.splitlines() if line.endswith(r" \\")]
        cells = [["-" if cell == "--" else _plain(cell) for cell in line] for line in lines]
        found.append(Table(_plain(title), cells))
    return found


def _plain(text: str) -> str:
    """What LaTeX prints."""
    text = text.replace("$-$", "-").replace("{[}", "[").replace("{]}", "]").replace("{*}", "*")
    return re.sub(r"\\([&%$#_{}])", r"\1", text)
