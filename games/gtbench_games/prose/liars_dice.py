"""Liar's Dice in sentences: one's own dice, the last bid, and what chance gives a hidden die."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.grading.prose.form import COUNT, At, Form, Truth, whole
from gtbench.grading.prose.grammar import Grammar
from gtbench_games.liars_dice import FACES

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from gtbench.game.base import Game
    from gtbench.grading.prose.text import Clause


def _face(said: str) -> int:
    """A face in words or digits as a number."""
    if said.isdecimal():
        return int(said)
    single = (
        said.removesuffix("es") if said == "sixes" else said.removesuffix("s") if said not in FACES else said
    )
    return FACES.index(single) + 1 if single in FACES else 0


class LiarsDiceProse(Grammar):
    """The forms of clauses about dice and bids."""

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        self.dice, self.sides_of_die = int(game.parameters["numdice"]), int(game.parameters["dice_sides"])

    def forms(self, seat: int) -> Iterable[Form]:
        names = "|".join(FACES)
        face = rf"(?:an? )?(?P<face>\d{{1,2}}|{names})"
        if self.dice == 1:
            yield Form(
                rf"my (?:own )?(?:die|dice|throw|roll) (?:is|shows|shows the face|was|has) {face}", self._own
            )
            yield Form(
                "i (?:(?:have|hold|got) (?:only )?(?:one |an? )|"  # "i have one" may be one of those bid
                "(?:have )?(?:rolled|threw|thrown) (?:only )?(?:one |an? )?)"
                rf"(?P<face>{names}|(?<=a )\d)",
                self._own,
            )
            yield Form(
                r"(?P<none>none of my dice is .*)|(?P<wild>my (?:die|throw|roll) is (?:a )?wild(?: one)?)",
                self._wild,
            )
        plural = "|".join([*(f"{name}s" for name in FACES), "sixes"])
        bid = rf"(?P<count>{COUNT}) (?P<face>{plural}|{names}|\d{{1,2}}s)"
        yield Form(rf"(?:the )?(?:last|current|standing|previous|opponent's) bid (?:is|was) {bid}", self._bid)
        yield Form(rf"(?:the|my) opponent (?:has )?(?:bid|called) {bid}", self._bid)
        yield Form(
            "(?:there (?:is|has been) no bid yet|no bid has been made(?: yet)?|nothing (?:is|has "
            "been) bid(?: yet)?)",
            self._first,
        )

    # Whether they are so.

    def _dice(self, at: At) -> list[int]:
        """The seat's throw."""
        first = at.seat * self.dice
        return [outcome + 1 for outcome in at.state.history()[first : first + self.dice]]

    def _bids(self, at: At) -> list[int]:
        return list(at.state.history()[2 * self.dice :])

    def _own(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so, face = self._dice(at), _face(found["face"])
        if not 1 <= face <= self.sides_of_die:
            return None
        if face not in so and so == [self.sides_of_die]:
            return None  # a wild die counts as any
        return Truth(face in so, f"the throw is {', '.join(map(str, so))}")

    def _wild(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        if found["none"]:
            return None
        return Truth(
            self.sides_of_die in self._dice(at), f"the throw is {', '.join(map(str, self._dice(at)))}"
        )

    def _bid(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        bids = self._bids(at)
        so = at.game.say(bids[-1]) if bids else "none yet"
        if not bids:
            return Truth(False, "no bid has been made")
        number, face = so.split()
        right = whole(found["count"]) == int(number) and _face(
            found["face"].removesuffix("s") if found["face"][0].isdecimal() else found["face"]
        ) == _face(face)
        return Truth(right, f"the last bid is {so}")

    def _first(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        return Truth(not self._bids(at), f"{len(self._bids(at))} bids have been made")
