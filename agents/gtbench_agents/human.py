"""A person who plays at the terminal."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING, ClassVar

from gtbench import reply
from gtbench.agent.spec import Decision
from gtbench.agent.terminal import terminal
from gtbench.errors import PersonLeft
from gtbench.reply import TAG

if TYPE_CHECKING:
    from gtbench.game.base import Game
    from gtbench.game.view import View
    from gtbench.records import Fault

COMMANDS = """\
Beside a move you can type:
  help, ?    the rules and this list
  moves      the legal moves
  history    all that has happened so far
  quit       leave the match unfinished; Ctrl-D and Ctrl-C do the same"""

NO_UNDO = "A move that was made cannot be taken back."

FEWEST_LINES = 4
"""Lines of history that are shown however low the screen is."""


class Human:
    """Asks the person at the terminal, who sees what any player sees.

    Moves are read as everybody's are. An answer that is no legal move is asked for again, with the reason, as
    often as it takes: typing errors are no faults.

    Args:
        game: The game.
    """

    interactive: ClassVar[bool] = True

    def __init__(self, *, game: Game) -> None:
        self._game, self._screen = game, terminal()
        self._turns = 0
        self._told = 0  # lines of history that the person has seen

    async def act(self, view: View) -> Decision:
        """What the person answers, once it is a legal move.

        Raises:
            PersonLeft: The person does not want to go on, or cannot.
        """
        self._screen.stop_waiting()
        self._draw(view)
        while (answer := await self._screen.ask("Your move: ")) is not None:
            heard = self._hear(view, answer)
            if isinstance(heard, int):
                self._screen.wait()
                return Decision(f"{TAG} {answer}")
            word = answer.strip().casefold()
            if word in ("quit", "exit"):
                break
            self._screen.show(self._command(view, word) or f"{heard.detail} (help: the rules)")
        raise PersonLeft

    def _hear(self, view: View, answer: str) -> int | Fault:
        """The legal action that an answer names, read exactly as the match will read it."""
        state = self._game.determinise(view.seen, view.seat, Random(0))
        return reply.read(f"{TAG} {answer}", "stop", partial(self._game.hear, state, view.seat))

    def _command(self, view: View, word: str) -> str:
        """What is shown for a word that is no move; empty where it is no command either."""
        shown = {
            "": self._position(view),
            "help": f"{view.rules}\n\n{COMMANDS}",
            "moves": f"Legal moves: {view.listed}",
            "history": "\n".join(view.history) or "Nothing has happened yet.",
            "undo": NO_UNDO,
        }
        return shown.get("help" if word == "?" else word, "")

    def _draw(self, view: View) -> None:
        """Show the position: on a screen of its own, but for the first, which stands below the rules."""
        self._screen.introduce(view.rules)
        position = self._position(view)
        history = view.history[self._told :]
        if self._screen.redraws and self._turns:
            self._screen.clear()
            room = max(FEWEST_LINES, self._screen.lines - position.count("\n") - FEWEST_LINES)
            history = view.history[-room:]
            if len(history) < len(view.history):
                history = (f"({len(view.history) - len(history)} lines before these: history)", *history)
        self._turns, self._told = self._turns + 1, len(view.history)
        self._screen.show("\n".join([*history, "", position]))

    @staticmethod
    def _position(view: View) -> str:
        """The state and the legal moves."""
        return f"{view.state}\n\nLegal moves: {view.listed}"
