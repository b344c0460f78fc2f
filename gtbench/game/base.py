"""A game: an OpenSpiel game told in words.

The engine (OpenSpiel) is the authority on rules, legality, chance and payoffs. A `Game` adds the language:
what a seat reads (`rules`, `observe`, `tell`), what a move is called (`say`) and which move an answer names
(`hear`). Whatever a text states about the game is read off the loaded engine, never written down twice.

Not here: whose turn it is and what has happened so far (`gtbench.game.table`), or how an answer is found in a
reply (`gtbench.reply`).
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from functools import cached_property, partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, final

import numpy as np
import pyspiel

from gtbench import names, registry
from gtbench.errors import BadOption, NoOracle, suggestion
from gtbench.game import memo, svg
from gtbench.game.fact import fact
from gtbench.game.luck import WIDE, drawn
from gtbench.game.memo import Memo
from gtbench.labels import FaultKind
from gtbench.records import PLAYERS, Fault, Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from random import Random

    from numpy.typing import NDArray

    from gtbench.game.oracle import Oracle
    from gtbench.game.questions import Question

TYPE_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
"""Characters without width, a byte order mark among them, that change nothing at the ends of a word."""
QUOTES = " \t\r\n\"'`*_\u201c\u201d\u2018\u2019\u00ab\u00bb" + INVISIBLE
BEFORE = QUOTES + ":([{"
AFTER = QUOTES + ".,;:!)]}"
"""What may stand around a move without changing it: quotes, brackets, markdown emphasis, punctuation."""

DASHES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-") | {"\u2192": "->", "\u21d2": "=>"}
)
"""Dashes and arrows as they are written in ASCII."""

_WRAPPED = re.compile(r"<(.*)>|\$(.*)\$|\\(?:boxed|text)\{(.*)", re.DOTALL)
"""A move in angle brackets or in a formula. Both brackets must be there: "<5" may mean less than five."""

QUOTED_CHARACTERS = 60
"""How much of an answer is quoted back in a fault."""

LONGEST_ANSWER = 200
"""Characters of an answer that is searched for the moves it names; no longer one could be a move."""

LARGEST_WHOLE = 1 << 53
"""Beyond it a whole number has no exact float."""

SMALLEST_STEP = 1 / LARGEST_WHOLE

OPENING_PLIES = 2
"""The length of a random opening."""

MOST_DRAWS = 10_000
"""How often hidden luck is drawn at most until it agrees with what a seat has seen."""

SEATS = tuple(range(PLAYERS))


def derive(*parts: object, bits: int = 48) -> int:
    """A whole number below 2**bits that depends on each of the parts, and on nothing else."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> (64 - bits)


def quote(text: str) -> str:
    """The beginning of a player's words in double quotes, as ASCII and not too long."""
    quoted = ""
    for character in text:
        escaped = json.dumps(character)[1:-1]
        if len(quoted) + len(escaped) > QUOTED_CHARACTERS:
            return f'"{quoted}..."'
        quoted += escaped
    return f'"{quoted}"'


def number(value: float) -> str:
    """A number in full: whole ones without a point, none in scientific notation."""
    return str(int(value)) if value == int(value) else repr(float(value))


def normalise(answer: str) -> str:
    """An answer without what does not change the move: case, spacing, wrapping, and the form of dashes."""
    said = " ".join(answer.casefold().split())
    bare = (said if said.isascii() else said.translate(DASHES)).lstrip(BEFORE).rstrip(AFTER)
    while len(bare) <= LONGEST_ANSWER and (wrapped := _WRAPPED.fullmatch(bare)):
        bare = "".join(wrapped.groups("")).lstrip(BEFORE).rstrip(AFTER)
    return bare


