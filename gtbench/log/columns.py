"""The columns of a run log: what is counted of a match and of a decision, as plain values.

A log's records say all; its columns hold what standings, profiles, comparisons, calibration, costs and
coverage count, so that these read no record. Every column is a function of the records: whoever doubts one
computes it again. `gtbench.log.tables` says how columns stand in the file.

    results     a row a match and seat, written with the match
    decisions   a row a turn, written with the match; the columns in `GRADED` are written with its grades

A forced move, the only legal one, is no decision where nobody was asked for it: its row says so.
"""

from __future__ import annotations

import json
import math
import struct
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from gtbench.scoring import pair_identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gtbench.records import Call, Grade, Match, Try, Turn

Kind = Literal["integer", "real", "flag", "name", "text", "values"]
"""A number; yes or no; one of a few texts, stored once each; any text; the values of moves (`packed`)."""

Row = tuple[Any, ...]

_json = json.JSONEncoder(separators=(",", ":")).encode


@lru_cache(maxsize=1024)
def _list(texts: tuple[str, ...]) -> str:
    """Texts as a JSON list; it is mostly the same few."""
    return _json(texts)


WHOLE = 1 << 63
"""Whole numbers in a column are below that."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table; what is not known in a row is None."""

    name: str
    kind: Kind
    about: str
    optional: bool = False
    """Whether it can be unknown, where its kind does not say so already."""


RESULTS = (
    Field("match", "integer", "the match's number: its place in the log's order, and nothing else"),
    Field("seat", "integer", "0 or 1"),
    Field("game", "name", "with the parameters that are not the default"),
    Field("agent", "name", "who sat there"),
    Field("opponent", "name", "who sat opposite"),
    Field("deal", "integer", "the deal's place among the run's deals"),
    Field("seed", "name", "of the deal's luck, in digits: who knows it knows what is dealt"),
    Field("pair", "integer", "the identity of the pair of matches: equal for both seatings of one deal"),
    Field("zero_sum", "flag", "whether the game is zero-sum"),
    Field("low", "real", "the least with which the seat could have ended it; not known in older logs"),
    Field("high", "real", "the most with which the seat could have ended it"),
    Field("weight", "real", "how much the match counts beside others of its game; 0 without a range"),
    Field("reward", "real", "in the game's own units, forfeits charged"),
    Field("opponent_reward", "real", "the same of the other seat"),
    Field("termination", "name", "how the match ended: end, limit, forfeit or time"),
    Field("forfeited", "flag", "whether this seat forfeited"),
    Field("decisions", "integer", "how often the seat was asked for a move"),
    Field("forced", "integer", "moves that it had no choice in, and was not asked for: no decisions"),
    Field("faults", "integer", "faulty answers"),
    Field("faults_by_kind", "name", 'how many of each kind, as JSON: {"illegal":2}'),
    Field("calls", "integer", "requests that were answered"),
    Field("replayed", "integer", "of the calls, those taken from a cache or a log"),
    Field("input_tokens", "integer", "of the calls"),
    Field("cached_tokens", "integer", "of the input tokens, those that the provider read from its cache"),
    Field("output_tokens", "integer", "of the calls, hidden reasoning included"),
    Field("reasoning_tokens", "integer", "of the output tokens, those that the provider does not show"),
    Field("retries", "integer", "requests that failed before one that was answered"),
    Field("cost", "real", "of the calls, in US dollars; not known where a price is not"),
    Field("seconds", "real", "of the calls, by the wall clock, retries included"),
    Field("sent", "integer", "requests that were sent and count against a cap, failed ones included"),
    Field("sent_failed", "integer", "of these, those that failed"),
    Field("sent_tokens", "integer", "tokens, in and out, of the requests that were sent"),
    Field("sent_cost", "real", "what they cost as far as prices are known, in US dollars"),
    Field("unpriced", "name", "the models of calls whose price is not known, as a JSON list"),
    Field("endpoints", "name", "the addresses of the servers of its calls, as a JSON list"),
)
"""A match as one seat has it."""

LUCK = Field("luck", "real", "what chance gave the seat beyond the mean, in the game's units; once graded")
"""What the grades of a match add to its results."""

