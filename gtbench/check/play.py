"""What the check asks of play: the engine's tree, told to both seats, refused moves, forfeits, copies."""

from __future__ import annotations

import copy
import pickle
import random
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np

from gtbench.check.sample import THOROUGH, asked, require, shown
from gtbench.check.words import READABLE
from gtbench.errors import CheckFailed
from gtbench.game.base import SEATS
from gtbench.game.table import Table

if TYPE_CHECKING:
    from gtbench.check.sample import PositionSample

ROUNDING = 1e-9


def tree(sample: PositionSample) -> str:
    """Play through words is play in the engine: who moves, what is legal, when it ends, what it pays."""
    game = sample.game
    count = 0
    low, high = game.engine.min_utility(), game.engine.max_utility()
    for count, table in enumerate(sample, 1):  # noqa: B007
        state = table.state
        require(table.over == state.is_terminal(), "the table and the engine disagree on the end", table)
        for seat in SEATS:
            legal = _engines_legal(table, seat) if seat in table.to_move else []
            require(table.legal(seat) == legal, f"the legal moves of seat {seat} are not the engine's", table)
        if not table.over and not game.asked_at_once:
            asked = SEATS if state.is_simultaneous_node() else (state.current_player(),)
            require(table.to_move == asked, "the wrong seats are asked", table)
        if table.over:
            for seat, earned in enumerate(table.earned):
                require(np.isfinite(earned) and low <= earned <= high, f"seat {seat} earned {earned}", table)
            require(
                not game.zero_sum or abs(sum(table.earned)) < ROUNDING,
                "the payoffs do not sum to zero",
                table,
            )
    return f"{count} positions, {sample}"


def _engines_legal(table: Table, seat: int) -> list[int]:
    """The engine's legal moves of a seat that is to move, asked past the game."""
    state = table.state
    if table.game.asked_at_once and seat == 1:
        state = state.child(state.legal_actions()[-1])
    return list(state.legal_actions(seat))


def fresh(sample: PositionSample) -> str:
    """Both seats are told every ply, the last one too; of the other's moves, where they are public."""
    game, told = sample.game, 0
    for table in sample.few(10 * THOROUGH):
        if table.plies:
            before = Table(game, table.deal)
            for actions in table.plies[:-1]:
                before.play(actions)
            require(
                not game.alternates or not table.to_move or table.to_move == (len(table.plies) % 2,),
                "the players do not move strictly in turn, as Game.alternates says",
                table,
            )
            said = {seat: game.say(action) for seat, action in table.plies[-1].items()}
            for seat in SEATS:
                history = table.view(seat).history
                require(len(history) == len(before.view(seat).history) + 1, "a ply adds one line", table)
                line = f"{len(history)}. {game.tell(table.state, said, seat)}"
                require(
                    table.view(seat).seen == game.seen(table.state, seat), "a view has seen otherwise", table
                )
                require(history[-1] == line, "tell says otherwise at another time: see tells_alike", table)
                for mover, word in said.items():
                    public = game.perfect or mover == seat
                    require(not public or word in history[-1], f"seat {seat} is not told of {word!r}", table)
                told += 1
    return f"{told} views"


def refused(sample: PositionSample) -> str:
    """An illegal move changes nothing."""
    game = sample.game
    tried = 0
    for table in sample.few():
        before = [table.view(seat) for seat in SEATS], str(table.state)
        right = {seat: table.legal(seat)[0] for seat in table.to_move}
        for wrong in (
            {},
            dict.fromkeys(SEATS, -1),
            dict.fromkeys(right, game.num_actions),
            right | {7: 0},
        ):
            try:
                table.play(wrong)
            except ValueError:
                tried += 1
            else:
                require(False, f"{wrong} was played", table)
            require(
                before == ([table.view(seat) for seat in SEATS], str(table.state)),
                "a refusal left a trace",
                table,
            )
    return f"{tried} moves"


def forfeits(sample: PositionSample) -> str:
    """Who forfeits gets the least that the game can pay, wherever it does so."""
    least, rng, tried = sample.game.forfeit_reward, random.Random(sample.seed), 0
    for table, seat in asked(sample):
        try:
            paid, played_on = table.copy().forfeit([seat]), table.copy()
        except TypeError as error:
            raise CheckFailed(f"{error}: write its forfeit_action") from None
        while not played_on.over:
            played_on.play({mover: rng.choice(played_on.legal(mover)) for mover in played_on.to_move})
        require(paid[seat] == least, f"seat {seat} forfeits and gets {paid[seat]:g}, not {least:g}", table)
        require(
            paid[seat] <= played_on.earned[seat], f"to forfeit pays seat {seat} more than to play on", table
        )
        require(paid[1 - seat] >= least, f"seat {1 - seat} gets less than the least for a forfeit", table)
        tried += 1
    return f"{tried} forfeits"


def kept(sample: PositionSample) -> str:
    """A game and a match under way can be pickled and copied."""
    count = 0
    for count, table in enumerate(sample.few(), 1):  # noqa: B007
        for twin in (pickle.loads(pickle.dumps(table)), copy.deepcopy(table), table.copy()):  # noqa: S301
            same = all(twin.view(seat) == table.view(seat) for seat in SEATS)
            require(same and str(twin.state) == str(table.state), "a copy differs", table)
    return f"{count} positions"


def seen(sample: PositionSample) -> str:
    """A spectator sees the state as text and as a drawing that is well-formed SVG."""
    game = sample.game
    count = 0
    for count, table in enumerate(sample.few(), 1):  # noqa: B007
        picture = game.picture(table.state)
        require(bool(picture) and set(picture) <= READABLE, "the picture is not printable ASCII", table)
        try:
            root = ET.fromstring(game.draw(table.state))  # noqa: S314
        except ET.ParseError as error:
            raise CheckFailed(f"{game}: the drawing is not XML: {error}\n\n{shown(table)}") from None
        require(root.tag == "{http://www.w3.org/2000/svg}svg", "the drawing is not SVG", table)
    return f"{count} positions"
