"""What is remembered of a run: frozen, versioned records that hold all that was asked, answered and played.

Run                     one tournament's settings and surroundings
+-- Keys                what its luck and its players' randomness are drawn under
Match                   one deal played by two agents
+-- Turn                one seat to move: asked, or with one legal move and so not asked
    +-- Attempt         one answer to that question, and the fault found in it
        +-- Ballot      a vote among the replies, by which the agent came to it
        +-- Call        one request to a model that was answered
            +-- Sample  one of the replies to it
            +-- Try     a failed request before it
Grades                  what is known of a match's decisions, which can be found out again at any time
+-- Grade               of one turn: what the game's oracle says of it
Asked                   one information set put to an agent without a match; its answer is a turn
Judgement               what an LLM judge says of the reasoning in one turn
+-- Vote                one of its answers
+-- Call                its own requests, which are none of a player's

Everything but when, where and after how many tries a call was answered is a function of the deal and of the
players' replies.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads annotations when it runs)
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from gtbench.labels import NAME, FaultKind, Slip

FORMAT = 8
"""The version of these records; a log with a higher one is refused."""
APPLICATION = int.from_bytes(b"gtbl")
"""SQLite's application id of a run log, the file of these records."""

Finish = Literal["stop", "length", "refused", "too_long"]
"""Why a reply ended: done, cut off at the token limit, refused, or not begun, the prompt being too long."""

Form = Literal["tag", "json", "tool"]
"""How an answer is written: a tagged line, a JSON object, or such an object as a tool call's argument."""

Parameter = bool | int | float | str
"""A game's parameter or an agent's option, as TOML and the command line can say it."""

ErrorName = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
"""What an error of play is called; a game may bring any such name."""

PLAYERS = 2
"""Seats at every table."""


