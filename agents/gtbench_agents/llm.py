"""Agents that ask a language model: one skeleton, in which only the way of reasoning differs.

The prompt's stable part comes first (rules, instruction, form of the answer) and the changing part last
(history, state), so that providers' prompt caches and llama.cpp's hit the longest prefix. Every question is
asked afresh: a prompt is a function of the view.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar, Literal

from gtbench.agent import Decision
from gtbench.game import quote
from gtbench.records import Message
from gtbench.reply import TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.models import Chat
    from gtbench.table import View

QUOTED_CHARACTERS = 200
"""How much of a faulty answer the second question quotes."""

THOUGHT_CHARACTERS = 320
"""The longest thought that a grammar admits, so that the move still fits under the token limit."""


class Prompt:
    """Asks for the move and nothing else.

    Args:
        model: The model to ask.
        answer: How the answer's form is asked for: by words alone ("tag"), or by a grammar as well
            ("grammar", for models that take one, and their default). The grammar admits every move of the
            game, so that it constrains the form and never the legality.
    """

    instruction: ClassVar[str] = f'Reply with one line and nothing else: "{TAG} MOVE".'
    thought: ClassVar[str] = ""

    def __init__(self, *, model: Chat, answer: Literal["tag", "grammar"] | None = None) -> None:
        self._model = model
        self._answer = answer or ("grammar" if model.takes_grammar else "tag")

    async def act(self, view: View) -> Decision:
        """One call a question."""
        grammar = self.grammar(view) if self._answer == "grammar" else None
        call = await self._model.ask(self.messages(view), grammar=grammar)
        return Decision(call.reply, call.finish, (call,))

    def messages(self, view: View) -> Sequence[Message]:
        """The prompt: rules and instruction, the position, and what was wrong with the last answer if any."""
        system = (
            f"You are a player in a match of a game.\n\n{view.rules}\n\n"
            f"You will be shown the match so far and asked for your move. {self.instruction}"
        )
        question = f"{view.text}\n\nIt is your turn. What is your move?"
        if view.objection:
            question += (
                f"\n\nYour last answer was {quote(view.objection.reply, QUOTED_CHARACTERS)}. It was not "
                f'accepted: {view.objection.fault.detail} Answer again, with "{TAG} MOVE" as the last line.'
            )
        return (Message(role="system", content=system), Message(role="user", content=question))

    def grammar(self, view: View) -> str:
        """The form of a reply in llama.cpp's GBNF: a bounded thought where there is one, the tag, a move."""
        moves = " | ".join(json.dumps(move) for move in view.moves)
        return f'root ::= {self.thought}"{TAG} " ({moves})'


class ChainOfThought(Prompt):
    """Asks for reasoning step by step, then the move.

    Args:
        model: As for `Prompt`.
        answer: As for `Prompt`.
    """

    instruction = f'Think step by step first. Then end your reply with one line of the form "{TAG} MOVE".'
    thought = f'[^\\n]{{1,{THOUGHT_CHARACTERS}}} "\\n" '
