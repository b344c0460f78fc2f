"""Who judges, and what: a judge by its string, and the decisions that it is to be asked about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from gtbench import names
from gtbench.agent.options import addressed, checked, sampling_of, setting
from gtbench.errors import BadOption, LogError
from gtbench.game.deal import derive
from gtbench.judging.rubric import RUBRIC, Case, Way, case
from gtbench.models import prices
from gtbench.models.ledger import Spent
from gtbench.models.limits import CHARACTERS_A_TOKEN
from gtbench.models.request import Chat, check_model, split_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gtbench.log.read import RunLog
    from gtbench.models.request import Model
    from gtbench.records import Parameter

VOTES = 3
MAX_TOKENS = 2048
"""The limit of a judge's answer unless said, its hidden reasoning included."""
USUAL_TOKENS = 300
"""About how many an answer has, before any is known."""


@dataclass(frozen=True)
class Judge:
    """A model with its settings."""

    model: str
    settings: Mapping[str, Parameter]
    way: Way | None
    """How it is asked to answer; None is by a schema where the model takes one."""

    def __str__(self) -> str:
        """The judge's canonical string."""
        said = dict(self.settings) | ({"answer": self.way} if self.way else {})
        options = ",".join(f"{key}={names.show_value(value)}" for key, value in sorted(said.items()))
        return self.model + (f"[{options}]" if options else "")

    def asked(self, model: Model) -> Way:
        """How this model is asked to answer."""
        return self.way or ("json" if "schema" in model.takes else "tag")

    def chat(self, model: Model, *seed: object) -> Chat:
        """The model as this judge asks it."""
        sampling = sampling_of({"max_tokens": MAX_TOKENS, **self.settings})
        return Chat(model, sampling, derive(*seed, "judge"))


def load_judge(string: str) -> Judge:
    """The judge that a string names, `PROVIDER/MODEL[option=value,...]`.

    Raises:
        UnknownName: There is no such provider.
        BadOption: It is no model, or an option has a wrong name or value.
    """
    model, options = names.parse(string)
    model = addressed(model, options)
    check_model(model)
    way = options.pop("answer", None)
    if way is not None:
        way = checked(f"{model}: answer", Way, way)
    settings = {key: setting(model, key, value, ["answer"]) for key, value in options.items()}
    return Judge("/".join(split_model(model)), settings, cast("Way | None", way))


class Wanted(NamedTuple):
    """Which decisions of a log are to be judged."""

    games: Sequence[str] = ()  # of these games; of all where there is none
    agents: Sequence[str] = ()  # of these agents; of all where there is none
    most: int | None = None  # so many of them, drawn at random, the same ones each time
    again: bool = False  # also those that this judge has judged before


ALL = Wanted()


@dataclass(frozen=True)
class Plan:
    """What a judge is to be asked now."""

    judge: Judge
    votes: int
    way: Way
    several: bool
    """Whether the model gives several answers to a request."""
    known_price: bool
    """Whether the model's calls have a price."""
    cases: tuple[Case, ...]
    before: int
    """Decisions among those wanted that this judge has judged before."""
    answer: float
    """Tokens of an answer: the mean of its answers so far, or else a guess."""

    def __str__(self) -> str:
        before = f", {self.before:,} more were judged before" if self.before else ""
        return (
            f"{len(self.cases):,} decisions to be judged by {self.judge}, {self.votes} votes on each{before}"
        )

    @cached_property
    def expected(self) -> Spent:
        """About what it will take."""
        return Spent.sum(map(self.of, self.cases))

    def of(self, one: Case) -> Spent:
        """About what a decision will take."""
        calls = 1 if self.several else self.votes
        read = calls * sum(len(message.content) for message in one.messages) // CHARACTERS_A_TOKEN
        written = round(self.votes * self.answer)
        return Spent(self._cost(read, written) or 0.0, read + written, calls)

    @property
    def priced(self) -> bool:
        """Whether it can be said what it will cost."""
        return self._cost(0, 0) is not None

    def _cost(self, read: int, written: int) -> float | None:
        """What so many tokens in and out cost, by the price lists."""
        if not self.known_price:
            return None
        return prices.cost(self.judge.model, "", input_tokens=read, output_tokens=written)


def make_plan(log: RunLog, judge: Judge, model: Model, wanted: Wanted, votes: int) -> Plan:
    """What there is to be judged, in an order that depends on nothing but the places in the log."""
    if votes < 1:
        raise BadOption(f"votes is a whole number from 1, not {votes}")
    judge.chat(model)  # what the model does not take, it says now
    way = judge.asked(model)
    cases = sorted(_cases(log, wanted, way), key=lambda one: derive(one.number, one.place, "judged"))
    if not cases:
        raise LogError(
            f"{log.path} holds no{' such' if wanted != ALL else ''} reasoning: no reply says more than its "
            "answer. Agents such as cot and tot reason before they move"
        )
    chosen = cases[: wanted.most]
    mine = [one for one in log.judgements() if (one.judge, one.rubric) == (str(judge), RUBRIC)]
    done = {(one.number, one.turn) for one in mine}
    left = [one for one in chosen if wanted.again or (one.number, one.place) not in done]
    answers = sum(len(one.votes) for one in mine)
    written = sum(call.output_tokens for one in mine for call in one.calls)
    return Plan(
        judge=judge, votes=votes, way=way, several="n" in model.takes, known_price=model.priced,
        cases=tuple(left), before=len(chosen) - len(left),
        answer=written / answers if answers else USUAL_TOKENS,
    )  # fmt: skip


def _cases(log: RunLog, wanted: Wanted, way: Way) -> Iterable[Case]:
    """Every decision that is wanted and holds reasoning."""
    agents = set(map(log.agent, wanted.agents or log.agents))
    for match in (log.only(wanted.games) if wanted.games else log).matches():
        for place, turn in enumerate(match.turns):
            if match.agents[turn.seat] in agents:
                found = case(match, place, way)
                if found:
                    yield found