DECISIONS = (
    Field("match", "integer", "the match's number"),
    Field("turn", "integer", "the turn's place in the match, from 0"),
    Field("seat", "integer", "who was to move: 0 or 1"),
    Field("game", "name", "as in the results"),
    Field("agent", "name", "who decided"),
    Field("opponent", "name", "who sat opposite"),
    Field("deal", "integer", "as in the results"),
    Field("information_set", "integer", "a key of what the seat saw: equal in one game for equal views"),
    Field("action", "integer", "the engine's id of the move; none where none was made", optional=True),
    Field("forced", "flag", "whether the move was the only legal one, and nobody was asked: no decision"),
    Field("attempts", "integer", "answers that were given"),
    Field("faults", "name", "the kinds of the faulty ones in order, as a JSON list"),
    Field("forfeited", "flag", "whether the seat forfeited the match here"),
    Field("confidence", "real", "stated with the answer that counted: the chance to earn more, from 0 to 1"),
    Field("calls", "integer", "requests that were answered"),
    Field("input_tokens", "integer", "of the calls"),
    Field("output_tokens", "integer", "of the calls, hidden reasoning included"),
    Field("cost", "real", "of the calls, in US dollars; not known where a price is not"),
    Field("seconds", "real", "of the calls"),
)
"""A turn as its match has it: a decision, unless it is forced."""

GRADED = (
    Field("status", "name", "graded, undecided or no move; none where the match is not graded"),
    Field("phase", "name", "the third of the match: opening, middle or end"),
    Field("legal_moves", "integer", "how many there were", optional=True),
    Field("value", "real", "before the move with best play, to the seat, in the game's own units"),
    Field("after", "real", "the same after the move: value less regret"),
    Field("regret", "real", "what the move gave away for certain"),
    Field("stake", "real", "the best move's value less the worst one's"),
    Field("error", "flag", "whether the move was none of the best ones", optional=True),
    Field("exact", "flag", "whether the regret is all that was given away", optional=True),
    Field("labels", "name", "errors of play, as a JSON list"),
    Field("slips", "name", "errors of reasoning that were found, as a JSON list"),
    Field("plies_lost", "integer", "by how many plies a win came later than it could", optional=True),
    Field("words", "flag", "whether words stood before the move; not known in older logs", optional=True),
    Field("checkable", "integer", "claims in those words that a machine could decide", optional=True),
    Field("sound", "integer", "of these claims, those that hold", optional=True),
    Field("best", "text", "the moves that are no error, in words, as a JSON list"),
    Field("action_values", "values", "every legal move's value to the seat, where an oracle knows it"),
)
"""What the grades of a match add to its decisions."""


def results(match: Match) -> list[Row]:
    """The rows of a match in the results, in the order of `RESULTS`.

    Raises:
        ValueError: A number of it is larger than a column holds.
    """
    return [_result(match, seat) for seat in range(len(match.agents))]


def _result(match: Match, seat: int) -> Row:
    """What a seat has of a match."""
    turns = [turn for turn in match.turns if turn.seat == seat]
    calls = _calls(turns)
    sent = [call for call in calls if not call.replayed]
    tries = [failed for call in sent for failed in call.retries]
    requests: list[Call | Try] = [*sent, *tries]
    faults = Counter(str(fault.kind) for turn in turns for fault in turn.faults)
    scale = match.ranges[seat] if match.ranges else None
    return _checked((
        match.number,
        seat,
        match.game,
        match.agents[seat],
        match.agents[1 - seat],
        match.deal,
        str(match.seed),
        _pair(match),
        match.zero_sum,
        scale and scale.low,
        scale and scale.high,
        scale and scale.weight,
        match.rewards[seat],
        match.rewards[1 - seat],
        match.termination.kind,
        seat in match.forfeited_by,
        sum(not turn.forced for turn in turns),
        sum(turn.forced for turn in turns),
        faults.total(),
        _json(faults) if faults else "{}",
        len(calls),
        len(calls) - len(sent),
        sum(call.input_tokens for call in calls),
        sum(call.cached_tokens for call in calls),
        sum(call.output_tokens for call in calls),
        sum(call.reasoning_tokens for call in calls),
        sum(len(call.retries) for call in calls),
        _cost(calls),
        sum(call.seconds for call in calls),
        len(requests),
        len(tries),
        sum(one.input_tokens + one.output_tokens for one in requests),
        sum(call.cost or 0.0 for call in sent),
        _list(tuple(sorted({call.model for call in sent if call.cost is None}))),
        _list(tuple(dict.fromkeys([call.endpoint for call in calls if call.endpoint]))),
    ))  # fmt: skip


