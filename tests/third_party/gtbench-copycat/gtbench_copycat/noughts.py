"""A game with an oracle and a skin of its own."""

from gtbench_games.oracles.tic_tac_toe import TicTacToeOracle
from gtbench_games.skins.number_scrabble import NumberScrabble
from gtbench_games.tic_tac_toe import TicTacToe


class Noughts(TicTacToe):
    """Tic-Tac-Toe by another name."""

    name = "noughts"
    title = "Noughts and Crosses"
    oracle_class = "gtbench_copycat.noughts:NoughtsOracle"
    skin_classes = {"sums": "gtbench_copycat.noughts:Sums"}  # noqa: RUF012


class Sums(NumberScrabble):
    """Noughts and Crosses as a choice of numbers."""

    name = "noughts"
    skin = "sums"
    oracle_class = Noughts.oracle_class
    skin_classes = Noughts.skin_classes


class NoughtsOracle(TicTacToeOracle):
    """Perfect play of it."""
