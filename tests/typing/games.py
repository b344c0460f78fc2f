"""What the author of a game, a skin, an oracle or a question writes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from gtbench import Game, load_game
from gtbench.check import check_game
from gtbench.game import svg
from gtbench.game.oracle import Oracle, PolicyOracle
from gtbench.game.questions import Question, how_many, which
from gtbench.labels import About, Label, Slip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from gtbench import Deal
    from gtbench.game.oracle import BestResponse, Policy


class Attributes(Game):
    """All that can be a class attribute is one."""

    name = "attributes"
    title = "Attributes"
    engine_name = "kuhn_poker"
    defaults = {"players": 2}
    allowed = {"players": (2, 2)}
    variants = ("players=2",)
    paper_class = "incomplete, probabilistic, dynamic"
    abilities = ("bluff", "math")
    oracle_class = "my_package.games:Knowing"
    skin_classes = {"other": "my_package.games:Skin"}
    labels = {"dozed_off": About("the clock was not looked at", Slip.MISINTERPRETATION)}
    quick = True
    asked_at_once = False
    tells_alike = True
    moves = ("pass", "bet")
    synonyms = frozenset({"check", "fold", "call"})
    form = '"pass" or "bet"'
    sampled = False
    forfeit_reward = -2.0
    questions = (how_many("pot", "how many chips are in the pot", lambda *_: 2),)

    def write_rules(self, seat: int) -> str:
        return f"A move is {self.form}. You are player {seat}."

    def observe(self, state: Any, seat: int) -> str:
        return str(state.observation_string(seat))

    def picture(self, state: Any) -> str:
        return str(state)


class Skin(Attributes):
    """The same in other words."""

    skin = "other"
    title = "Other"
    moves = ("keep", "add")
    synonyms = frozenset({"keep the coin"})
    form = '"keep" or "add"'
    questions = (
        which(
            "card",
            "your own card",
            lambda *_: ["j"],
            ("j", "q", "k"),
            said=("i hold",),
            called={"jack": "j"},
        ),
    )


class Methods(Game):
    """All that can be worked out is."""

    name, title, engine_name = "methods", "Methods", "nim"
    paper_class, abilities = "complete, deterministic, dynamic", ("math",)

    @cached_property
    def form(self) -> str:
        return f'such as "{self.moves[0]}"'

    @property
    def sampled(self) -> bool:
        return bool(self.parameters)

    @property
    def forfeit_reward(self) -> float:
        return float(self.engine.min_utility())

    @property
    def questions(self) -> tuple[Question, ...]:
        return ()

    def name_moves(self) -> tuple[str, ...]:
        return tuple(f"take {action}" for action in range(self.num_actions))

    def write_rules(self, seat: int) -> str:
        return self.form + str(seat)

    def observe(self, state: Any, seat: int) -> str:
        return str(state)

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        return ", ".join(moves.values())

    def picture(self, state: Any) -> str:
        return str(state)

    def draw(self, state: Any) -> str:
        return svg.lines(self.picture(state))

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return (self.moves[action], str(action))

    def start(self, deal: Deal) -> Any:
        return self.engine.new_initial_state()

    def chance_event(self, state: Any, number: int) -> str:
        return f"event {number}"

    def determinise(self, seen: Sequence[int | None], seat: int, rng: Random) -> Any:
        return super().determinise(seen, seat, rng)

    def forfeit_action(self, state: Any, seat: int, *, offender: bool) -> int:
        return self.legal(state, seat)[0 if offender else -1]


class Knowing(Oracle[Attributes]):
    """Knows a game of its own."""

    yardstick = "perfect play"
    certifies = "All of it."

    def action_values(self, state: Any, seat: int) -> Mapping[int, float] | None:
        return {action: float(len(self.game.moves[action])) for action in self.game.legal(state, seat)}

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        return (Label.MISSED_WIN, "dozed_off")


class Comparing(PolicyOracle[Attributes]):
    """Compares whole ways to play."""

    yardstick, certifies = "equilibrium", "What is lost."

    @cached_property
    def default_policy(self) -> Policy:
        return {"": {0: 1.0}}

    @property
    def equilibrium_policy(self) -> Policy:
        return {"": {0: 0.5, 1: 0.5}}

    def action_values(self, state: Any, seat: int) -> Mapping[int, float] | None:
        return None

    def information_set(self, state: Any, seat: int) -> str:
        return str(state.information_state_string(seat))

    def against(self, opponent: Policy) -> BestResponse:
        raise NotImplementedError

    def best_response(self, opponent: Policy) -> Policy:
        return opponent

    def payoffs(self, own: Policy, other: Policy) -> tuple[float, float]:
        return (0.0, 0.0)

    def exploiter(self, policy: Policy) -> Callable[[Policy], float]:
        return lambda other: float(len(other))

    def paid_by(self, opponent: Policy) -> Oracle:
        return self


def checks() -> list[str]:
    """Loads and checks games."""
    game = load_game("kuhn_poker", players=2)
    shown = [game.rules(0), *game.skins(), str(game.deal(7)), game.form]
    return shown + [finding.evidence for finding in check_game(Attributes())]
