"""How a model is asked for its final move, and how its reply becomes a decision.

One form of answer for all strategies: a tagged line in words alone ("tag") or with a grammar that enforces
the form ("grammar"), a JSON object ("json"), or a forced call of a tool ("tool"). None of them constrains the
move's legality. Where they are asked for, statements about the position and a confidence stand before it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gtbench.agent.spec import Decision
from gtbench.models.request import Shape
from gtbench.reply import ACTION, CLAIMS, CONFIDENCE, REASONING, TAG, TOOL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.game.questions import Question
    from gtbench.models.request import Model
    from gtbench.records import Form, Sample

Way = Literal["tag", "grammar", "json", "tool"]

FORMS: dict[Way, Form] = {"tag": "tag", "grammar": "tag", "json": "json", "tool": "tool"}
TAKEN: dict[Way, str] = {"grammar": "grammar", "json": "schema", "tool": "tool"}
"""What a model must take for an answer of that kind."""

MOVE = "MOVE is your move"
LINE = f'one line of the form "{TAG} MOVE", where {MOVE}'
CHANCE = "the probability, in percent, that you will earn more than the opponent in this match"

THOUGHT_CHARACTERS = 320
"""The longest thought that a grammar admits."""
TOKENS_FOR_A_LINE = 16
CHARACTERS_A_TOKEN = 2
"""Few, so that a bounded thought leaves room for the move under nearly every token limit."""


def usual(model: Model) -> Way:
    """How a model is asked unless said: by a grammar where it takes one."""
    return "grammar" if "grammar" in model.takes else "tag"


def thought(tokens: int) -> str:
    """The form of a thought of one line that fits into so many tokens, in llama.cpp's GBNF."""
    return f"[^\\n]{{1,{max(1, min(THOUGHT_CHARACTERS, tokens * CHARACTERS_A_TOKEN))}}}"


@dataclass(frozen=True, slots=True)
class Answering:
    """The form of a final answer.

    Args:
        way: How it is asked for.
        reasons: Whether reasoning comes first.
        questions: What is to be stated about the position.
        confidence: Whether the chance of success is to be stated.
    """

    way: Way
    reasons: bool
    questions: tuple[Question, ...]
    confidence: bool

    def instruction(self, lead: str = "Reply") -> str:
        """What the model is told once, at the end of the system text."""
        end = "" if self.questions else "."
        if self.way in ("json", "tool"):
            what = (
                "a JSON object" if self.way == "json" else f'a call of the tool "{TOOL}" with a JSON object'
            )
            return (
                f"{lead} with nothing but {what} of the form {self._example()}, where {self._meaning()}{end}"
            )
        lines = self._lines()
        form = f"these lines, in this order:\n{lines}\nwhere {self._meaning()}" if lines else LINE
        if self.reasons:
            return f"Think step by step first. Then end your reply, with nothing after it, with {form}{end}"
        return f"{lead} with nothing but {form}{end}"

    def again(self) -> str:
        """What the model is told when its last answer was not accepted."""
        if self.way == "json":
            return "Reply with nothing but the JSON object."
        return f'Call the tool "{TOOL}".' if self.way == "tool" else f"End your reply with {LINE}."

    def shape(self, moves: Sequence[str], tokens: int) -> Shape:
        """What a reply of at most so many tokens is constrained to; `moves` are all of the game."""
        if self.way == "tag":
            return Shape()
        if self.way == "grammar":
            return Shape(grammar=self._grammar(moves, tokens))
        return Shape(schema=json.dumps(self._schema()), tool=TOOL if self.way == "tool" else None)

    def decision(self, sample: Sample) -> Decision:
        """A reply as the table is to read it."""
        called = self.way == "tool" and sample.argument is not None
        return Decision(sample.argument or "" if called else sample.reply, sample.finish, FORMS[self.way])

    def _lines(self) -> str:
        """The lines of an answer with statements; empty where there are none."""
        lines = [f"Claim {question.name}: ANSWER" for question in self.questions]
        lines += ["Confidence: NN%"] if self.confidence else []
        return "\n".join([*lines, f"{TAG} MOVE"] if lines else [])

    def _example(self) -> str:
        """The form of a JSON answer."""
        claims = ", ".join(f'"{question.name}": ANSWER' for question in self.questions)
        fields = [f'"{REASONING}": TEXT'] if self.reasons else []
        fields += [f'"{CLAIMS}": {{{claims}}}'] if claims else []
        fields += [f'"{CONFIDENCE}": NN'] if self.confidence else []
        fields += [f'"{ACTION}": MOVE']
        return f"{{{', '.join(fields)}}}"

    def _meaning(self) -> str:
        """What the words in capitals stand for."""
        parts = (
            ["TEXT is your reasoning, step by step"] if self.reasons and self.way in ("json", "tool") else []
        )
        parts += [MOVE]
        parts += [f"NN is {CHANCE}"] if self.confidence else []
        if self.questions:
            listed = "\n".join(f"- {question.name}: {question.text}" for question in self.questions)
            parts += [f"each ANSWER is about the position as it is before your move:\n{listed}"]
        return "; ".join(parts)

    def _schema(self) -> dict[str, Any]:
        """The JSON schema of an answer, every field of it required, as providers want it."""
        fields: dict[str, Any] = {REASONING: {"type": "string"}} if self.reasons else {}
        if self.questions:
            fields[CLAIMS] = _record(
                {q.name: {"type": "string", "description": q.text} for q in self.questions}
            )
        if self.confidence:
            fields[CONFIDENCE] = {"type": "number", "description": CHANCE}
        return _record(fields | {ACTION: {"type": "string", "description": "your move"}})

    def _grammar(self, moves: Sequence[str], tokens: int) -> str:
        """The form of an answer in llama.cpp's GBNF: a bounded thought if there is one, then the lines."""
        lines = [f'"Claim {q.name}: " {_given(q)} "\\n"' for q in self.questions]
        lines += ['"Confidence: " ("100" | [0-9]{1,2}) "%\\n"'] if self.confidence else []
        room = tokens - TOKENS_FOR_A_LINE * (1 + len(lines))
        before = [f'{thought(room)} "\\n"'] if self.reasons else []
        lines += [f'"{TAG} " {_one_of(moves)}']
        return f"root ::= {' '.join([*before, *lines])}"


def _record(fields: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object with exactly these fields."""
    return {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}


def _given(question: Question) -> str:
    """The form of an answer to a question."""
    number = ['"-"? [0-9]{1,6}'] if question.numbers else []
    return f"({' | '.join([*map(json.dumps, sorted(question.words)), *number])})"


def _one_of(words: Sequence[str]) -> str:
    """The form of one of these words."""
    return f"({' | '.join(map(json.dumps, words))})"
