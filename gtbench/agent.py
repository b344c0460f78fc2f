"""Agents: what plays. An agent is given a `View` and returns a `Decision`; a string names it.

    STRATEGY                              random
    STRATEGY@PROVIDER/MODEL               cot@openai/gpt-5
    STRATEGY[option=value,...]@...        prompt[temperature=0.2,max_tokens=64]@local/smollm2-135m

A strategy is a class registered under `gtbench.agents`. Its constructor's keyword-only parameters are its
options, checked against their annotations, but for those that gtbench hands in where they are asked for:
`model`, the `Chat` to ask; `rng`, a `random.Random` of this match and seat alone; and `game`, the `Game` with
its parameters, which knows the rules and nothing of the match. A strategy for some games only names them in a
class attribute `games`.

A cheat may ask for `true_state` too, a function that copies the engine's state as it is, hidden luck
included. It gets it only under a strategy's name that says so, `clairvoyant_...`.
"""

from __future__ import annotations

import inspect
import random
import re
import sys
import typing
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import TypeAdapter, ValidationError

from gtbench import registry
from gtbench.errors import BadOption, suggestion
from gtbench.game import derive
from gtbench.models import Chat, Journal, Model, Sampling, check_model, split_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gtbench.game import Game
    from gtbench.records import Finish, Form, Parameter
    from gtbench.table import View

_WRITTEN = re.compile(r"(?P<strategy>[^@\[\]]*(?:\[[^\[\]]*\])?)(?:@(?P<model>.*))?")

HANDED_IN = frozenset({"model", "rng", "game", "true_state"})

CHEAT = "clairvoyant_"
"""How the name of a strategy begins that is shown the true state."""

_SECRET = re.compile(r"key|secret|password|authorization|(^|_)token$", re.IGNORECASE)
"""An option of the provider's own that would put a key into every log."""

OWN = "x_"
"""How an option begins that is sent to the provider as it stands: `x_top_k=40` sends top_k."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An agent's answer to a view: the reply to be read, why it ended, and how its answer is written."""

    reply: str
    finish: Finish = "stop"
    form: Form = "tag"


class Agent(Protocol):
    """One seat's player for one match."""

    async def act(self, view: View) -> Decision:
        """Answer with a reply whose last line is `Action: MOVE`.

        `view.objection` is set when the same question is asked again because the last answer was faulty.
        """
        ...


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """An agent by name and options: what a tournament lists, and what makes the player of each match."""

    strategy: str
    options: Mapping[str, Parameter]
    model: str | None

    def __str__(self) -> str:
        """The canonical agent string: options in alphabetical order, as they were said."""
        options = ",".join(
            f"{key}={registry.show_value(value)}" for key, value in sorted(self.options.items())
        )
        return self.strategy + (f"[{options}]" if options else "") + (f"@{self.model}" if self.model else "")

    def seat(
        self,
        model: Model | None,
        *seed: object,
        game: Game | None = None,
        journal: Journal | None = None,
        true_state: Callable[[], Any] | None = None,
    ) -> Agent:
        """A fresh player for one match and seat.

        Args:
            model: The connected model, where the agent has one.
            seed: What its randomness, and that of its model, depends on.
            game: The game, for an agent that asks for it or plays some games only.
            journal: Is given all that is asked of the model.
            true_state: Copies the match's state, for a cheat; left out where no match is played yet.

        Raises:
            BadOption: It cannot play so: it lacks a model, or does not play the game.
        """
        strategy = registry.load("agents", self.strategy)
        parameters = _options_of(strategy)
        played: tuple[str, ...] = getattr(strategy, "games", ())
        if game and played and game.name not in played:
            raise BadOption(f"{self.strategy} plays {' and '.join(played)} only, not {game}")
        if "true_state" in parameters and not self.strategy.startswith(CHEAT):
            raise BadOption(f"{self.strategy} asks for the true state: name it {CHEAT}{self.strategy}")
        chosen: dict[str, Any] = {k: v for k, v in self.options.items() if k in parameters}
        if "model" in parameters:
            chosen["model"] = self.chat(model, *seed, journal=journal)
        if "rng" in parameters:
            chosen["rng"] = random.Random(derive(*seed, "rng"))
        handed = {"game": game, "true_state": true_state}
        chosen |= {name: value for name, value in handed.items() if name in parameters}
        agent: Agent = strategy(**chosen)
        return agent

    def chat(self, model: Model | None, *seed: object, journal: Journal | None = None) -> Chat:
        """The model as this agent asks it; arguments as for `seat`."""
        if model is None:
            raise BadOption(f"{self} needs a model to play with")
        parameters = _options_of(registry.load("agents", self.strategy))
        rest = {k: v for k, v in self.options.items() if k not in parameters}
        own = {k.removeprefix(OWN): rest.pop(k) for k in list(rest) if k.startswith(OWN)}
        sampling = Sampling.model_validate(rest | ({"extra": own} if own else {}))
        return Chat(model, sampling, derive(*seed, "model"), journal or Journal())


