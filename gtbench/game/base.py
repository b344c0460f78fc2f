"""A game: an OpenSpiel game told in words.

The engine (OpenSpiel) is the authority on rules, legality, chance and payoffs. A `Game` adds the language:
what a seat reads (`rules`, `observe`, `tell`), what a move is called (`say`) and which move an answer names
(`hear`). Whatever a text states about the game is read off the loaded engine, never written down twice.

Not here: whose turn it is and what has happened so far (`gtbench.game.table`), or how an answer is found in a
reply (`gtbench.reply`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self, final

from gtbench import registry
from gtbench.errors import NoOracle
from gtbench.game import memo, svg
from gtbench.game.engine import OPENING_PLIES
from gtbench.game.fact import fact
from gtbench.game.hearing import Hearing, Lexicon
from gtbench.game.knowledge import KnownGame
from gtbench.game.memo import Memo
from gtbench.records import PLAYERS, Fault, Parameter

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence

    from gtbench.game.oracle import Oracle
    from gtbench.game.questions import Question
    from gtbench.labels import About

SEATS = tuple(range(PLAYERS))


class Game(KnownGame, ABC):
    """An OpenSpiel game for two seats, told in words; a subclass is one game, or one skin of a game.

    Args:
        parameters: Settings of the game, by the names in `defaults`.

    Raises:
        BadOption: A parameter has a name or a value that this game does not take.

    A game holds no state of play: one object serves any number of matches at once.
    """

    title: ClassVar[str]
    """The name in prose, such as "Kuhn Poker"."""
    variants: ClassVar[tuple[str, ...]] = ()
    """Settings worth a tournament beside the defaults, as they stand in brackets: "winscore=100"."""
    paper_class: ClassVar[str]
    """The paper's label, which need not agree with the engine's type."""
    abilities: ClassVar[tuple[str, ...]]
    """What the paper says the game asks for: board, math, bluff, bids, collaboration."""
    oracle_class: ClassVar[str] = ""
    """Where its exact play stands, as "module:attribute" of a `gtbench.game.oracle.Oracle`; empty for none.

    Its skins inherit it. A subclass with a `name` of its own is another game, and inherits neither this nor
    the skins and labels.
    """
    prose_class: ClassVar[str] = ""
    """How sentences speak of its positions, as "module:attribute".

    It is a subclass of `gtbench.grading.prose.grammar.Grammar`. A skin with other words names another one, or
    "" for what its questions say alone.
    """
    skin_classes: ClassVar[Mapping[str, str]] = {}
    """Its skins by name, each as "module:attribute" of a subclass."""
    labels: ClassVar[Mapping[str, About]] = {}
    """The errors of play that its oracle names beside those of any game, with what they mean.

    A name is a word in small letters. Reports find what it means here, by the name of the game in the log.
    """
    quick: ClassVar[bool] = False
    """Whether an agent of all games is checked in this one, since its matches are short."""
    alternates: ClassVar[bool] = False
    """Whether the players move strictly in turn, one ply each: a view's text then has two plies a line."""
    tells_alike: ClassVar[bool] = False
    """What `tell` says depends only on the moves and the luck of the ply, so it is remembered."""
    lists_alike: ClassVar[bool] = False
    """What `list_moves` says depends only on the legal moves, so it is remembered."""
    moves: tuple[str, ...]
    """The canonical form of every move, lower-case, by the engine's action id; "" for an id without a use.

    Two ids may share a form if they are never legal at once.
    """
    synonyms: frozenset[str] = frozenset()
    """Other lower-case forms that `spellings` can give a move."""

    def __init_subclass__(cls) -> None:
        if vars(cls).keys() & {"moves", "name_moves"} and "language" not in vars(cls):
            cls.language = ""  # type: ignore[method-assign]  # it was that of other moves
        if "name" in vars(cls):  # another game, whose rules may be others
            cls.oracle_class = vars(cls).get("oracle_class", "")
            cls.prose_class = vars(cls).get("prose_class", "")
            cls.skin_classes = vars(cls).get("skin_classes", {})
            cls.labels = vars(cls).get("labels", {})
            cls.quick = vars(cls).get("quick", False)

    def __init__(self, /, **parameters: Parameter) -> None:
        super().__init__(**parameters)
        self.moves = self.name_moves()
        if len(self.moves) != self.num_actions:
            raise TypeError(
                f"{self.name} names {len(self.moves)} moves, but its engine has {self.num_actions}"
            )
        self.vocabulary: tuple[str, ...] = tuple(dict.fromkeys(filter(None, self.moves)))
        """Every move of the game in words, each once."""
        self._worded = Memo(self._words)
        self._lists_all = self.lists_alike or type(self).list_moves is Game.list_moves
        self.told: tuple[dict[tuple[int, ...], tuple[str, str]], ...] = tuple({} for _ in SEATS)
        """What `tell_both` says of a ply, by its player and its part of the engine's history."""
        self._rules = {seat: self._whole_rules(seat) for seat in SEATS}
        self.constant = tuple((self.name, self.rules(seat), self.vocabulary) for seat in SEATS)
        """What is the same in every view of a seat: the game's name, the rules and all moves."""

    @classmethod
    def skins(cls) -> tuple[str, ...]:
        """The skins there are of this game: the same tree in other words."""
        return tuple(cls.skin_classes)

    def oracle(self) -> Oracle[Self]:
        """Exact knowledge of the game with these parameters; a skin has that of its game.

        Raises:
            NoOracle: There is none.
        """
        if not self.oracle_class:
            raise NoOracle(f"there is no oracle for {self.name}")
        oracle: Oracle[Self] = registry.imported(f"the oracle of {self.name}", self.oracle_class)(self)
        return oracle

    # What a seat reads. All of it ASCII.

    def rules(self, seat: int) -> str:
        """The rules as a seat reads them."""
        return self._rules[seat]

    def _whole_rules(self, seat: int) -> str:
        """The game's rules, and that the match begins with a random opening if it does."""
        opening = f"\nThe first {OPENING_PLIES} moves of the match, one of each player, are drawn at random."
        return self.write_rules(seat) + (opening if self.opening_plies else "")

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
        """The legal moves as a view lists them, in few words."""
        return ", ".join(legal)

    def legal_words(self, state: Any, legal: Sequence[int]) -> tuple[tuple[str, ...], str]:
        """A seat's legal moves in words, and as a view lists them."""
        if self._lists_all:
            return self._worded[tuple(legal)]
        words = tuple([self.moves[action] for action in legal])
        return words, self.list_moves(state, words)

    def _words(self, legal: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
        """The same where the list depends only on the legal moves; remembered, since lists come again."""
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
        return Hearing(self._lexicon, state, seat)

    @cached_property
    def _lexicon(self) -> Lexicon:
        """What the moves are called, whatever the state."""
        return Lexicon(self)

    @fact
    def language(self) -> str:
        """What has a move's form, as a regular expression of answers as `normalise` leaves them.

        It is wider than the moves there are: every pair of squares, every number. What fits and is not legal
        is the fault `illegal`, and `explain` says why. It fits every spelling of a move, and nothing that
        means a legal move without being one of its spellings. Empty: only what names a move has the form.
        """
        return ""

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        """Why a seat's answer that fits `language` is not legal, as a sentence without its full stop.

        Asked only of a seat that is to move. It tells nothing that the seat may not know.
        """
        return ""

    # What can be asked about a position, and checked.

    @fact
    def questions(self) -> tuple[Question, ...]:
        """What a player that is to move can be asked to state, see `gtbench.game.questions`."""
        return ()

    def winning(self, state: Any, seat: int) -> list[str]:
        """The moves with which this seat, which is to move, wins at once and without luck."""
        children = ((action, state.child(action)) for action in self.legal(state, seat))
        return [self.say(a) for a, child in children if child.is_terminal() and child.returns()[seat] > 0]