class Deal(NamedTuple):
    """A game's luck: every chance event is drawn from (seed, event), whatever the order of play.

    Two tables on the same deal get the same luck at the same event, so the two matches of a seat-swapped
    pair, and every pair of agents, meet the same cards.
    """

    game: str  # the engine's name, so that variants and skins of a game share their luck
    seed: int  # a number that somebody has chosen, or one that is drawn under a run's luck key

    def uniform(self, event: str) -> float:
        """The event's number in [0, 1)."""
        text = f"{self.game}\x1f{self.seed}\x1f{event}"  # as in `derive`, but faster
        return (int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 11) * SMALLEST_STEP

    def part(self, name: str) -> Deal:
        """The luck of a part of the deal, for a game whose engine draws by itself from a seed.

        An engine's seeds are so short that all can be tried. So what a seat sees and what is hidden from it
        are drawn from different parts, neither of which tells anything of the other. A deal whose own seed
        somebody has chosen is no secret, and is all of one part.
        """
        return self if self.seed < WIDE else self._replace(seed=drawn(self.seed, name))

    def draw(self, event: str, outcomes: Sequence[tuple[int, float]]) -> int:
        """The event's outcome, among (outcome, probability) pairs."""
        luck = self.uniform(event)
        for outcome, probability in outcomes:
            luck -= probability
            if luck < 0:
                return int(outcome)
        return int(outcomes[-1][0])  # probabilities that sum to just under 1