def decisions(match: Match) -> list[Row]:
    """The rows of a match in the decisions, in the order of `DECISIONS`; raises as `results`."""
    last = {turn.seat: place for place, turn in enumerate(match.turns)}
    return [
        _decision(match, place, turn, forfeited=turn.seat in match.forfeited_by and last[turn.seat] == place)
        for place, turn in enumerate(match.turns)
    ]


def _decision(match: Match, place: int, turn: Turn, *, forfeited: bool) -> Row:
    """What is counted of one turn."""
    calls = _calls([turn])
    return _checked((
        match.number,
        place,
        turn.seat,
        match.game,
        match.agents[turn.seat],
        match.agents[1 - turn.seat],
        match.deal,
        key(match.game, turn.seat, turn.view),
        turn.action,
        turn.forced,
        len(turn.attempts),
        _list(tuple([fault.kind for fault in turn.faults])),
        forfeited,
        turn.attempts[-1].confidence if turn.attempts else None,
        len(calls),
        sum(call.input_tokens for call in calls),
        sum(call.output_tokens for call in calls),
        _cost(calls),
        sum(call.seconds for call in calls),
    ))  # fmt: skip


def graded(grades: Sequence[Grade]) -> list[Row]:
    """What the grades of a match add to its decisions: the turn's place, then as in `GRADED`."""
    return [
        _checked((
            grade.turn,
            grade.status,
            grade.phase,
            grade.alternatives,
            grade.value,
            grade.after,
            grade.regret,
            grade.stake,
            grade.error,
            grade.exact,
            _list(tuple(dict.fromkeys(grade.labels))),
            _list(tuple(dict.fromkeys([finding.slip for finding in grade.slips]))),
            grade.plies_lost,
            grade.words,
            grade.checkable,
            grade.sound,
            _list(tuple(grade.best)),
            packed(grade.action_values),
        ))
        for grade in grades
    ]  # fmt: skip


def _pair(match: Match) -> int:
    """The identity of the pair that a match belongs to, as a number."""
    found = match.pair or pair_identity(match.game, match.seed, match.agents, None)
    return int.from_bytes(bytes.fromhex(found), signed=True)


def key(*parts: object) -> int:
    """A number of 64 bits, with a sign, that stands for these parts."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def packed(values: Mapping[int, float]) -> bytes | None:
    """The values of moves as they stand in a column: the moves' ids, then their values; None without any.

    Ids are whole numbers of 32 bits, values floats of 64, both with the lowest byte first.
    """
    return struct.pack(f"<{len(values)}i{len(values)}d", *values, *values.values()) if values else None


def unpacked(values: bytes) -> dict[int, float]:
    """The values of moves from a column.

    Raises:
        ValueError: They are no such values.
    """
    count, rest = divmod(len(values), struct.calcsize("<id"))
    if rest:
        raise ValueError("the values of moves are cut off")
    numbers = struct.unpack(f"<{count}i{count}d", values)
    return dict(zip(numbers[:count], numbers[count:], strict=True))


def _calls(turns: Iterable[Turn]) -> list[Call]:
    """The calls of some turns."""
    return [call for turn in turns for attempt in turn.attempts for call in attempt.calls]


def _cost(calls: Iterable[Call]) -> float:
    """What calls cost together; nan where a price is not known."""
    return math.fsum(math.nan if call.cost is None else call.cost for call in calls)


def _checked(row: Row) -> Row:
    """The row, whose whole numbers a column can hold."""
    for value in row:
        if type(value) is int and not -WHOLE <= value < WHOLE:
            raise ValueError(f"a number of it has more than 63 bits: {value}")
    return row