def load_agent(string: str) -> AgentSpec:
    """The agent that a string names, all of it checked but for the provider's own words.

    Raises:
        UnknownName: There is no such strategy or provider.
        BadOption: An option has a wrong name or value, or the model is missing or not wanted.
    """
    written = _WRITTEN.fullmatch(string.strip())
    if not written:
        raise BadOption(f"{string!r} is not of the form STRATEGY[option=value,...]@PROVIDER/MODEL")
    name, options = registry.parse(written["strategy"])
    tail = (written["model"] or "").strip()
    parameters = _options_of(registry.load("agents", name))
    needs_model = "model" in parameters
    if needs_model and not tail:
        raise BadOption(f"{name} needs a model: {name}@PROVIDER/MODEL, such as {name}@local/smollm2-135m")
    if written["model"] is not None and not needs_model:
        raise BadOption(f"{name} plays without a model: drop {'@' + tail!r}")
    known = parameters.keys() - HANDED_IN
    sampling = Sampling.options() if needs_model else ()
    checked: dict[str, Parameter] = {}
    for key, value in options.items():
        if key in known:
            checked[key] = _checked(f"{name}: {key}", parameters[key], value)
        elif key in sampling:
            checked[key] = _checked(f"{name}: {key}", Sampling.annotation(key), value)
        elif needs_model and key.startswith(OWN):
            if _SECRET.search(key):
                raise BadOption(f"{name}: {key} is no option: keys come from the environment or a .env file")
            checked[key] = value
        else:
            raise BadOption(f"{name} has no option {key!r}{suggestion(key, [*known, *sampling])}")
    if needs_model:
        check_model(tail)
    return AgentSpec(name, checked, "/".join(split_model(tail)) if tail else None)


@cache
def _options_of(strategy: Any) -> dict[str, Any]:
    """A strategy's constructor parameters and their annotations."""
    parameters = inspect.signature(strategy).parameters
    # what is handed in may be annotated with a name that is imported for type checkers only
    written = SimpleNamespace(
        __annotations__={name: p.annotation for name, p in parameters.items() if name not in HANDED_IN}
    )
    scope = sys.modules[strategy.__module__].__dict__
    hints = typing.get_type_hints(written, scope, include_extras=True)  # with the bounds of Annotated
    return {name: hints.get(name) for name in parameters}


def _checked(label: str, annotation: Any, value: Parameter) -> Parameter:
    """An option's value as the annotation wants it."""
    try:
        if isinstance(value, bool) and annotation is not bool:
            value = registry.show_value(value)  # else it would pass for a number
        checked: Parameter = TypeAdapter(annotation).validate_python(value)
    except ValidationError as error:
        message = error.errors()[0]["msg"]
        raise BadOption(f"{label}={registry.show_value(value)}: {message[0].lower()}{message[1:]}") from None
    return checked