class Game(ABC):
    """An OpenSpiel game for two seats, told in words; a subclass is one game, or one skin of a game.

    Args:
        parameters: Settings of the game, by the names in `defaults`.

    Raises:
        BadOption: A parameter has a name or a value that this game does not take.

    A game holds no state of play: one object serves any number of matches at once.
    """

    name: ClassVar[str]
    """The name in gtbench, such as "kuhn_poker"; a skin has the name of its game."""
    skin: ClassVar[str] = ""
    """The skin's name; empty for the game as it is known."""
    title: ClassVar[str]
    """The name in prose, such as "Kuhn Poker"."""
    engine_name: ClassVar[str]
    """The name in OpenSpiel."""
    defaults: ClassVar[Mapping[str, Parameter]] = {}
    """Every parameter that can be set, and its value in the paper."""
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    """What numbers and texts may be: (lowest, highest) of numbers, every value of texts."""
    variants: ClassVar[tuple[str, ...]] = ()
    """Settings worth a tournament beside the defaults, as they stand in brackets: "winscore=100"."""
    paper_class: ClassVar[str]
    """The paper's label, which need not agree with the engine's type."""
    abilities: ClassVar[tuple[str, ...]]
    """What the paper says the game asks for: board, math, bluff, bids, collaboration."""
    asked_at_once: ClassVar[bool] = False
    """The engine asks seat 0, then seat 1, but neither may know the other's move: both are asked at once."""
    oracle_class: ClassVar[str] = ""
    """Where its exact play stands, as "module:attribute" of a `gtbench.game.oracle.Oracle`; empty for none.

    Its skins inherit it. A subclass with a `name` of its own is another game, and inherits neither this nor
    the skins.
    """
    skin_classes: ClassVar[Mapping[str, str]] = {}
    """Its skins by name, each as "module:attribute" of a subclass."""
    tells_alike: ClassVar[bool] = False
    """What `tell` says hangs on nothing but the moves and the luck of the ply: it is remembered."""
    moves: tuple[str, ...]
    """The canonical form of every move, lower-case, by the engine's action id; "" for an id without a use.

    Two ids may share a form if they are never legal at once.
    """
    synonyms: frozenset[str] = frozenset()
    """Other lower-case forms that `spellings` can give a move."""

    def __init_subclass__(cls) -> None:
        if "name" in vars(cls):  # another game, whose rules may be others
            cls.oracle_class = vars(cls).get("oracle_class", "")
            cls.skin_classes = vars(cls).get("skin_classes", {})

    def __init__(self, /, **parameters: Parameter) -> None:
        self.parameters = self.checked(parameters)
        self.engine: Any = self.load_engine()
        self.zero_sum: bool = self.engine.get_type().utility == pyspiel.GameType.Utility.ZERO_SUM
        self.simultaneous: bool = (
            self.asked_at_once or self.engine.get_type().dynamics == pyspiel.GameType.Dynamics.SIMULTANEOUS
        )
        self.perfect: bool = (
            self.engine.get_type().information == pyspiel.GameType.Information.PERFECT_INFORMATION
        )
        self.num_actions: int = self.engine.num_distinct_actions()
        self._informed: bool = self.engine.get_type().provides_information_state_tensor
        self.opening_plies: int = OPENING_PLIES if self.parameters.get("opening") == "random" else 0
        self.moves = self.name_moves()
        if len(self.moves) != self.num_actions:
            raise TypeError(
                f"{self.name} names {len(self.moves)} moves, but its engine has {self.num_actions}"
            )
        self.vocabulary: tuple[str, ...] = tuple(dict.fromkeys(filter(None, self.moves)))
        """Every move of the game in words, each once."""
        self._worded = Memo(self._words)
        self._lists_all = type(self).list_moves is Game.list_moves
        self.told: tuple[dict[tuple[int, ...], tuple[str, str]], ...] = tuple({} for _ in SEATS)
        """What `tell_both` says of a ply, by its player and its part of the engine's history."""
        self._rules = {seat: self._whole_rules(seat) for seat in SEATS}
        self.constant = tuple((self.name, self.rules(seat), self.vocabulary) for seat in SEATS)
        """What is the same in every view of a seat: the game's name, the rules and all moves."""

    def checked(self, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        """All parameters: those given, each in the type of its default, and the defaults of the rest."""
        return dict(self.defaults) | {name: self._checked(name, value) for name, value in parameters.items()}

    def _checked(self, name: str, value: Parameter) -> Parameter:
        """A parameter's value in the type of its default."""
        if name not in self.defaults:
            known = suggestion(name, self.defaults, listed=True)
            raise BadOption(f"{self.name} has no parameter {name!r}{known}")
        wanted = type(self.defaults[name])
        allowed = self.allowed.get(name)
        if wanted is float and type(value) is int and abs(value) < LARGEST_WHOLE:
            value = float(value)
        if wanted is str and type(value) is str:
            right = not allowed or value in allowed
        else:
            right = type(value) is wanted and (not allowed or allowed[0] <= value <= allowed[1])
        if not right:
            what = TYPE_NAMES[wanted]
            if allowed:
                what = " or ".join(allowed) if wanted is str else f"{what} from {allowed[0]} to {allowed[1]}"
            raise BadOption(f"{self.name}: {name} is {what}, not {self._shown(value)}")
        return value

    @staticmethod
    def _shown(value: object) -> str:
        """A wrong value as an error line quotes it, not too long."""
        if type(value) is int and abs(value) >= LARGEST_WHOLE:
            return "a number of so many digits"
        shown = repr(value)
        return shown if len(shown) <= QUOTED_CHARACTERS else f"{shown[:QUOTED_CHARACTERS]}..."

    def load_engine(self) -> Any:
        """The engine's game; called once. What the engine would not take has been refused before."""
        known = pyspiel.load_game(self.engine_name).get_type().parameter_specification
        return pyspiel.load_game(self.engine_name, {k: v for k, v in self.parameters.items() if k in known})

    def __reduce__(self) -> tuple[Any, ...]:
        return _load, (type(self), self.parameters)  # an engine of the Python kind cannot be pickled

    def __str__(self) -> str:
        """The name with the skin and each parameter that is not the default: `nim[pile_sizes=2;4;6]`."""
        changed = [
            f"{name}={names.show_value(value)}"
            for name, value in sorted(self.parameters.items())
            if value != self.defaults[name]
        ]
        changed += [f"skin={self.skin}"] if self.skin else []
        return f"{self.name}[{','.join(changed)}]" if changed else self.name

    @property
    def engine_type(self) -> str:
        """What the engine says of the game: "sequential, deterministic, perfect information, zero-sum"."""
        kind = self.engine.get_type()
        words = (kind.dynamics, kind.chance_mode, kind.information, kind.utility)
        said = ", ".join(word.name.lower().replace("_", " ") for word in words)
        return said.replace("explicit stochastic", "stochastic").replace(" sum", "-sum")

    @classmethod
    def skins(cls) -> tuple[str, ...]:
        """The skins there are of this game: the same tree in other words."""
        return tuple(cls.skin_classes)

    def deal(self, seed: int) -> Deal:
        """The deal with this seed."""
        return Deal(self.engine_name, seed)

    def oracle(self) -> Oracle[Self]:
        """Exact knowledge of the game with these parameters; a skin has that of its game.

        Raises:
            NoOracle: There is none.
        """
        if not self.oracle_class:
            raise NoOracle(f"there is no oracle for {self.name}")
        oracle: Oracle[Self] = registry.imported(f"the oracle of {self.name}", self.oracle_class)(self)
        return oracle

    # The tree. Only where gtbench asks or deals otherwise than the engine does by itself.

    @fact
    def sampled(self) -> bool:
        """Whether the start of a match is drawn otherwise than at the engine's chance nodes."""
        return False

    def start(self, deal: Deal) -> Any:
        """The engine's initial state on a deal, before its chance nodes."""
        return self.engine.new_initial_state()

    def twin(self, start: Any, seat: int, number: int) -> Any:
        """A start of a match that differs only in what the seat may not know, or None.

        For games whose deals hardly ever agree in all that a seat knows, so that the judge of secrecy would
        find nothing to compare; `number` counts the twins of one start.
        """
        return None

    def chance_event(self, state: Any, number: int) -> str:
        """The name under which the deal draws this chance node; `number` counts the match's from 0.

        A name that tells where in the game the node is, rather than how many came before, gives a seat the
        same luck whatever the other has done.
        """
        return str(number)

    def legal(self, state: Any, seat: int) -> list[int]:
        """The engine's ids of a seat's legal moves; none when it is not to move."""
        if seat == 1 and self.asked_at_once and state.current_player() == 0:
            state = state.child(state.legal_actions()[0])
        legal: list[int] = state.legal_actions(seat)
        return legal

    def information(self, state: Any, seat: int) -> Hashable:
        """What a seat may know, by the engine's own account; the judge holds views against it."""
        if self.perfect:
            return (str(state), *state.history())
        if self.engine.get_type().provides_information_state_string:
            return str(state.information_state_string(seat))
        raise TypeError(f"{self.name} does not say what a seat may know: its engine has no information state")

    def history(self, state: Any) -> tuple[int, ...]:
        """The whole match as numbers: what was dealt beforehand, if anything, and the engine's history."""
        return tuple(state.history())

    def mask(self, history: tuple[int, ...], seat: int) -> tuple[int | None, ...]:
        """What a seat knows of a match, given its `history`, for players that compute.

        In a game of perfect information all of it; otherwise a game says it: as a rule None in place of each
        outcome of chance that the seat may not know. Empty where nothing is said.
        """
        return history if self.perfect else ()

    @final
    def seen(self, state: Any, seat: int) -> tuple[int | None, ...]:
        """What a seat knows in a state, as the engine's numbers."""
        return self.mask(self.history(state), seat)

    def determinise(self, seen: Sequence[int | None], seat: int, rng: Random) -> Any:
        """A state that a seat may be in, drawn by chance from all those that agree with what it has seen.

        Hidden outcomes are drawn as chance draws them, and a draw after which a known entry is not possible
        is thrown away. What the players may have meant by their moves plays no part. The states come up with
        exactly their conditional probabilities wherever what is hidden decides only whether a later known
        outcome is possible, never how likely it then is, as with cards and dice; another game overrides this.

        Args:
            seen: What `seen` says to the seat, of a state in which a player is to move or the match is over.
            seat: The seat.
            rng: The luck of the draw.

        Raises:
            TypeError: The game does not say what a seat has seen.
            ValueError: No state agrees with it.
        """
        for _ in range(MOST_DRAWS):
            state = replay(self.engine.new_initial_state(), seen, rng)
            if state is not None:
                if state.is_chance_node():
                    raise TypeError(f"{self.name} does not say what a seat has seen: write its Game.mask")
                return state
        raise ValueError(f"no state of {self} was found in which seat {seat} has seen {tuple(seen)}")

    def rules(self, seat: int) -> str:
        """The rules as a seat reads them."""
        return self._rules[seat]

    def _whole_rules(self, seat: int) -> str:
        """The game's rules, and that the match begins with a random opening if it does."""
        opening = f"\nThe first {OPENING_PLIES} moves of the match, one of each player, are drawn at random."
        return self.write_rules(seat) + (opening if self.opening_plies else "")

    # What a seat reads. All of it ASCII.

    @abstractmethod
    def write_rules(self, seat: int) -> str:
        """The whole of the rules, with the seat's own facts and no advice; called once a seat."""

    @abstractmethod
    def observe(self, state: Any, seat: int) -> str:
        """The current state as this seat may know it."""

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        """One line of history for a seat, about moves just made; `state` is what they and chance led to."""
        return f"You: {moves[seat]}" if seat in moves else f"Opponent: {moves[1 - seat]}"

    def tell_both(
        self, state: Any, player: int, ply: tuple[int, ...], moves: Mapping[int, str]
    ) -> tuple[str, str]:
        """What both seats are told of a ply, as what follows a line's number; remembered where it can be."""
        lines = f". {self.tell(state, moves, 0)}\n", f". {self.tell(state, moves, 1)}\n"
        if (self.tells_alike or type(self).tell is Game.tell) and len(self.told[player]) < memo.MOST:
            self.told[player][ply] = lines
        return lines

    def list_moves(self, state: Any, legal: Sequence[str]) -> str:
        """The legal moves as a view lists them; a game with hundreds describes them by their form."""
        return ", ".join(legal)

    def legal_words(self, state: Any, legal: Sequence[int]) -> tuple[tuple[str, ...], str]:
        """A seat's legal moves in words, and as a view lists them."""
        if self._lists_all:
            return self._worded[tuple(legal)]
        words = tuple([self.moves[action] for action in legal])
        return words, self.list_moves(state, words)

    def _words(self, legal: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
        """The same where the list of moves hangs on nothing else; remembered, since they come again."""
        words = tuple([self.moves[action] for action in legal])
        return words, self.list_moves(None, words)

    # What a spectator sees, hidden cards included: no seat ever reads this.

    @abstractmethod
    def picture(self, state: Any) -> str:
        """The whole state as text."""

    def draw(self, state: Any) -> str:
        """The whole state as an SVG image, in the vocabulary of `gtbench.game.svg`."""
        return svg.lines(self.picture(state))

    # Moves in words.

    @fact
    @abstractmethod
    def form(self) -> str:
        """How a move is written, for the rules and for a player that wrote it otherwise."""

    def name_moves(self) -> tuple[str, ...]:
        """The value of `moves`, for games whose moves depend on their parameters; called once."""
        return self.moves

    @final
    def say(self, action: int) -> str:
        """The one canonical form of a move."""
        return self.moves[action]

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        """Every lower-case form in which a legal move is understood now, the canonical one first."""
        return (self.moves[action],)

    def hear(self, state: Any, seat: int, answer: str) -> int | Fault:
        """The legal action that an answer names, or why it names none.

        The answer must be one move and nothing else, give or take case, spacing and wrapping; a move inside
        a sentence is not looked for, since the sentence may reject it.
        """
        return self.hearing(state, seat)(answer)

    @final
    def hearing(self, state: Any, seat: int) -> Callable[[str], int | Fault]:
        """`hear` in a state that stays as it is, for several answers: what moves are called is found once."""
        return partial(self._hear, _Spelled(self, state, seat))

    def _hear(self, spelled: _Spelled, answer: str) -> int | Fault:
        """The legal action that an answer names, or why it names none."""
        said = answer if answer in self._called else normalise(answer)
        for action in self._called.get(said, ()):
            if action in spelled.legal:
                return action
        if said in spelled.now:
            return spelled.now[said]
        quoted = quote(answer.strip())
        if said in spelled.ever or said in self._patterns:
            return Fault(kind=FaultKind.ILLEGAL, detail=f"{quoted} is not a legal move now.")
        words = self._patterns.items() if len(said) <= LONGEST_ANSWER else ()
        found = {word for word, pattern in words if word in said and pattern.search(said)}
        named = {spelled.now.get(word, spelled.ever.get(word, word)) for word in found}
        if len(named) > 1:
            return Fault(kind=FaultKind.AMBIGUOUS, detail=f"{quoted} names more than one move.")
        return Fault(kind=FaultKind.UNPARSABLE, detail=f"{quoted} is not a move. A move is {self.form}.")

    @cached_property
    def _called(self) -> dict[str, list[int]]:
        """The ids of each canonical form."""
        ids: dict[str, list[int]] = {}
        for action, word in enumerate(self.moves):
            ids.setdefault(word, []).append(action)
        return ids

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        """Every word for a move, legal now or not, and how it is found within an answer."""
        words = dict.fromkeys([*self.vocabulary, *sorted(self.synonyms)])
        return {word: re.compile(rf"(?<![\w'\u2019]){re.escape(word)}(?![\w'\u2019])") for word in words}

    # What can be asked about a position, and checked.

    @fact
    def questions(self) -> tuple[Question, ...]:
        """What a player that is to move can be asked to state, see `gtbench.game.questions`."""
        return ()

    def winning(self, state: Any, seat: int) -> list[str]:
        """The moves with which this seat, which is to move, wins at once and without luck."""
        children = ((action, state.child(action)) for action in self.legal(state, seat))
        return [self.say(a) for a, child in children if child.is_terminal() and child.returns()[seat] > 0]

    # Numbers, for learners.

    def tensor(self, state: Any, seat: int) -> NDArray[np.float32]:
        """What the seat may know as numbers: the engine's information state where it has one."""
        values = state.information_state_tensor(seat) if self._informed else state.observation_tensor(seat)
        return np.array(values, np.float32).reshape(self._tensor_shape)

    @cached_property
    def _tensor_shape(self) -> list[int]:
        """The shape of the engine's tensor."""
        engine = self.engine
        shape: list[int] = (
            engine.information_state_tensor_shape() if self._informed else engine.observation_tensor_shape()
        )
        return shape

    def tensor_high(self) -> NDArray[np.float32]:
        """The upper bound of each number in `tensor`; the lower bound is 0."""
        return np.ones_like(self.tensor(self.play_out(), 0))

    @fact
    def forfeit_reward(self) -> float:
        """What a seat gets that forfeited: the lowest payoff that the engine gives."""
        return float(self.engine.min_utility())

    def forfeit_action(self, state: Any, seat: int, *, offender: bool) -> int:
        """What a seat is taken to play for the rest of a match that was forfeited.

        Asked only in games that are not zero-sum: the offender's moves are to be the best for the other seat,
        and the other's the best against them. See `gtbench.game.table.Table.forfeit`.
        """
        raise TypeError(f"{self.name} does not say how a forfeited match is played out")

    def play_out(self, actions: Sequence[int] = ()) -> Any:
        """The state after these actions, for reading facts off the engine; chance takes its first outcomes.

        Each simultaneous node takes two of the actions, seat 0's first.
        """
        state, actions = self.engine.new_initial_state(), list(actions)
        while not state.is_terminal():
            if state.is_chance_node():
                state.apply_action(int(state.chance_outcomes()[0][0]))
            elif not actions:
                break
            elif state.is_simultaneous_node():
                state.apply_actions([actions.pop(0), actions.pop(0)])
            else:
                state.apply_action(actions.pop(0))
        return state


class _Spelled:
    """What the moves of a game may be called by a seat in a state; worked out when it is asked for."""

    def __init__(self, game: Game, state: Any, seat: int) -> None:
        self._game, self._state, self._seat = game, state, seat
        self.legal = game.legal(state, seat)

    @cached_property
    def now(self) -> dict[str, int]:
        """The legal moves by all their names."""
        return self._by_name(self.legal)

    @cached_property
    def ever(self) -> dict[str, int]:
        """All moves, legal now or not, by all their names."""
        return self._by_name(action for action, word in enumerate(self._game.moves) if word)

    def _by_name(self, actions: Iterable[int]) -> dict[str, int]:
        """Moves by all their names."""
        spellings, state, seat = self._game.spellings, self._state, self._seat
        return {word: action for action in actions for word in spellings(state, seat, action)}


def replay(state: Any, history: Sequence[int | None], rng: Random) -> Any:
    """The state after these entries of an engine's history, or None where one of them is not possible.

    Where an entry is None, chance draws. The state is played on, not copied.
    """
    entries = iter(history)
    for entry in entries:
        if state.is_simultaneous_node():
            both = [entry, next(entries)]
            if any(action not in state.legal_actions(seat) for seat, action in enumerate(both)):
                return None
            state.apply_actions(both)
        elif entry is None:
            outcomes, chances = zip(*state.chance_outcomes(), strict=True)
            state.apply_action(int(rng.choices(outcomes, chances)[0]))
        elif entry in state.legal_actions():
            state.apply_action(entry)
        else:
            return None
    return state


def _load(kind: type[Game], parameters: dict[str, Parameter]) -> Game:
    """A game from its pickled parts."""
    return kind(**parameters)
