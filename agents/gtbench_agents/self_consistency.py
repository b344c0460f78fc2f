"""Self-consistency: several chains of thought, and the move that most end with (Wang et al., 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gtbench import reply
from gtbench.records import Fault
from gtbench_agents.skeleton import Answered, Strategy

if TYPE_CHECKING:
    from gtbench.agent.spec import Decision
    from gtbench.game.view import View
    from gtbench.labels import FaultKind
    from gtbench_agents.skeleton import TokenBudget


@dataclass(kw_only=True, eq=False)
class SelfConsistency(Strategy):
    """Asks several times for reasoning and a move, and plays the move that came most often.

    The samples are read as the table reads a reply. A faulty one has no vote; where all are, the answer is
    one with the commonest fault. Ties are broken by lot. The answer is the first sample that says so, as it
    stands. Where `max_tokens_per_move` ends the sampling early, the samples there are vote.

    Args:
        samples: How many; other options as for `Strategy`.
    """

    samples: Annotated[int, Field(ge=1, le=100)] = 5

    reasons = True

    async def decide(self, view: View, budget: TokenBudget) -> Answered:
        """Samples of one prompt, then the vote."""
        question = self.question(view)
        decisions = await self.answers(view, question, self.samples, budget)
        return Answered(question, self._vote(view, decisions) if decisions else self.first(decisions))

    def _vote(self, view: View, decisions: list[Decision]) -> Decision:
        """The first of the decisions for what most of them are for."""
        state = self.game.determinise(view.seen, view.seat, Random(0))  # any state that the seat may be in
        hear = self.game.hearing(state, view.seat)

        def read(decision: Decision) -> int | FaultKind:
            """The move that a decision names, or the kind of its fault."""
            heard = reply.read(decision.reply, decision.finish, hear, decision.form)
            return heard.kind if isinstance(heard, Fault) else heard

        heard = [read(decision) for decision in decisions]
        moves = [self.game.say(vote) if isinstance(vote, int) else None for vote in heard]
        votes = moves if any(moves) else [str(vote) for vote in heard]
        candidates = list(dict.fromkeys(vote for vote in votes if vote is not None))
        chosen = candidates[self.elect("move", votes, candidates)]
        return decisions[votes.index(chosen)]
