"""How sure of the win a player says that it is, against what its position is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.grading.prose.form import At, Form, Truth
from gtbench.labels import Slip

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from gtbench.grading.prose.text import Clause

SURE = 0.9
"""From this stated chance to win on, a position that is no better than even shows over-confidence."""


def too_sure(at: At, chance: float) -> Truth | None:
    """Whether a stated chance to win is borne out; None where the position does not say."""
    if at.outlook is None or chance < SURE:
        return None
    return Truth(at.outlook > 0, f"worth {at.outlook:.3g} at most with best play")


def _stated(at: At, found: re.Match[str], _: Clause) -> Truth | None:
    return too_sure(at, int(found["chance"]) / 100)


def _certain(at: At, _: re.Match[str], __: Clause) -> Truth | None:
    return too_sure(at, 1.0)


def _safe(at: At, _: re.Match[str], __: Clause) -> Truth | None:
    """That one cannot lose: so where chance plays no part, and the position is not lost."""
    if at.outlook is None:
        return None
    if at.outlook < 0:
        return Truth(False, "lost with best play of the opponent")
    return Truth(True, "not lost with best play") if at.after is not None else None


def forms(own: str) -> Iterator[Form]:
    """The forms of clauses, for who calls itself so."""
    sure = Slip.OVER_CONFIDENCE
    win = r"(?:of winning|to win|of a win|of victory)"
    yield Form(
        rf"(?:my|our) (?:chances?|probability) {win} (?:is|are) (?:about |around |at least |over |nearly )?"
        r"(?P<chance>\d{1,3}) ?%",
        _stated, sure,
    )  # fmt: skip
    yield Form(rf"{own} (?:cannot|can't|can not|can no longer) (?:possibly )?lose", _safe, sure)
    yield Form(
        f"{own} (?:am|is|are) (?:absolutely |completely )?(?:certain|guaranteed|sure|bound) (?:to "
        "win|of (?:the win|victory|winning))"
        r"|(?:my|our) (?:win|victory) is (?:certain|guaranteed|assured|inevitable|unstoppable)"
        rf"|{own} (?:will|am going to) (?:certainly|definitely|surely|inevitably) win"
        r"|victory is (?:mine|ours|certain|assured|guaranteed)"
        r"|nothing can stop (?:me|us)(?: now| from winning| any more)?",
        _certain, sure,
    )  # fmt: skip
