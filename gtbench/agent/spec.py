"""Agents: what plays. An agent is given a `View` and answers with a reply; a string names it.

    STRATEGY                              random
    STRATEGY@PROVIDER/MODEL               cot@openai/gpt-5
    STRATEGY[option=value,...]@...        prompt[temperature=0.2,max_tokens=64]@local/smollm2-135m
    exec:COMMAND                          exec:node my_agent.js

A strategy is a class with a method `act`, or a plain function of a view; it is registered under
`gtbench.agents`, or named as `module:attribute` or `./file.py:attribute` (see `gtbench.agent.loading`). Its
keyword-only parameters are its options, checked against their annotations, but for those that gtbench hands
in where they are asked for: `model`, the `Chat` to ask; `rng`, a `random.Random` of this match and seat
alone; and `game`, the `Game` with its parameters, which knows the rules and nothing of the match. A strategy
for some games only names them in an attribute `games`; one that answers alike where seed and views are alike
says `deterministic = True`.

A command is a process of its own for each match and seat (see `gtbench.agent.command`); its options are its
own.

A cheat may ask for `true_state` too, a function that copies the engine's state as it is, hidden luck
included. It gets it only under a strategy's name that says so, `clairvoyant_...`.
"""

from __future__ import annotations

import inspect
import logging
import random
import reprlib
import typing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from gtbench import names
from gtbench.agent import command, loading
from gtbench.agent.options import HANDED_IN, addressed, checked, options_of, required, sampling_of, setting
from gtbench.clock import Clock, in_thread
from gtbench.errors import BadOption, CannotPlay, suggestion
from gtbench.game.deal import derive
from gtbench.models.request import Chat, Journal, Model, check_model, split_model
from gtbench.pulse import Holder, close
from gtbench.records import Ballot, Finish, Form, Sample
from gtbench.text import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gtbench.game.base import Game
    from gtbench.game.view import View
    from gtbench.records import Parameter

log = logging.getLogger("gtbench")

CHEAT = "clairvoyant_"
"""How the name of a strategy begins that is shown the true state."""

SECONDS_TO_CLOSE = 5.0
"""How long an agent may take to release what it holds."""

_SHORT = reprlib.Repr()
"""Shows what an agent has returned, whatever its `__repr__` does."""
_SHORT.maxother = _SHORT.maxstring = 200


@dataclass(frozen=True, slots=True)
class Decision:
    """An agent's answer to a view: the reply to be read, why it ended, and how its answer is written.

    An agent that lets replies of its model vote can tell of that in `ballots`, which are shown with its turn.
    """

    reply: str
    finish: Finish = "stop"
    form: Form = "tag"
    ballots: tuple[Ballot, ...] = ()


class Agent(Protocol):
    """One seat's player for one match.

    A method that does not await may do (`def act`); it gets a thread of its own for each move. A text will do
    for a `Decision`, as will the `Sample` that a model has answered with. An agent that holds something has a
    method `async def aclose(self)`, which is awaited at the end of its match.
    """

    async def act(self, view: View) -> Decision:
        """Answer with a reply whose last line is `Action: MOVE`.

        `view.objection` is set when the same question is asked again because the last answer was faulty.
        """
        ...


class Player(Holder):
    """An agent in its seat: whatever its form, `act` is awaited and gives a `Decision`.

    Args:
        act: Answers a view.
        aclose: Releases what the agent holds.
        name: The agent's string.
        interactive: Whether it is a person, who may leave.
    """

    charged = True

    def __init__(
        self,
        act: Callable[[View], Any],
        aclose: Callable[[], Any] | None = None,
        name: str = "a player",
        *,
        interactive: bool = False,
    ) -> None:
        super().__init__(name)
        self._act, self._aclose = act, aclose
        self.interactive = interactive
        self.clock = Clock()
        """Its time for the move that it is asked for."""

    def takes(self) -> None:
        """Its code runs in the loop from now on."""
        self.clock.computes(True)

    def gives(self) -> None:
        """Its code has stopped, or waits for something."""
        self.clock.computes(False)

    def charge(self, seconds: float) -> None:
        """Its code ran in a thread for so long while the loop did not answer."""
        self.clock.charge(seconds)

    async def act(self, view: View) -> Decision:
        """The agent's decision.

        Raises:
            TypeError: It gave none.
        """
        return _decision(await _result(partial(self._act, view)))

    async def aclose(self) -> None:
        """Release what the agent holds; a failure of that costs nobody a match, and is said."""
        if self._aclose:
            await close(self, partial(_result, self._aclose), SECONDS_TO_CLOSE)


