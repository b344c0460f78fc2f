"""Sentences about winning at once, where a move can do that: by whom, with what, and what stops it.

A win that is claimed without "at once" may be one with best play: where an oracle says that the move keeps
the win, or says nothing, such a claim is left alone. So is the purpose "to win" of a player who has too few
pieces in play to think of a win at once.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.game.questions import NONE
from gtbench.grading.prose.form import At, Form, Truth
from gtbench.grading.prose.grammar import OPPONENT, Grammar
from gtbench.labels import Slip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gtbench.game.base import Game
    from gtbench.grading.prose.text import Clause

END = Slip.ENDGAME_MISDETECTION
NOW = (
    "(?:at once|immediately|instantly|right away|right now|now|on the spot|this turn|on this "
    "turn|in this turn|"
    r"this move|in this move|with this move|in one move|in a single move|directly)"
)
NEXT = (
    "(?:(?:(?:on|in|with|at|during) )?(?:the|their|its|his|her|my|our) (?:very )?next (?:move|"
    "turn)|next (?:move|turn)|{now})"
)
PLAYING = (
    r"(?:play|plac|block|choos|tak|mov|drop|select|put|pick|claim|occup|mark|push|complet|go|submit|mak)"
    r"(?:ing|ping|ting|ying|es|s|e|ies|y)?"
)
LINES = (
    r"(?:(?:horizontal|vertical|diagonal|winning|straight) )?(?:line|row|column|diagonal|sequence|connection)"
)
SCOPED = re.compile(
    r"\b(?:rows?|columns?|diagonals?|lines?|lanes?|corners?|edges?|sides?|sums?|here|if|after|"
    "suppose|scenario|"
    r"case)\b|\b(?:position|square|cell|spot|slot|move|option|piece|pawn) ?\(?(?:[a-i]?\d|[a-z]\b)"
    r"|\b[a-i]\d\b"
)
"""What makes a sentence below it one about a part of the board, or about another position."""
OTHERS = re.compile(
    rf"\b(?:{OPPONENT}|block\w*|threat\w*|prevent\w*|defen[dcs]\w*|stop\w*|they|them|their|he|she|his|her)\b"
)
"""What makes a clause that names nobody one that may be about the opponent."""


class Winning(Grammar):
    """The forms that speak of a win at once."""

    move: ClassVar[str]
    """A move or a place as clauses name it once they are spelled, as a regular expression without groups."""
    things: ClassVar[str] = "mark|piece|disc|token|symbol|move"
    """What a player puts on the board."""
    goal: str = "a^"
    """What a win consists in, as a regular expression: "three in a row"; unless said, nothing."""
    near: ClassVar[bool] = False
    """Whether the board is so small that to block the opponent from winning is to stop a win at once."""
    enough: ClassVar[int] = 0
    """How many own pieces in play a win at once takes before the move."""

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        self.threat = next((q for q in game.questions if q.name == "threat"), None)

    def moves(self, said: str) -> frozenset[str]:
        """The moves that are meant by what `move` has matched."""
        return frozenset({said})

    def pieces(self, state: Any, seat: int) -> int:
        """How many pieces of a seat are in play."""
        return self.enough

    # What is so.

    def wins(self, at: At) -> frozenset[str]:
        """The moves with which the speaker wins at once."""
        return frozenset(self.game.winning(at.state, at.seat))

    def threats(self, at: At) -> frozenset[str]:
        """The moves with which the opponent would win at once, if it were its turn now."""
        if self.threat is None:
            return frozenset()
        return frozenset(self.threat.answers(at.state, at.seat) - {NONE})

    def later(self, at: At) -> frozenset[str]:
        """The moves with which the opponent wins at once after the move that was played."""
        if at.after is None or at.after.is_terminal():
            return frozenset()
        return frozenset(self.game.winning(at.after, 1 - at.seat))

    # The forms.

    def forms(self, seat: int) -> Iterable[Form]:
        """Those of any game in which a move can win at once; a subclass adds its own to them."""
        own, other = self.own(seat), self.other(seat)
        yield from self._own_wins(own)
        yield from self._no_wins(own)
        if self.threat is not None:
            yield from self._threats(own, other)
        yield from self._over(own, other)

    def put(self) -> str:
        """Putting something on a place that is named, or the place alone."""
        thing = (
            "(?:(?:an?|my|our|the|its|their|his|another|one|his|her) )?(?:(?:own|next|third|"
            f"fourth|last|final) )?(?:(?:{self.things}|{self._sides()}) )?"
        )
        where = r"(?:(?:in|at|on|to|into|with|through|by|for) )?(?:there )?"
        return rf"(?:(?:by )?{PLAYING} )?{thing}{where}(?P<move>{self.move})"

    def _sides(self) -> str:
        return "|".join(side for side in self.sides if side) or "a^"

    def _own_wins(self, own: str) -> Iterator[Form]:
        will = r"(?:can |will |shall |am going to |am able to |now |do |get to )?"
        put, game = self.put(), r"(?: the (?:game|match))?"
        win = rf"(?:wins?|winning){game}"
        sure = (
            f"(?:secures?|seals?|gives? (?:{own}|me)|guarantees?|means|ensures?|completes?|"
            "achieves?|clinch(?:es)?|results? in|produces?)"
        )
        victory = (
            "(?:an? |the |my )?(?:(?P<now>immediate|instant|direct) )?(?:win|victory|game|match)"
            f"(?: for {own})?"
        )
        for_me = rf"(?: for {own})?"
        now = rf"(?: (?P<now>{NOW}))"
        completed = rf"(?:{self.goal})"
        made = (
            "(?:completes?|forms?|makes?|creates?|gives? me|gives? us|get|gets|achieves?|"
            "finish(?:es)?|completing|forming|making)"
        )
        sides = self._sides()
        this = (
            f"(?:this|it|which|that|my move|this move|that move|(?:by )?{PLAYING} (?:(?:an?|my|"
            f"our|the) )?(?:(?:{self.things}|{sides}) )?(?:here|there))"
        )
        # A move that is named.
        best = (
            "(?:the |my )?(?:(?:best|optimal|next|right|strongest) )?(?:move|choice|play|option)"
            f"(?: for {own})? (?:is|would be)(?: to)? "
        )
        towards = rf"(?: to {made} {completed})?"
        yield Form(rf"(?:{own} )?{put}{towards} (?:will )?{win}{for_me}{now}?{for_me}", self._named_wins, END)
        yield Form(rf"{best}{put} (?:to|and) win{game}{now}?", self._purposed, END)
        yield Form(
            f"(?:the|a|my) move (?:that|which) (?:allows|lets|enables) {own} to win{game}{now}? "
            f"is (?:at )?{put}(?:,? {made} .*)?",
            self._named_wins,
            END,
        )
        yield Form(
            rf"(?:{own} (?:will )?)?(?:submit|play|make|take|choose)(?:ting|ing)? the winning move",
            self._this_wins,
            END,
        )
        yield Form(
            rf"{own} {will}{win}{now}? (?:by |with |at |in |on |through |via )?{put}", self._named_wins, END
        )
        yield Form(
            rf"{own} {will}{put} (?:to win|and win|for the win|for a win){game}{now}?", self._named_wins, END
        )
        yield Form(
            f"(?:in order )?to win{game}{now}?,? (?:{own} (?:will|should|must|need to|have to|can|"
            f"shall|am going to) )?{put}",
            self._purposed,
            END,
        )
        yield Form(
            rf"(?:the |my |a |an )?(?:(?P<now>immediate|immediately) )?winning move is (?:to )?{put}",
            self._named_wins,
            END,
        )
        yield Form(
            rf"{put} is (?:the|my|a|an) (?:(?P<now>immediate|immediately) )?(?:winning move|win)",
            self._named_wins,
            END,
        )
        yield Form(rf"{put} (?:will )?{sure} {victory}", self._named_wins, END)
        yield Form(
            rf"{put} (?:will )?{made} {completed}(?: (?:to|and|for a) win{game})?{for_me}{now}?",
            self._completes,
            END,
        )
        yield Form(
            rf"{own} {will}(?:get|make|complete|form|have) {completed} (?:by |with |at |in |on )?{put}",
            self._completes,
            END,
        )
        # The one that was played, or was just spoken of.
        yield Form(rf"{this} (?:will )?{win}{for_me}{now}?{for_me}", self._this_wins, END)
        yield Form(rf"{this} (?:will )?{sure} {victory}", self._this_wins, END)
        yield Form(
            rf"{this} (?:will )?{made} {completed}(?: (?:to|and|for a) win{game})?{for_me}{now}?",
            self._this_completes,
            END,
        )
        yield Form(rf"winning{game} {NOW}", self._this_completes, END)
        yield Form(rf"{own} {will}{win} (?P<now>{NOW})", self._somehow, END)
        yield Form(
            f"{own} {will}(?:have|see|has) an? (?P<now>immediate|immediately)? ?(?:win|winning "
            "move)(?: available)?",
            self._somehow,
            END,
        )
        yield Form(
            rf"there is an? (?P<now>immediate|immediately)? ?(?:win|winning move)(?: available)?{for_me}",
            self._unless_others(self._somehow),
            END,
        )

    def _no_wins(self, own: str) -> Iterator[Form]:
        kinds = (
            "(?:winning (?:moves?|opportunit(?:y|ies)|possibilit(?:y|ies))|wins?|win "
            "(?:possibility|opportunity|available)|winning)"
        )
        none = (
            "no (?:(?:current|possible|available|clear|obvious) )?(?:(?:immediate|immediately|"
            f"direct|instant) )?{kinds}"
        )
        rest = (
            f"(?: (?:is |are )?(?:available|possible|present))?(?: for (?P<whom>{own}|me)"
            f")?(?: {NOW}| on this move| at this time| in this position| on the board| anywhere)?"
        )
        here = self._nowhere
        yield Form(
            f"(?:there (?:is|are|is currently|are currently|exists?) |{own} (?:have|has|see|find|"
            f"sees) )?{none}{rest}",
            here,
            END,
        )
        yield Form(
            rf"{own} (?:cannot|can't|can not|am unable to|do not|will not) win(?: the (?:game|match))? {NOW}",
            here,
            END,
        )
        yield Form(
            f"{own} (?:do not|does not|don't|doesn't) (?:currently )?have (?:any|an?) "
            "(?:immediate |immediately )?winning (?:moves?|opportunit(?:y|ies))",
            here,
            END,
        )
        yield Form(
            rf"{own} (?:cannot|can't|can not) win(?: the (?:game|match))? (?:immediately|at once)", here, END
        )

    def _threats(self, own: str, other: str) -> Iterator[Form]:
        they = rf"(?:{other}|they|it|he|she)"
        put, game = self.put(), r"(?: the (?:game|match))?"
        nxt = rf"(?: {NEXT.format(now=NOW)})"
        goal = rf"(?:{self.goal})"
        yield Form(
            rf"{other} threatens?(?: to win(?: (?:at|with|by|on|in))?)? ?{put}{nxt}?", self._threatened, END
        )
        yield Form(
            rf"{other} (?:can |will )?wins?{game}{nxt}? (?:by |with |at |in |on |through )?{put}{nxt}?",
            self._threatened,
            END,
        )
        yield Form(
            rf"{other} can win{game}{nxt}? if {they} {put}(?:,? \w+ing .*)?",
            self._threatened,
            END,
            conditional=True,
        )
        yield Form(
            f"{other} (?:can|will) win{game}{nxt}? (?:if|unless) {own} (?:(?:do|does) not |don't |"
            f"doesn't )?(?:block )?{put}(?:,.*)?",
            self._threatened,
            END,
            conditional=True,
        )
        yield Form(
            f"(?:if|when|once) {they} {put}{nxt}?,? (?:then )?{they} (?:will |would |can )?(?:immediately )?"
            f"(?:wins?{game}|connects? (?:four|4)|(?:achieve|achieves|complete|completes|form|forms|"
            f"get|gets|have|has|make|makes) {goal}(?: and (?:will )?wins?{game})?){nxt}?",
            self._threatened,
            END,
            conditional=True,
        )
        yield Form(
            f"(?:if|when|once) {own} {put}{nxt}?,? (?:then )?{own} (?:will |would |can "
            f")?(?:immediately )?(?:wins?{game}|(?:complete|create|form|get|have|make) {goal} and "
            f"(?:will )?win{game}){nxt}?",
            self._completes,
            END,
            conditional=True,
        )
        # There is no threat.
        threat = r"(?:(?:immediate|direct|current|imminent) )(?:winning )?threats?"
        rest = (
            f"(?: (?:from|by|of) {other})?(?: (?:to block|to worry about|yet|that (?:needs?|"
            "requires?|need to be) (?:to be )?block(?:ed|ing)(?: this turn)?))?"
        )
        yield Form(
            rf"(?:there (?:is|are|is currently|are currently) )?no {threat}{rest}(?: (?:is|are) present)?",
            self._no_threat,
            END,
        )
        yield Form(
            rf"{other} (?:cannot|can't|can not) win(?: the (?:game|match))?{nxt}", self._no_threat, END
        )
        yield Form(
            f"{other} (?:has|have) no (?:immediate )?(?:winning moves?|wins?|winning threats?|"
            f"threats?){nxt}?",
            self._no_threat,
            END,
        )
        yield Form(
            rf"{other} (?:does not|doesn't|do not) have (?:any|an?) (?:immediate )?winning moves?{nxt}?",
            self._no_threat,
            END,
        )
        # What stops it.
        whose = rf"(?:{other}|their|its|the|his|{other}'s?|the opponent's|my opponent's)"
        near = "?" if self.near else ""
        must = rf"(?:{own} (?:must|need to|have to|should|will|can|am forced to|has to) )?"
        yield Form(
            f"to (?:block|stop|prevent) {whose} (?:immediate win|winning move|immediate threat|"
            f"win{nxt}?|from winning{nxt}{near}),? {must}(?:block )?{put}",
            self._stops,
            END,
        )
        yield Form(
            f"{must}{put}(?: {NOW})? to (?:block|stop|prevent) {whose} (?:immediate win|winning "
            f"move|immediate threat|win{nxt}?|from winning{nxt}{near})",
            self._stops,
            END,
        )
        away = (
            f"(?:{other}|they|he|she|it) (?:is|are) (?:just |only )?(?:one|a single) (?:move|step|"
            f"disc) away from (?:winning|victory|(?:forming|completing|making|getting) {goal})"
        )
        yield Form(away, self._near_win, END)
        yield Form(
            f"{put} (?:will )?(?:blocks?|stops?|prevents?) {whose} (?:immediate win|winning move|"
            f"immediate threat|win{nxt}?|from winning{nxt}{near})",
            self._stops,
            END,
        )
        yield Form(
            f"(?:by )?{put},? {own} (?:will )?(?:block|stop|prevent) {whose} (?:immediate win|"
            f"winning move|win{nxt}?|from winning{nxt}{near})",
            self._stops,
            END,
        )

    def _over(self, own: str, other: str) -> Iterator[Form]:
        yield Form(
            rf"(?:(?P<own>{own})|(?P<other>{other}|they)) (?:has|have) (?:already )?won"
            r"(?: the (?:game|match))?",
            self._not_won,
            END,
        )
        yield Form(
            f"(?:{own}|{other}|they) (?:has|have) already (?:formed|completed|achieved|made|got)"
            f" (?:an? |the )?(?:{self.goal})(?: in (?:{self.move}))?",
            self._not_over,
            END,
        )
        yield Form(r"the (?:game|match) is already (?:over|finished)", self._not_over, END)

    # Whether they are so.

    def _of_others(self, at: At, clause: Clause) -> bool:
        """Whether a clause that names nobody may be about the opponent."""
        near = (*clause.above[-3:], clause.sentence)
        return any(OTHERS.search(text) or self._sides_of[1 - at.seat].search(text) for text in near)

    @cached_property
    def _sides_of(self) -> tuple[re.Pattern[str], ...]:
        """Where a seat is called by its side."""
        return tuple(re.compile(rf"\b(?:{side})\b" if side else "a^") for side in self.sides)

    def _meant(self, at: At, found: re.Match[str]) -> frozenset[str]:
        return self.moves(found["move"])

    def _named_wins(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        named, wins = self._meant(at, found), self.wins(at)
        if named & wins:
            return Truth(True, f"{min(named & wins)} wins at once")
        if not found.groupdict().get("now") and not self._lost_sight(at, named):
            return None
        return _not(named)

    def _purposed(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        named, wins = self._meant(at, found), self.wins(at)
        if named & wins:
            return Truth(True, f"{min(named & wins)} wins at once")
        if not found.groupdict().get("now") and (
            self.pieces(at.state, at.seat) < self.enough or not self._lost_sight(at, named)
        ):
            return None
        return _not(named)

    def _completes(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        named, wins = self._meant(at, found), self.wins(at)
        return Truth(True, f"{min(named & wins)} wins at once") if named & wins else _not(named)

    def _lost_sight(self, at: At, named: frozenset[str]) -> bool:
        """Whether a move does not even win with best play, as far as that is known."""
        outlook = at.outlook
        return outlook is not None and outlook <= 0 and at.turn.move in named

    def _spoken_of(self, at: At, clause: Clause) -> frozenset[str]:
        """The move that was played, and those named in the sentence or just above it."""
        near = " ".join((*clause.above[-2:], clause.sentence))
        found = re.findall(self.move, self.spell(near))
        named = {move for said in found for move in self.moves(said)}
        return frozenset({*named, *([at.turn.move] if at.turn.move else [])})

    def _this_wins(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        near, wins = self._spoken_of(at, clause), self.wins(at)
        if near & wins:
            return Truth(True, f"{min(near & wins)} wins at once")
        if self._of_others(at, clause) or at.turn.move is None:
            return None
        if not found.groupdict().get("now") and not self._lost_sight(at, near):
            return None
        return _not(frozenset({at.turn.move}))

    def _this_completes(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        near, wins = self._spoken_of(at, clause), self.wins(at)
        if near & wins:
            return Truth(True, f"{min(near & wins)} wins at once")
        return (
            None if self._of_others(at, clause) or at.turn.move is None else _not(frozenset({at.turn.move}))
        )

    def _somehow(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        wins = self.wins(at)
        if wins:
            return Truth(True, f"{min(wins)} wins at once")
        if not found.groupdict().get("now") or self._of_others(at, clause) or _scoped(clause):
            return None
        return Truth(False, "no move wins at once")

    def _unless_others(self, check: Any) -> Any:
        return lambda at, found, clause: None if self._of_others(at, clause) else check(at, found, clause)

    def _nowhere(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        if _scoped(clause) or (self._of_others(at, clause) and not found.groupdict().get("whom")):
            return None
        wins = self.wins(at)
        return Truth(False, f"{min(wins)} wins at once") if wins else Truth(True, "no move wins at once")

    def _threatened(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        named = self._meant(at, found)
        so = named & (self.threats(at) | self.later(at))
        if so:
            return Truth(True, f"{min(so)} would win at once for the opponent")
        return Truth(False, f"{', '.join(sorted(named))} would not win at once for the opponent")

    def _near_win(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        threats = self.threats(at) | self.later(at)
        if _scoped(clause):
            return None
        if threats:
            return Truth(True, f"{min(threats)} would win at once for the opponent")
        return Truth(False, "no move would win at once for the opponent")

    def _no_threat(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        if _scoped(clause):
            return None
        threats = self.threats(at)
        if threats and at.turn.action is not None and not self.later(at):
            return None  # the move that was played has stopped them
        if threats:
            return Truth(False, f"the opponent threatens {', '.join(sorted(threats))}")
        return Truth(True, "the opponent threatens nothing")

    def _stops(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        named = self._meant(at, found)
        threats = self.threats(at)
        if named & threats:
            return Truth(True, f"the opponent threatens {min(named & threats)}")
        if self.pieces(at.state, 1 - at.seat) < self.enough:
            return None  # a plan for later
        return Truth(False, f"the opponent does not threaten {', '.join(sorted(named))}")

    def _not_over(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        return Truth(False, "nobody has won yet")

    def _not_won(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        """That someone has won, which may be said of a match that is as good as won."""
        outlook = at.outlook
        if outlook is not None and (outlook > 0 if found["own"] else outlook < 0):
            return None
        return Truth(False, "nobody has won yet")


def _not(named: frozenset[str]) -> Truth:
    return Truth(False, f"{', '.join(sorted(named))} does not win at once")


def _scoped(clause: Clause) -> bool:
    """Whether a clause may be about a part of the board only, or about another position."""
    return any(SCOPED.search(text) for text in clause.above)
