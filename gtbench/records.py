"""What is remembered of a run: frozen, versioned records that hold all that was asked, answered and played.

Run                     one tournament's settings and surroundings
Match                   one deal played by two agents
+-- Turn                one seat asked for one move
    +-- Attempt         one answer to that question, and the fault found in it
        +-- Call        one request to a model

Everything but when, where and after how many tries a call was answered is a function of the deal and of the
players' replies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  (pydantic reads annotations when it runs)
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue

from gtbench.errors import FaultKind  # noqa: TC001

FORMAT = 1
"""The version of these records; a log with a higher one is refused."""

Finish = Literal["stop", "length", "refused"]
"""Why a reply ended: the model was done, the token limit cut it off, or it was refused."""

Parameter = bool | int | float | str
"""A game's parameter or an agent's option, as TOML and the command line can say it."""

PLAYERS = 2
"""Seats at every table."""


class Record(BaseModel):
    """The root of all records: frozen, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Record):
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class Call(Record):
    """One request to a model and what came back."""

    model: str  # as in the agent string: "local/smollm2-135m"
    messages: tuple[Message, ...]
    settings: dict[str, JsonValue]  # all that was sent beside the messages
    reply: str
    finish: Finish
    endpoint: str = ""  # the server's address; empty for a model in this process
    served_by: str = ""  # the provider's own name for the model that answered
    input_tokens: int = 0
    cached_tokens: int = 0  # of the input, those that the provider read from its cache
    output_tokens: int = 0
    reasoning_tokens: int = 0  # of the output, those that the provider does not show
    cost: float | None = None  # in US dollars; None where no price is known
    fingerprint: str = ""  # the provider's name for its configuration
    retries: int = 0  # failed requests before the one that was answered
    seconds: float = 0.0  # by the wall clock, retries included


class Fault(Record):
    """What a player did wrong in one answer; `detail` is ASCII and is quoted to the player."""

    kind: FaultKind
    detail: str


class Attempt(Record):
    """One answer to the question for a move."""

    reply: str
    finish: Finish
    fault: Fault | None
    calls: tuple[Call, ...]


class Turn(Record):
    """One seat asked for one move; without a move the seat forfeited the match here."""

    seat: int
    view: str  # what the seat saw, the rules aside
    attempts: tuple[Attempt, ...]
    move: str | None  # in words
    action: int | None  # the engine's id

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults of this turn, in order."""
        return tuple(attempt.fault for attempt in self.attempts if attempt.fault)


class Match(Record):
    """One deal played by two agents, to the engine's end or to a forfeit."""

    number: int  # its place in the schedule, from 1
    game: str  # with the parameters that are not the default: "nim[pile_sizes=2;4;6]"
    parameters: dict[str, Parameter]  # all of them
    zero_sum: bool
    deal: int  # its place among the run's deals, from 0
    seed: int  # of the deal's luck
    agents: tuple[str, str]  # by seat
    rules: tuple[str, str]  # as each seat read them
    turns: tuple[Turn, ...]
    forfeited_by: tuple[int, ...]  # seats; both can forfeit when both are asked at once
    rewards: tuple[float, float]  # by seat, in the game's own units, forfeits charged
    final: str  # the end of the match as a spectator sees it
    version: str  # of gtbench

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call of the match, in order of turns."""
        return tuple(call for turn in self.turns for attempt in turn.attempts for call in attempt.calls)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault of the match, in order of turns."""
        return tuple(fault for turn in self.turns for fault in turn.faults)

    def content(self) -> str:
        """All of the match as JSON but when and where its models ran: equal for equal play."""
        call = {"calls": {"__all__": {"seconds", "endpoint", "retries"}}}
        return self.model_dump_json(exclude={"turns": {"__all__": {"attempts": {"__all__": call}}}})


class Void(Record):
    """A match that the world broke off: never scored, played again by `resume`."""

    number: int
    reason: str
    at: datetime
    calls: tuple[Call, ...] = ()  # what was answered before, and paid for


class Run(Record):
    """One tournament's settings and surroundings, written when its log is made."""

    format: int
    tournament: dict[str, JsonValue]
    created: datetime
    versions: dict[str, str]  # of gtbench, Python and the engine


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Report(Generic[R]):
    """What a report found in a log: its rows, and what a reader must know to read them."""

    rows: tuple[R, ...]
    notes: str