class Record(BaseModel):
    """The root of all records: frozen, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


def renamed(data: Any, old: str, new: str) -> Any:
    """What a log holds of a record, with the name that a field has now in place of the one that it had."""
    if not isinstance(data, dict) or old not in data:
        return data
    return {new if name == old else name: value for name, value in data.items()}


class Message(Record):
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class Token(Record):
    """A token of a reply, and how likely the model held it to be."""

    text: str
    logprob: float  # natural logarithm of the probability
    top: dict[str, float] = {}  # the likeliest tokens in its place, as far as they were asked for


class Sample(Record):
    """One reply to a request."""

    reply: str
    finish: Finish
    argument: str | None = None  # of the tool that it calls, as JSON
    tokens: tuple[Token, ...] = ()  # of the reply, where log-probabilities were asked for and given


class Try(Record):
    """A request that failed, and what the provider counted for it all the same."""

    reason: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = 0.0  # in US dollars; None where tokens were counted and no price is known


class Call(Record):
    """One request to a model and what came back."""

    model: str  # as in the agent string: "local/smollm2-135m"
    messages: tuple[Message, ...]
    settings: dict[str, JsonValue]  # all that was sent beside the messages
    samples: tuple[Sample, ...]  # as many as were asked for, or fewer
    key: str = ""  # of the request, see `gtbench.models.Request`; a replay finds the call by it
    replayed: bool = False  # taken from a cache or a log: nothing was sent now, and nothing is owed
    endpoint: str = ""  # the server's address; empty for a model in this process
    served_by: str = ""  # the provider's own name for the model that answered
    input_tokens: int = 0
    cached_tokens: int = 0  # of the input, those that the provider read from its cache
    output_tokens: int = 0
    reasoning_tokens: int = 0  # of the output, those that the provider does not show
    cost: float | None = None  # in US dollars, failed tries included; None where no price is known
    fingerprint: str = ""  # the provider's name for its configuration
    reason: str = ""  # the server's words, where it would not answer this prompt
    retries: tuple[Try, ...] = ()  # the requests that failed before the one that was answered
    seconds: float = 0.0  # by the wall clock, retries included

    @model_validator(mode="before")
    @classmethod
    def _of_format_1(cls, data: Any) -> Any:
        """A call as logs of format 1 hold it: with one reply, and a count of retries."""
        if not isinstance(data, dict) or "reply" not in data:
            return data
        rest = {name: value for name, value in data.items() if name not in ("reply", "finish")}
        failed = tuple({"reason": "not recorded"} for _ in range(data.get("retries", 0)))
        sample = {"reply": data["reply"], "finish": data["finish"]}
        return rest | {"samples": (sample,), "retries": failed}

    @property
    def reply(self) -> str:
        """The text of the first sample."""
        return self.samples[0].reply

    @property
    def finish(self) -> Finish:
        """Why the first sample ended."""
        return self.samples[0].finish


class Fault(Record):
    """What a player did wrong in one answer; `detail` is ASCII and is quoted to the player."""

    kind: FaultKind
    detail: str
    trace: str = ""  # the traceback of one that crashed, or what it wrote to standard error: the end of it


class Ballot(Record):
    """A vote that an agent held among replies of its model, as the agent tells of it."""

    about: str  # what was voted on: "move", or a step of a search
    votes: tuple[str | None, ...]  # what each reply is for, in their order; None where it has no vote
    chosen: str
    calls: int  # of the answer, by then: the votes stand in the last of the replies to these


class Attempt(Record):
    """One answer to the question for a move."""

    reply: str
    finish: Finish
    fault: Fault | None
    calls: tuple[Call, ...]
    form: Form = "tag"
    claims: dict[str, str] = {}  # by the names of `Game.questions`: what was stated about the position
    confidence: float | None = None  # from 0 to 1: the stated chance to earn more than the opponent
    ballots: tuple[Ballot, ...] = ()  # how the agent came to the answer, where it let replies vote


class Turn(Record):
    """One seat to move: without a move the seat forfeited the match here."""

    seat: int
    view: str  # what the seat saw, the rules aside
    attempts: tuple[Attempt, ...]
    move: str | None  # in words
    action: int | None  # the engine's id
    forced: bool = False  # the only legal move, which was played without asking for it

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults of this turn, in order."""
        return tuple(attempt.fault for attempt in self.attempts if attempt.fault)


class PayoffRange(Record):
    """Between which payoffs a seat could have ended a match, so that payoffs can be told as shares."""

    low: float  # in the game's own units
    high: float
    weight: float = 1.0  # how often the match counts, where matches differ in length

    def share(self, reward: float) -> float:
        """A reward as a share of the range, 0 to 1; a forfeit can pay less than the range, which is 0."""
        if self.high <= self.low:
            return 0.0
        return min(1.0, max(0.0, (reward - self.low) / (self.high - self.low)))


class Termination(Record):
    """How a match ended, and by whom."""

    kind: Literal["end", "limit", "forfeit", "time"]
    """By the rules; at the engine's limit on its length; by a forfeit after faults, or since time was up."""
    by: tuple[int, ...] = ()  # the seats that forfeited: both can when both are asked at once


DERIVED = ("pair", "paid", "worst", "ranges")
"""Fields of a match that follow from its game, deal and policy; older logs do not have them."""


