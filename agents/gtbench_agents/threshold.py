"""The baseline that wants a fixed share: a bidder in the auction, a bargainer in negotiation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from gtbench.agent.spec import Decision
from gtbench.reply import TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.game.view import View

ROUNDING = 1e-9


class Threshold:
    """Bids, or asks for, a fixed share of what is at stake; without luck and without a thought of the other.

    In the auction it bids `share` of its value, rounded down, and at most the highest legal bid.

    In negotiation it agrees to what is worth at least `share` of the whole pool to it; on the last turn, to
    all that is worth something. Otherwise it proposes to keep as few items as are worth that share to it,
    the most valuable ones, so that most are left to the other, and the same each time. Where a message is
    asked for, it sends the first one.

    Args:
        game: The game.
        share: From 0 to 1.
    """

    deterministic: ClassVar[bool] = True
    games: ClassVar[tuple[str, ...]] = ("blind_auction", "negotiation")

    def __init__(self, *, game: Any, share: Annotated[float, Field(ge=0, le=1)] = 0.5) -> None:
        self._game, self._share = game, share

    async def act(self, view: View) -> Decision:
        """The move that the share calls for, without a model."""
        known = [number for number in view.seen if number is not None]
        action = self._bid(known[0]) if self._game.name == "blind_auction" else self._bargain(view, known)
        return Decision(f"{TAG} {self._game.say(action)}")

    def _bid(self, value: int) -> int:
        """A bid, which is its own id; none may reach the value."""
        return min(int(self._share * value + ROUNDING), value - 1)

    def _bargain(self, view: View, known: Sequence[int]) -> int:
        """A proposal, a message, or to agree."""
        proposals: Sequence[tuple[int, ...]] = self._game.proposals  # by their ids, and the next is to agree
        agree, kinds = len(proposals), len(proposals[0])
        words = set(view.legal)
        legal = [action for action, move in enumerate(self._game.moves) if move in words]
        if legal[0] > agree:
            return legal[0]  # a message
        turns, pool, values = known[0], known[1 : 1 + kinds], known[1 + kinds : 1 + 2 * kinds]
        made = [proposals[action] for action in known[1 + 2 * kinds :] if action < agree]

        def worth(counts: Sequence[int]) -> int:
            return sum(count * value for count, value in zip(counts, values, strict=True))

        wanted = self._share * worth(pool) - ROUNDING
        if made:
            offered = worth(pool) - worth(made[-1])
            if offered >= wanted or (offered and len(made) == turns - 1):
                return agree
        enough = [action for action in legal if action < agree and worth(proposals[action]) >= wanted]
        return min(enough, key=lambda action: (sum(proposals[action]), -worth(proposals[action])))