async def _result(call: Callable[[], Any]) -> Any:
    """What a player's function comes to; one that does not await has a thread of its own."""
    result = call() if inspect.iscoroutinefunction(call) else await in_thread(call)
    return await result if inspect.isawaitable(result) else result


def _decision(answer: Any) -> Decision:
    """A player's answer as a decision."""
    if isinstance(answer, str):
        answer = Decision(answer)
    elif isinstance(answer, Sample):
        answer = Decision(answer.reply, answer.finish)
    if not isinstance(answer, Decision) or not isinstance(answer.reply, str):
        raise TypeError(f"act returned {_SHORT.repr(answer)}, not a text or a gtbench.Decision")
    for said, known in ((answer.finish, Finish), (answer.form, Form)):
        if type(said) is not str or said not in typing.get_args(known):
            raise TypeError(f"act returned a decision of an unknown finish or form: {_SHORT.repr(answer)}")
    if not isinstance(answer.ballots, tuple) or not all(isinstance(one, Ballot) for one in answer.ballots):
        raise TypeError(f"act returned a decision whose ballots are none: {_SHORT.repr(answer)}")
    ballots = tuple(map(_sound, answer.ballots))
    return Decision(recorded(answer.reply), answer.finish, answer.form, ballots)


def _sound(ballot: Ballot) -> Ballot:
    """A ballot whose texts can be recorded."""
    votes = tuple(None if vote is None else recorded(vote) for vote in ballot.votes)
    return Ballot(
        about=recorded(ballot.about), votes=votes, chosen=recorded(ballot.chosen), calls=ballot.calls
    )


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """An agent by name and options: what a tournament lists, and what makes the player of each match."""

    strategy: str
    options: Mapping[str, Parameter]
    model: str | None
    code: Any = field(default=None, compare=False, repr=False)
    """The class or function; None for a command."""
    place: command.Place | None = field(default=None, compare=False, repr=False)
    """Where a command runs."""
    tried: bool = field(default=False, compare=False, repr=False)
    """Whether it was made for such matches before: what goes wrong when it is made again is its own fault."""

    def __str__(self) -> str:
        """The canonical agent string: options in alphabetical order, as they were said."""
        options = ",".join(f"{key}={names.show_value(value)}" for key, value in sorted(self.options.items()))
        return self.strategy + (f"[{options}]" if options else "") + (f"@{self.model}" if self.model else "")

    @property
    def games(self) -> tuple[str, ...]:
        """The games it plays; empty where it plays all."""
        return tuple(getattr(self.code, "games", ()))

    @property
    def deterministic(self) -> bool:
        """Whether it promises to answer alike where its seed and its views are alike."""
        return bool(getattr(self.code, "deterministic", False))

    @property
    def origin(self) -> str:
        """Which code that is: a package and its version, or the digests of its files."""
        if self.code is None:
            return command.origin(self.strategy)
        return loading.origin(self.strategy)

    @property
    def interactive(self) -> bool:
        """Whether it is a person, who plays one match at a time and takes as long as it takes."""
        return bool(getattr(self.code, "interactive", False))

    def seat(
        self,
        model: Model | None,
        *seed: object,
        game: Game | None = None,
        journal: Journal | None = None,
        true_state: Callable[[], Any] | None = None,
    ) -> Player:
        """A fresh player for one match and seat.

        Args:
            model: The connected model, where the agent has one.
            seed: What its randomness, and that of its model, depends on.
            game: The game, for an agent that asks for it or plays some games only.
            journal: Is given all that is asked of the model.
            true_state: Copies the match's state, for a cheat; left out where no match is played yet.

        Raises:
            BadOption: It cannot play so: it lacks a model, or does not play the game.
            Exception: Whatever its own constructor raises.
        """
        if game and self.games and game.name not in self.games:
            raise CannotPlay(f"{self.strategy} plays {' and '.join(self.games)} only, not {game}")
        given = self.handed(model, *seed, game=game, journal=journal, true_state=true_state)
        if self.code is None:
            place = self.place or command.Place.here()
            process = command.Command(self.strategy, **given, place=place, journal=journal or Journal())
            return Player(process.act, process.aclose, str(self))
        given |= {k: v for k, v in self.options.items() if k in options_of(self.code)}
        if not inspect.isclass(self.code):
            return Player(partial(self.code, **given), name=str(self))
        agent: Any = self.code(**given)
        aclose = getattr(agent, "aclose", None)
        return Player(agent.act, aclose, str(self), interactive=self.interactive)

    def handed(
        self,
        model: Model | None,
        *seed: object,
        game: Game | None = None,
        journal: Journal | None = None,
        true_state: Callable[[], Any] | None = None,
    ) -> dict[str, Any]:
        """What a fresh player is given by name, beside its options and the views; arguments as for `seat`."""
        if self.code is None:
            return {"seed": derive(*seed, "rng")}
        parameters = options_of(self.code)
        name = self.strategy.rpartition(":")[2]
        if "true_state" in parameters and not name.startswith(CHEAT):
            raise BadOption(f"{self.strategy} asks for the true state: name it {CHEAT}{name}")
        given: dict[str, Any] = {"game": game, "true_state": true_state}
        if "model" in parameters:
            given["model"] = self.chat(model, *seed, journal=journal)
        if "rng" in parameters:
            given["rng"] = random.Random(derive(*seed, "rng"))
        return {name: value for name, value in given.items() if name in parameters}

    def chat(self, model: Model | None, *seed: object, journal: Journal | None = None) -> Chat:
        """The model as this agent asks it; arguments as for `seat`."""
        if model is None:
            raise BadOption(f"{self} needs a model to play with")
        parameters = options_of(self.code)
        rest = {k: v for k, v in self.options.items() if k not in parameters}
        return Chat(model, sampling_of(rest), derive(*seed, "model"), journal or Journal())