class Match(Record):
    """One deal played by two agents, to the engine's end or to a forfeit."""

    number: int  # its place in the log's order, from 1; it means nothing else
    pair: str = ""  # the identity of its pair, see `gtbench.scoring.pair_identity`; empty in older logs
    game: str  # with the parameters that are not the default: "nim[pile_sizes=2;4;6]"
    parameters: dict[str, Parameter]  # all of them
    zero_sum: bool
    deal: int  # its place among the run's deals, from 0
    seed: int  # of the deal's luck: who knows it knows what is dealt
    agents: tuple[str, str]  # by seat
    rules: tuple[str, str]  # as each seat read them
    turns: tuple[Turn, ...]
    termination: Termination
    paid: tuple[float, float] | None = None  # by the engine; of a forfeit, if and as it was played out
    worst: float | None = None  # what who forfeits is charged with; None in older logs
    rewards: tuple[float, float]  # by seat, in the game's own units, forfeits charged: see `gtbench.scoring`
    ranges: tuple[PayoffRange, PayoffRange] | None = None  # by seat; logs up to format 5 have none
    final: str  # the end of the match as a spectator sees it
    version: str  # of gtbench

    @model_validator(mode="before")
    @classmethod
    def _of_format_6(cls, data: Any) -> Any:
        """A match as logs up to format 6 hold it: with the seats that forfeited, for whatever reason."""
        if not isinstance(data, dict) or "forfeited_by" not in data:
            return data
        rest = {name: value for name, value in data.items() if name != "forfeited_by"}
        by = data["forfeited_by"]
        return rest | {"termination": {"kind": "forfeit" if by else "end", "by": by}}

    @property
    def forfeited_by(self) -> tuple[int, ...]:
        """The seats that forfeited the match."""
        return self.termination.by

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call of the match, in order of turns."""
        return tuple(call for turn in self.turns for attempt in turn.attempts for call in attempt.calls)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault of the match, in order of turns."""
        return tuple(fault for turn in self.turns for fault in turn.faults)

    def content(self) -> str:
        """All of the match as JSON that was played: equal for equal play.

        Left out is when and where its models and players ran, and what follows from the game and the deal.
        """
        call = {"__all__": {"seconds", "endpoint", "reason", "retries", "cost", "replayed"}}
        attempt: dict[str, Any] = {"calls": call, "fault": {"trace"}}
        turns = {"__all__": {"attempts": {"__all__": attempt}}}
        return self.model_dump_json(exclude={"turns": turns, **dict.fromkeys(DERIVED, True)})


Phase = Literal["opening", "middle", "end"]
"""The third of a match, as it was played, that a decision falls into; the only ply of a match opens it."""


class Finding(Record):
    """An error of reasoning found in a reply, and the words that show it."""

    slip: Slip
    evidence: str  # ASCII: what was said, and what is so


class Grade(Record):
    """What an oracle says of one turn; values are the seat's expected payoffs in the game's own units.

    A turn that cannot be graded has a grade too, so that it can be said how much was graded.
    """

    turn: int  # its place in the match, from 0
    seat: int
    status: Literal["graded", "undecided", "no move"]  # undecided: no play is known to be best there
    phase: Phase
    alternatives: int  # how many legal moves there were
    value: float | None = None  # before the move, with best play; None where only what was lost is known
    after: float | None = None  # after the move, with best play: `value` less `regret`
    regret: float | None = None  # what the move gave away for certain; None unless graded
    error: bool | None = None  # whether it was none of the best moves; None unless graded
    exact: bool = True  # whether `regret` is all that was given away; else see `Oracle.certifies`
    best: tuple[str, ...] = ()  # the moves that are no error, in words
    action_values: dict[int, float] = {}  # every legal move's, by the engine's ids, where all are known
    stake: float | None = None  # how much the choice decided: the best move's value less the worst one's
    labels: tuple[ErrorName, ...] = ()  # of play: each a `gtbench.labels.Label`, or the game's own
    plies_lost: int | None = None  # by how many plies the win comes later than it could, where that is known
    slips: tuple[Finding, ...] = ()  # errors of reasoning, found without a model
    words: bool | None = None  # whether words stood before the move; None in older logs
    checkable: int | None = (
        None  # what these claim that could be decided, each claim once; None in older logs
    )
    sound: int | None = None  # how many of those claims hold


class Grades(Record):
    """The grades of one match, one a turn."""

    number: int  # of the match
    version: str  # of the gtbench that graded it
    turns: tuple[Grade, ...]
    luck: tuple[float, float] | None = (
        None  # by seat: what chance gave beyond the mean, as far as it is known
    )


