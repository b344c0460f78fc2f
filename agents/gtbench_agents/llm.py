"""Agents that ask a language model: one skeleton, in which only the way of reasoning differs.

The prompt's stable part comes first (rules, instruction, form of the answer) and the changing part last
(history, state), so that providers' prompt caches and llama.cpp's hit the longest prefix. Every question is
asked afresh: a prompt is a function of the view.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar, Literal

from gtbench.agent import Decision
from gtbench.errors import BadOption
from gtbench.records import Message
from gtbench.reply import TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.models import Chat
    from gtbench.table import View

LINE = f'one line of the form "{TAG} MOVE", where MOVE is one of the legal moves'

QUOTED_CHARACTERS = 200
"""How much of a faulty answer the second question quotes."""

THOUGHT_CHARACTERS = 320
"""The longest thought that a grammar admits."""
TOKENS_FOR_THE_MOVE = 16
CHARACTERS_A_TOKEN = 2
"""Few, so that a bounded thought leaves room for the move under nearly every token limit."""


def _end_of(reply: str) -> str:
    """The end of a faulty answer, where its tagged line should be, in double quotes and as ASCII."""
    reply = reply.rstrip()
    return json.dumps(reply if len(reply) <= QUOTED_CHARACTERS else "..." + reply[-QUOTED_CHARACTERS:])


class Prompt:
    """Asks for the move and nothing else.

    Args:
        model: The model to ask.
        answer: How the answer's form is asked for: by words alone ("tag"), or by a grammar as well
            ("grammar", for models that take one, and their default). The grammar admits every move of the
            game, so that it constrains the form and never the legality.
        legal_moves: How the prompt shows the legal moves: each of them, how many there are, or not at all.
    """

    instruction: ClassVar[str] = f"Reply with nothing but {LINE}."

    def __init__(
        self,
        *,
        model: Chat,
        answer: Literal["tag", "grammar"] | None = None,
        legal_moves: Literal["list", "count", "hidden"] = "list",
    ) -> None:
        self._model, self._legal_moves = model, legal_moves
        self._answer = answer or ("grammar" if model.takes_grammar else "tag")
        if self._answer == "grammar" and not model.takes_grammar:
            raise BadOption("answer=grammar is for local models: use answer=tag")

    async def act(self, view: View) -> Decision:
        """One call a question."""
        grammar = self.grammar(view) if self._answer == "grammar" else None
        sample = await self._model.ask(self.messages(view), grammar=grammar)
        return Decision(sample.reply, sample.finish)

    def messages(self, view: View) -> Sequence[Message]:
        """The prompt: rules and instruction, the position, and what was wrong with the last answer if any."""
        system = (
            f"You are a player in a match of a game. Your aim is the highest payoff for yourself.\n\n"
            f"{view.rules}\n\n"
            "You will be shown the match so far and asked for your move. An answer that cannot be read as a "
            "legal move is asked for once more; after a second one you forfeit the match, which never pays "
            f"more than playing on. {self.instruction}"
        )
        question = f"{view.show(self._legal_moves)}\n\nWhat is your move?"
        if view.objection:
            question += (
                f"\n\nYour last answer to this question was not accepted. It ended with: "
                f"{_end_of(view.objection.reply)}\n{view.objection.fault.detail}\n"
                f"This is your last chance to answer. End your reply with {LINE}."
            )
        return (Message(role="system", content=system), Message(role="user", content=question))

    def grammar(self, view: View) -> str:
        """The form of a reply in llama.cpp's GBNF: a bounded thought where there is one, the tag, a move."""
        moves = " | ".join(json.dumps(move) for move in view.moves)
        return f'root ::= {self.thought()}"{TAG} " ({moves})'

    def thought(self) -> str:
        """The form of what stands before the tag."""
        return ""


class ChainOfThought(Prompt):
    """Asks for reasoning step by step, then the move.

    Args:
        model: As for `Prompt`.
        answer: As for `Prompt`.
        legal_moves: As for `Prompt`.
    """

    instruction = f"Think step by step first. Then end your reply with {LINE}."

    def thought(self) -> str:
        """One line, short enough that the move fits under the token limit."""
        room = (self._model.sampling.max_tokens - TOKENS_FOR_THE_MOVE) * CHARACTERS_A_TOKEN
        return f'[^\\n]{{1,{max(1, min(THOUGHT_CHARACTERS, room))}}} "\\n" '
