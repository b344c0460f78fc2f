"""Tree of thoughts: propose several thoughts, vote for the best, go on from it, then move.

Breadth-first search as in Yao et al. (2023) with their vote instead of a value, and the breadth, votes and
two steps of GTBench; of each step the best thought alone is kept (greedy).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gtbench.game.words import normalise
from gtbench.models.request import FREE, Shape
from gtbench.reply import spoken_part, tag_pattern
from gtbench_agents.answering import thought
from gtbench_agents.skeleton import Answered, Strategy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gtbench.game.view import View
    from gtbench.records import Sample
    from gtbench_agents.skeleton import TokenBudget

BEST = "Best:"
KEPT = 4
"""One in so many tokens of `max_tokens_per_move` is kept for the final answer."""

_TAGGED = tag_pattern("best")
_VOTE = re.compile(r"(?:thought )?#?(?P<number>[0-9]{1,4})(?:[ *_`\"')\]]*\([^()]*)?")
"""A vote without what stands around it: one number, perhaps with a remark in brackets after it."""


def read_vote(text: str, candidates: int) -> int | None:
    """The candidate that a vote names, counted from 1; None where it names none, or more than one.

    A vote is the one line with the tag, or the whole reply where it has one line only: "12" is 12, and
    "1 (score 3)" is 1.
    """
    lines = [line for line in spoken_part(text).splitlines() if any(map(str.isalnum, line))]
    votes = [tagged["answer"] for line in lines if (tagged := _TAGGED.fullmatch(line))]
    if not votes and len(lines) == 1:
        votes = lines
    numbers = {int(vote["number"]) if (vote := _VOTE.fullmatch(normalise(said))) else 0 for said in votes}
    (number,) = numbers if len(numbers) == 1 else (0,)
    return number if 1 <= number <= candidates else None


@dataclass(kw_only=True, eq=False)
class TreeOfThoughts(Strategy):
    """Searches breadth-first through thoughts about the position, then asks for the move.

    Each step asks for `width` thoughts that go on from those kept, and `votes` times for the best of them. A
    thought may be cut off; a vote that is, or that cannot be read, counts for nothing. Ties, and a step
    without votes, are decided by lot. A step with one thought takes no vote. A second answer to the same
    question is asked for with the thoughts of the first.

    Of `max_tokens_per_move` a quarter is kept for the final answer. Where the rest is spent, the search ends
    with the thoughts kept so far.

    Args:
        width: How many thoughts a step.
        votes: How many votes a step.
        depth: How many steps; other options as for `Strategy`.
    """

    width: Annotated[int, Field(ge=1, le=100)] = 3
    votes: Annotated[int, Field(ge=1, le=100)] = 3
    depth: Annotated[int, Field(ge=1, le=20)] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        self._kept: list[str] = []

    def instruction(self) -> str:
        """How the questions go, and the form of the last one's answer."""
        last = self.answering.instruction("When you are asked for your move, reply")
        return (
            "First you will be asked for thoughts about the position, and which of several thoughts is the "
            f"best. {last}"
        )

    async def decide(self, view: View, budget: TokenBudget) -> Answered:
        """The search, then one call for the move."""
        if not (view.objection and self._kept):
            await self._search(view, budget)
        question = self.question(view, _listed("Your thoughts so far:", self._kept))
        return Answered(question, self.first(await self.answers(view, question, 1, budget)))

    async def _search(self, view: View, budget: TokenBudget) -> None:
        """Keep the best thought of each step."""
        self._kept = []
        for step in range(1, self.depth + 1):
            before = [self.position(view), _listed("Your thoughts so far:", self._kept)]
            thoughts = await self._propose(view, [*before, self._asked_for(step)], budget)
            if not thoughts:
                return
            self._kept.append(await self._best(view, before, thoughts, budget))

    def _asked_for(self, step: int) -> str:
        """What a step asks for."""
        return (
            f"Write {'a first' if step == 1 else 'the next'} thought (step {step} of {self.depth}), in one "
            "short paragraph: what matters in this position, and which plan or move is promising. Do not "
            "answer with your move yet."
        )

    async def _propose(self, view: View, parts: Sequence[str], budget: TokenBudget) -> list[str]:
        """New thoughts; an empty one is none."""
        found = await self._replies(
            view, parts, self.width, budget, lambda limit: f"root ::= {thought(limit)}"
        )
        thoughts = (spoken_part(sample.reply).strip() for sample in found if sample.finish != "refused")
        return [text for text in thoughts if text]

    async def _best(
        self, view: View, before: Sequence[str], thoughts: Sequence[str], budget: TokenBudget
    ) -> str:
        """The thought that most votes are for."""
        if len(thoughts) == 1:
            return thoughts[0]
        ask = (
            "Which of these thoughts is the best to go on with? Compare them briefly. Then end your reply "
            f'with one line of the form "{BEST} N", where N is the number of that thought.'
        )
        numbers = " | ".join(f'"{number}"' for number in range(1, len(thoughts) + 1))
        parts = [*before, _listed("Some next thoughts:", thoughts), ask]
        found = await self._replies(
            view, parts, self.votes, budget, lambda _: f'root ::= "{BEST} " ({numbers})'
        )
        # a vote that was cut off may be the beginning of another
        read = [read_vote(one.reply, len(thoughts)) if one.finish == "stop" else None for one in found]
        votes = [None if number is None else f"thought {number}" for number in read]
        candidates = [f"thought {number}" for number in range(1, len(thoughts) + 1)]
        return thoughts[self.elect(f"step {len(self._kept) + 1}", votes, candidates)]

    async def _replies(
        self, view: View, parts: Sequence[str], n: int, budget: TokenBudget, grammar: Callable[[int], str]
    ) -> list[Sample]:
        """Replies to a question of the search, as many as the budget has room for."""

        def shape(limit: int) -> Shape:
            return Shape(grammar=grammar(limit)) if self.answering.way == "grammar" else FREE

        asked = self.messages(view, "\n\n".join(filter(None, parts)))
        return await self.draw(asked, n, budget, shape, kept=(budget.tokens or 0) // KEPT)


def _listed(title: str, thoughts: Sequence[str]) -> str:
    """Numbered thoughts under a title; empty where there are none."""
    numbered = "\n".join(f"{number}. {text}" for number, text in enumerate(thoughts, 1))
    return f"{title}\n{numbered}" if thoughts else ""