class Void(Record):
    """A match that the world broke off: never scored, played again by `resume`."""

    number: int
    reason: str
    at: datetime
    calls: tuple[Call, ...] = ()  # what was answered before, and paid for
    failed: tuple[Try, ...] = ()  # the requests that were given up


class Asked(Record):
    """How an agent answered at one information set that was put to it without a match."""

    information_set: str  # by the oracle's name for it
    sample: int  # from 0; answers of one sample are one for each information set
    turn: Turn | None  # None where the world broke the answer off; it is asked for again
    calls: tuple[Call, ...] = ()  # where there is no turn, what was answered before, and paid for
    failed: tuple[Try, ...] = ()  # the requests that were given up
    reason: str = ""  # why it was broken off
    version: str  # of gtbench

    @model_validator(mode="before")
    @classmethod
    def _of_format_6(cls, data: Any) -> Any:
        """An answer as logs up to format 6 hold it: an information set was called a situation."""
        return renamed(data, "situation", "information_set")

    @property
    def paid(self) -> tuple[Call, ...]:
        """Every call that was answered."""
        turn = () if self.turn is None else self.turn.attempts
        return (*self.calls, *(call for attempt in turn for call in attempt.calls))


class Vote(Record):
    """One answer of an LLM judge on one decision: which of the paper's errors its reasoning has."""

    fault: FaultKind | None = None  # what is wrong with the answer, so that it counts for nothing
    quotes: dict[Slip, str] = {}  # the errors that were made, each with the player's words that show it
    misquoted: tuple[Slip, ...] = ()  # of these, the ones whose quote does not stand in the player's words

    def says(self, slip: Slip) -> bool | None:
        """Whether that error was made; None where the vote counts for nothing."""
        return None if self.fault or slip in self.misquoted else slip in self.quotes


class Judgement(Record):
    """What an LLM judge says of the reasoning in one turn; without a vote it was broken off by the world."""

    number: int  # of the match
    turn: int  # its place in the match, from 0
    judge: str  # model and settings: "openai/gpt-5-mini[max_tokens=4000]"
    rubric: str  # a digest of all that judges are told, so that another wording is another judge
    votes: tuple[Vote, ...]
    calls: tuple[Call, ...]
    failed: tuple[Try, ...] = ()  # the requests that were given up
    reason: str = ""  # why it was broken off
    version: str  # of gtbench

    def majority(self, slip: Slip) -> bool | None:
        """What more than half of all votes say of an error; None where they say nothing, or a tie."""
        said = [vote.says(slip) for vote in self.votes]
        return next((side for side in (True, False) if said.count(side) * 2 > len(said)), None)


class Keys(Record):
    """What a run's deals are drawn under, and what its players' own randomness is; see `gtbench.game.luck`.

    They stand in the log and nowhere else. A run that was begun before there were keys has its seed, in
    digits, in place of the first, and no second one: its players' randomness followed from the deals' seeds.
    """

    luck: str = Field(repr=False, pattern=r"^([0-9a-f]{64}|-?[0-9]{1,19})$")
    players: str = Field(repr=False, pattern=r"^([0-9a-f]{64})?$")


class Run(Record):
    """The settings of a tournament, or an elicitation, and its surroundings, written when its log is made."""

    format: int
    tournament: dict[str, JsonValue] = {}
    elicitation: dict[str, JsonValue] = {}
    keys: Keys
    created: datetime
    versions: dict[str, str]  # of gtbench, Python and the engine
    agents: dict[str, str] = {}  # by agent string, which code played: a package's version, a file's digest
    mark: str = ""  # by which the user who began it knows it again, see `gtbench.log.trust`

    @model_validator(mode="before")
    @classmethod
    def _of_format_5(cls, data: Any) -> Any:
        """A run as logs up to format 5 hold it: with a seed and no keys."""
        if not isinstance(data, dict) or "keys" in data:
            return data
        settings = data.get("tournament") or data.get("elicitation") or {}
        return data | {"keys": {"luck": str(settings.get("seed", 0)), "players": ""}}