def load_agent(string: str) -> AgentSpec:
    """The agent that a string names, all of it checked but for the provider's own words.

    Raises:
        UnknownName: There is no such strategy or provider.
        BadOption: There is no such module, file or command, or it is no agent; an option has a wrong name or
            value; or the model is missing or not wanted.
        MissingDependency: The strategy needs a package that is not installed.
    """
    if recorded(string) != string:  # it stands in every log
        raise BadOption(f"{recorded(string)!r} names an agent by a key, or by what is no text: leave it out")
    if string.strip().startswith(command.PREFIX):
        return AgentSpec(command.canonical(string.strip()), {}, None, place=command.Place.here())
    name, options, model = split_agent(string)
    name, tail = loading.canonical(name), (model or "").strip()
    plain, _, misplaced = tail.partition("[")
    if "=" in misplaced and tail.endswith("]"):
        raise BadOption(f"{string!r}: options stand before the model: {name}[{misplaced[:-1]}]@{plain}")
    code = loading.find(name)
    if not loading.is_agent(code):
        raise BadOption(f"{name} is no agent: {_what_it_is(code)}")
    parameters = options_of(code)
    needs_model = "model" in parameters
    if needs_model and not tail:
        raise BadOption(f"{name} needs a model: {name}@PROVIDER/MODEL, such as {name}@local/smollm2-135m")
    tail = addressed(tail, options) if needs_model else tail
    if model is not None and not needs_model:
        raise BadOption(f"{name} plays without a model: drop {'@' + tail!r}")
    chosen = {key: _checked_option(name, parameters, key, value) for key, value in options.items()}
    if missing := [key for key in required(code) if key not in HANDED_IN and key not in chosen]:
        raise BadOption(f"{name} needs the option {missing[0]!r}: {name}[{missing[0]}=...]")
    if needs_model:
        check_model(tail)
    return AgentSpec(name, chosen, "/".join(split_model(tail)) if tail else None, code)


def split_agent(string: str) -> tuple[str, dict[str, Parameter], str | None]:
    """The strategy, the options and the model of an agent string that names no command.

    Raises:
        BadOption: It is not of that form.
    """
    strategy, rest = names.halves(string.strip())
    if rest and not rest.startswith("@"):
        raise BadOption(f"{string!r} is not of the form STRATEGY[option=value,...]@PROVIDER/MODEL")
    return *names.parse(strategy), rest[1:] if rest else None


def _checked_option(name: str, parameters: Mapping[str, Any], key: str, value: Parameter) -> Parameter:
    """An option's value as its strategy or its model wants it."""
    known = parameters.keys() - HANDED_IN
    if key in known:
        return checked(f"{name}: {key}", parameters[key], value)
    if "model" not in parameters:
        raise BadOption(f"{name} has no option {key!r}{suggestion(key, known)}")
    return setting(name, key, value, known)


def _what_it_is(thing: Any) -> str:
    """Why something is no agent, and what would be one."""
    if inspect.isclass(thing):
        return "its class has no method act(view)"
    if callable(getattr(thing, "act", None)):
        return "it is an object that all matches would share; name its class"
    return "it is neither a class with a method act(view) nor a function of a view"
