"""What all agents that ask a language model share: one skeleton, in which only the way of reasoning differs.

The prompt's stable part comes first (rules, instruction, form of the answer) and the changing part last
(history, state, question), so that providers' prompt caches and llama.cpp's hit the longest prefix.
"""
# annotations are evaluated here, for strategies in other modules have their options checked against them

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from gtbench.agent.spec import Decision
from gtbench.errors import BadOption
from gtbench.game.base import Game
from gtbench.game.view import Objection, View
from gtbench.models.request import Chat, Shape
from gtbench.records import Ballot, Message, Sample
from gtbench_agents.answering import TAKEN, Answering, Way, usual

QUOTED_CHARACTERS = 200
"""How much of a faulty answer the second question quotes."""

NOTHING = "(no reply)"
"""What a conversation holds in the place of an empty reply, which providers refuse."""

QUESTION = "What is your move?"


class TokenBudget:
    """The tokens that the replies of one decision may have, hidden reasoning included."""

    def __init__(self, model: Chat, tokens: int | None) -> None:
        self.tokens = tokens
        self._model, self._before = model, model.spent

    def fits(self, replies: int, kept: int = 0) -> tuple[int, int]:
        """How many of these replies surely fit, some tokens being kept back, and the limit of each.

        The last reply to fit gets what is left; none fits where nothing is.
        """
        limit = self._model.sampling.max_tokens
        if self.tokens is None:
            return replies, limit
        left = self.tokens - (self._model.spent - self._before) - kept
        if left <= 0:
            return 0, 0
        limit = min(limit, left)
        return min(replies, left // limit), limit


class Answered(NamedTuple):
    """The final question of a decision, and the decision."""

    question: str
    decision: Decision


@dataclass(kw_only=True, eq=False)
class Strategy:
    """An agent that asks a model; a subclass says how it reasons.

    Args:
        model: The model to ask.
        game: The game that is played.
        rng: What breaks ties.
        answer: How the final move is asked for: in words alone ("tag"), by a grammar as well ("grammar", for
            models that take one, and their default), as a JSON object that fits a schema ("json"), or as the
            forced call of a tool ("tool").
        legal_moves: How the prompt shows the legal moves: each of them, how many there are, or not at all.
        memory: Whether each question is a prompt of its own, with the whole history ("none"), or the next in
            one conversation of the match, with what is new ("match").
        confidence: Whether the chance of success is asked for with the move.
        claims: Which statements about the position are asked for with the move: what is to be seen in it
            ("basic"), or also what a theory of the game looks at ("theory"), which tells the model of it.
        max_tokens_per_move: How many tokens all replies of one decision may have. A reply that would begin
            beyond it is not asked for; the last one is cut off there.
    """

    model: Chat
    game: Game
    rng: Random
    answer: Way | None = None
    legal_moves: Literal["list", "count", "hidden"] = "list"
    memory: Literal["none", "match"] = "none"
    confidence: bool = False
    claims: Literal["basic", "theory"] | None = None
    max_tokens_per_move: Annotated[int, Field(ge=1)] | None = None

    reasons: ClassVar[bool] = False
    """Whether the final answer begins with reasoning."""

    def __post_init__(self) -> None:
        way = self.answer or usual(self.model.model)
        if way in TAKEN and TAKEN[way] not in self.model.model.takes:
            raise BadOption(f"{self.model.model.model} takes no answer={way}: use answer=tag")
        questions = self.game.questions if self.claims else ()
        asked = tuple(question for question in questions if self.claims == "theory" or not question.theory)
        self.answering = Answering(way, self.reasons, asked, self.confidence)
        self._past: tuple[Message, ...] = ()
        self._told = 0  # characters of history that the conversation holds
        self._ballots: list[Ballot] = []  # of this decision
        self._calls = 0  # in the journal before this decision

    async def act(self, view: View) -> Decision:
        """Decide, and remember it where the conversation goes on."""
        self._ballots.clear()
        self._calls = len(self.model.journal.calls)
        question, decision = await self.decide(view, TokenBudget(self.model, self.max_tokens_per_move))
        decision = replace(decision, ballots=tuple(self._ballots))
        if self.memory == "match":
            reply = decision.reply if decision.reply.strip() else NOTHING
            self._past += (Message(role="user", content=question), Message(role="assistant", content=reply))
            self._told = len(view.told)
        return decision

    async def decide(self, view: View, budget: TokenBudget) -> Answered:
        """The procedure; here one call."""
        question = self.question(view)
        return Answered(question, self.first(await self.answers(view, question, 1, budget)))

    def elect(self, about: str, votes: Sequence[str | None], candidates: Sequence[str]) -> int:
        """The place of the candidate that most votes are for, ties broken by lot; the turn tells of the vote.

        Args:
            about: What is voted on.
            votes: What each of the last replies is for; None where it has no vote.
            candidates: What votes can be for; each once.
        """
        counts = Counter(vote for vote in votes if vote is not None)
        most = max(counts.values(), default=0)
        place = self.rng.choice([i for i, one in enumerate(candidates) if counts[one] == most])
        calls = len(self.model.journal.calls) - self._calls
        self._ballots.append(Ballot(about=about, votes=tuple(votes), chosen=candidates[place], calls=calls))
        return place

    @staticmethod
    def first(decisions: list[Decision]) -> Decision:
        """The first decision, or that the tokens were spent before there was any."""
        return decisions[0] if decisions else Decision("", "length")

    async def answers(self, view: View, question: str, n: int, budget: TokenBudget) -> list[Decision]:
        """Final answers to a question, as many as the budget has room for."""
        asked = self.messages(view, question)

        def shape(limit: int) -> Shape:
            return self.answering.shape(view.moves, limit)

        return [*map(self.answering.decision, await self.draw(asked, n, budget, shape))]

    async def draw(
        self,
        messages: tuple[Message, ...],
        n: int,
        budget: TokenBudget,
        shape: Callable[[int], Shape],
        kept: int = 0,
    ) -> list[Sample]:
        """Replies to a prompt, as many as the budget has room for.

        Args:
            messages: The prompt.
            n: How many replies are wanted.
            budget: What they may cost.
            shape: Their form, by the limit of each.
            kept: The tokens of the budget that are kept back.
        """
        found: list[Sample] = []
        while len(found) < n:
            fit, limit = budget.fits(n - len(found), kept)
            if not fit:
                break
            found += await self.model.sample(messages, fit, shape=shape(limit), max_tokens=limit)
        return found

    def messages(self, view: View, text: str) -> tuple[Message, ...]:
        """The prompt: the system text, the conversation so far, and a text at its end."""
        system = (
            f"You are a player in a match of a game. Your aim is the highest payoff for yourself.\n\n"
            f"{view.rules}\n\n"
            "If your answer is no legal move, you are asked once more in that turn; a second such answer "
            f"forfeits the match, which never pays more than playing on. {self.instruction()}"
        )
        return (
            Message(role="system", content=system), *self._past, Message(role="user", content=text),
        )  # fmt: skip

    def instruction(self) -> str:
        """How to reason, and the form of the answer."""
        return self.answering.instruction()

    def position(self, view: View) -> str:
        """What the model has not been shown yet."""
        if view.objection and self._past:
            return ""
        return view._replace(told=view.told[self._told :]).show(self.legal_moves)

    def question(self, view: View, thoughts: str = "") -> str:
        """The final question: the position, what was thought, what was wrong with the last answer if any."""
        asked = "\n\n".join(filter(None, (self.position(view), thoughts, QUESTION)))
        if not view.objection:
            return asked
        return (
            self._objected(view.objection) if self._past else f"{asked}\n\n{self._objected(view.objection)}"
        )

    def _objected(self, objection: Objection) -> str:
        """Why the last answer was not taken."""
        return (
            f"Your last answer to this question was not accepted. It ended with: {_end_of(objection.reply)}\n"
            f"{objection.fault.detail}\nAnother answer like that forfeits the match. {self.answering.again()}"
        )


def _end_of(reply: str) -> str:
    """The end of a faulty answer, where its tagged line should be, in double quotes and as ASCII."""
    reply = reply.rstrip()
    return json.dumps(reply if len(reply) <= QUOTED_CHARACTERS else "..." + reply[-QUOTED_CHARACTERS:])
