"""Oracles: what a position is worth, which moves are best, and what a move gave away.

An oracle is registered under `gtbench.oracles` by the name of its game, as a function from the loaded game to
an `Oracle`; `Game.oracle()` finds it. It grades a decision by what the deciding seat knew, never with
hindsight: in two states of one information set it says the same.

What takes time to compute is kept in the user's cache folder, see `stored`.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, Generic, final

from typing_extensions import TypeVar

from gtbench.errors import NoOracle
from gtbench.folders import cache_folder
from gtbench.game.fact import fact
from gtbench.screen import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from gtbench.game.knowledge import KnownGame
    from gtbench.game.view import View

TIE = 1e-9
"""Two moves whose values differ by no more are equally good."""

PATIENCE = 2.0
"""Seconds of computing after which a progress line appears."""

DIGEST_BYTES = 32
SOURCE_BYTES = 8
"""Of the digest of the code that made a file, which stands in its name."""


Policy = Mapping[str, Mapping[int, float]]
"""How a player plays: by information set, the weight of each action (engine's id); chances, or counts."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an oracle says of one decision; values are the deciding seat's payoffs in the game's own units."""

    value: float | None  # before the move, with best play from here; None where only the loss is known
    regret: float  # what the move gave away for certain: 0 for a best move
    best: tuple[int, ...]  # the moves that are no error, by the engine's ids
    stake: float  # how much the choice decided: the best move's value less the worst one's
    exact: bool = True  # whether `regret` is all that was given away; else see `Oracle.certifies`
    labels: tuple[str, ...] = ()
    plies_lost: int | None = None  # by how many plies the win comes later than it could; None if not known
    action_values: Mapping[int, float] = field(
        default_factory=dict, hash=False
    )  # of all legal moves, where known


G = TypeVar("G", bound="KnownGame", default=Any)
"""The class of the game."""


class Oracle(ABC, Generic[G]):
    """Exact knowledge of one game with its parameters.

    A subclass says the value of each action (`action_values`); the rest follows. Where an equilibrium mixes,
    or no move is best against every opponent, it says `policy` too.
    """

    yardstick: ClassVar[str]
    """What moves are measured against, in a few words: "perfect play", "equilibrium"."""
    certifies: ClassVar[str]
    """What exactly a grade is certain of, in one sentence."""

    complete: ClassVar[bool] = True
    """Whether it has a policy at every information set, so that a player can rely on it alone."""

    looks_ahead: ClassVar[bool] = False
    """Whether what follows on each legal move is known without a search: reports may ask for all of it."""

    def __init__(self, game: G) -> None:
        self.game = game

    def prepare(self) -> None:
        """Compute, or load from the cache, what every answer needs; called by itself when first needed."""
        return

    @abstractmethod
    def action_values(self, state: Any, seat: int) -> Mapping[int, float] | None:
        """The value of each legal action to the seat that is to move, by what it knows; None if undecidable.

        The payoff in the game's own units that the seat can expect with best play after the move, against
        what `yardstick` names.
        """

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        """The errors in a move with regret: a `gtbench.labels.Label`, or one of `Game.labels`."""
        return ()

    def costless(
        self, state: Any, seat: int, action: int, values: Mapping[int, float]
    ) -> tuple[tuple[str, ...], int | None]:
        """What a move without regret has missed (`gtbench.labels.COSTLESS`), and how much later it wins."""
        return (), None

    def value(self, state: Any, seat: int) -> float | None:
        """What the position is worth to the seat that is to move; None if that is not decidable."""
        values = self.action_values(state, seat)
        return max(values.values()) if values else None

    def outlook(self, state: Any) -> tuple[float, float] | None:
        """What each seat can expect where a seat is to move, or has earned at the end; None if not known.

        Luck is measured by it: what chance gives beyond the mean of what it could have given. Any function of
        the state does so without bias; the nearer it is to what really follows, the more luck it explains.
        """
        if state.is_terminal():
            first, second = state.returns()
            return float(first), float(second)
        if not self.game.zero_sum or self.game.simultaneous:
            return None
        mover = state.current_player()
        value = self.value(state, mover)
        if value is None:
            return None
        return (value, -value) if mover == 0 else (-value, value)

    def mean_outlook(self, state: Any) -> tuple[float, float] | None:
        """The outlook, averaged over all that chance can do before a seat is to move; None if not known."""
        if not state.is_chance_node():
            return self.outlook(state)
        first = second = 0.0
        for outcome, probability in state.chance_outcomes():
            found = self.mean_outlook(state.child(outcome))
            if found is None:
                return None
            first += probability * found[0]
            second += probability * found[1]
        return first, second

    @cached_property
    def outlook_at_start(self) -> tuple[float, float] | None:
        """The outlook before anything is dealt, averaged over all deals."""
        return self.mean_outlook(self.game.engine.new_initial_state())

    def policy(self, view: View) -> Mapping[int, float] | None:
        """How best to play: the chance of each move, by the engine's ids; None if that is not decidable."""
        state = self.game.determinise(view.seen, view.seat, Random(0))
        values = self.action_values(state, view.seat)
        if not values:
            return None
        best = best_of(values)
        return dict.fromkeys(best, 1 / len(best))

    def welfare(self, state: Any) -> Mapping[str, float]:
        """How good the end of a match was for both seats together, by measure; most games have no measure.

        Asked of games that are not zero-sum only, see the report `general_sum`.
        """
        return {}

    def conduct(self, state: Any, seat: int) -> Mapping[str, tuple[float, float]]:
        """How a seat dealt with the other in a match that has ended, by measure; most games have no measure.

        Asked as `welfare` is.

        Returns:
            How often it did so, and how often it had the choice.
        """
        return {}

    def grade(self, state: Any, seat: int, action: int) -> Verdict | None:
        """What a decision gave away; None where that is not decidable."""
        values = self.action_values(state, seat)
        if not values:
            return None
        return self.verdict(state, seat, action, values)

    @final
    def verdict(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> Verdict:
        """The verdict on a move where the values of all are known."""
        high, low = max(values.values()), min(values.values())
        best = best_of(values)
        regret = 0.0 if action in best else high - values[action]
        if regret:
            labels, plies_lost = self.labels(state, seat, action, values), None
        else:
            labels, plies_lost = self.costless(state, seat, action, values)
        stake = high - low if len(best) < len(values) else 0.0
        return Verdict(high, regret, best, stake, labels=labels, plies_lost=plies_lost, action_values=values)


class Unsolved(Oracle[G]):
    """The oracle of a game that has none: nothing about its moves is decidable."""

    yardstick: ClassVar[str] = "nothing"
    certifies: ClassVar[str] = "Nothing: the game has no oracle."

    def action_values(self, state: Any, seat: int) -> None:
        """Nothing is known."""
        return


class PolicyOracle(Oracle[G]):
    """Exact knowledge of a game in which whole policies can be written down and compared.

    A `Policy` says how a player plays at every information set of both seats. It may leave some out.
    """

    tells_apart: ClassVar[bool] = False
    """Whether a match is long enough to recognise the opponent; else all opponents count as one."""

    @fact
    @abstractmethod
    def default_policy(self) -> Policy:
        """What is played at information sets that a policy leaves out: an equilibrium where one is known."""

    @fact
    def equilibrium_policy(self) -> Policy:
        """An equilibrium: how an opponent is taken to play at information sets where it was not seen."""
        default: Policy = self.default_policy
        return default

    @abstractmethod
    def information_set(self, state: Any, seat: int) -> str:
        """A name of all that the seat knows and that matters to how it should play."""

    @abstractmethod
    def against(self, opponent: Policy) -> BestResponse:
        """The best response to an opponent's policy, which may be pooled counts of its moves.

        The grades of the oracle returned are regrets against that best response. They depend on nothing
        that the seat does not see.
        """

    @abstractmethod
    def best_response(self, opponent: Policy) -> Policy:
        """A best response to an opponent's policy, in both seats."""

    @abstractmethod
    def payoffs(self, own: Policy, other: Policy) -> tuple[float, float]:
        """What a player earns on average in seat 0 and in seat 1 against another."""

    def nash_conv(self, policy: Policy) -> float:
        """NashConv: what best responses to a policy earn beyond the policy's own play, both seats added up.

        What the policy leaves out is played as in `default_policy`.
        """
        best = sum(self.payoffs(self.best_response(policy), policy))
        return best - (0.0 if self.game.zero_sum else sum(self.payoffs(policy, policy)))

    @abstractmethod
    def exploiter(self, policy: Policy) -> Callable[[Policy], float]:
        """Fit a policy that exploits another one, and stays as it is.

        Returns:
            A function from any policy to the least that the exploiter gains against it, both seats added
            up, however the information sets are played that the policy leaves out. The gain is counted beyond
            the policy's own play, as in `nash_conv`, so no completion of the policy has a smaller
            NashConv. It can be negative.
        """


class BestResponse(Oracle[G]):
    """The best response to an opponent's policy, as an oracle that grades moves against it."""

    yardstick: ClassVar[str] = "the best response to the opponent's policy"
    certifies: ClassVar[str] = "A regret is the expected loss against an opponent that plays as was told."

    @abstractmethod
    def paid_by(self, opponent: Policy) -> Oracle:
        """The action values where this response follows, against an opponent with another policy."""


def best_of(values: Mapping[int, float]) -> tuple[int, ...]:
    """The actions of the highest value."""
    high = max(values.values())
    return tuple(action for action, value in values.items() if value >= high - TIE)


def refuse(game: KnownGame, why: str) -> NoOracle:
    """The error of an oracle that cannot grade a game with these parameters."""
    return NoOracle(f"there is no oracle for {game}: {why}")


Tick = Callable[[float], None]
"""Told now and then what share of the work is done, from 0 to 1."""


def stored(name: str, make: Callable[[Tick], Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[np.generic]]:
    """Arrays that take long to compute, from the user's cache folder, or made now and kept there.

    They are made again when the code that makes them has changed: the module of `make`, or any beside it.

    Args:
        name: What they are, with all parameters that they depend on, as a file may be called.
        make: Computes them; a line of progress is shown on a terminal when that takes more than two seconds.

    A file whose checksum is wrong is made again. A cache folder that cannot be written is no error.
    """
    import numpy as np

    folder = cache_folder()
    path = folder / "oracles" / f"{name}-{_source(make.__module__)}.npz" if folder else None
    if path and (kept := _read(path)) is not None:
        return kept
    with _progress(f"computing exact play of {name}, once") as tick:
        made = dict(make(tick))
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **made)
    if path:
        _keep(path, content.getvalue())
    return made


@cache
def _source(module: str) -> str:
    """A digest of the source of a module that was imported, and of all beside it."""
    digest = hashlib.blake2b(digest_size=SOURCE_BYTES)
    for path in sorted(Path(sys.modules[module].__file__ or "").parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, NDArray[np.generic]] | None:
    """The arrays in a file, unless it is not there or not whole."""
    import numpy as np

    try:
        written = path.read_bytes()
    except OSError:
        return None
    content, digest = written[:-DIGEST_BYTES], written[-DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def _keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, its checksum at its end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
        with os.fdopen(handle, "wb") as file:
            file.write(content + hashlib.sha256(content).digest())
        Path(scratch).replace(path)
    except OSError:  # it is computed again next time
        return


@contextmanager
def _progress(what: str) -> Iterator[Tick]:
    """A line of progress on standard error, if it is a terminal and the work takes long."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console(stderr=True), transient=True)
    task = progress.add_task(what, total=None)
    started, shown = time.monotonic(), threading.Timer(PATIENCE, progress.start)

    def tick(share: float) -> None:
        if time.monotonic() - started > PATIENCE:
            progress.update(task, completed=share, total=1.0)

    if progress.console.is_terminal:
        shown.start()
    try:
        yield tick
    finally:
        shown.cancel()
        progress.stop()
