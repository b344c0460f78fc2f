"""Reading takes time in proportion to the text's length, whatever the text.

Each reader meets texts that are built to be hard: a beginning, a piece that comes again and again, and an end
that fits nothing. A text sixteen times as long may take 64 times the processor's time at most: a reader that
is linear takes 16 times, a quadratic one 256. What is compared is the best of several tries, and a ratio that
is too high is measured again before it counts, so that a busy machine does no harm.
"""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from planted import CASES, play

import gtbench
import gtbench_agents
import gtbench_games
import gtbench_leaderboards
from gtbench.game.table import Table
from gtbench.game.words import normalise, quote
from gtbench.grading.reasoning import find_slips
from gtbench.judging.answers import read_vote as read_judge
from gtbench.judging.rubric import case
from gtbench.labels import Slip
from gtbench.records import Sample
from gtbench.reply import json_object, prose, read, spoken_part, stated
from gtbench.text import recorded
from gtbench_agents.tree_of_thoughts import read_vote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONG, TIMES, MOST = 2_000, 16, 64
"""Characters of the shorter text, how much longer the other one is, and how much more time it may take."""
TRIES = 5
SHORTEST = 2e-3
"""Seconds below which nothing is made of a ratio."""

BOARD = gtbench.load_game("breakthrough")
START = Table(BOARD, BOARD.deal(0))
MATCH, _ = play(CASES[0])
JUDGED = "Here is what I think of it, in some words. "


def hear(answer: str) -> Any:
    return BOARD.hear(START.state, 0, answer)


def replied(text: str, form: Any = "tag") -> Any:
    """The planted match with another reply."""
    turn = next(turn for turn in MATCH.turns if turn.attempts)
    attempt = turn.attempts[-1].model_copy(update={"reply": text, "form": form})
    return turn.model_copy(update={"attempts": (attempt,)})


def slips(text: str) -> None:
    turn = replied(f"{text}\nAction: a7a6").model_copy(update={"seat": 0, "action": START.legal(0)[0]})
    find_slips(turn, BOARD, START.state, None)


def judged(text: str) -> None:
    case(MATCH.model_copy(update={"turns": (replied(JUDGED + text),)}), 0, "json")


READERS: dict[str, Callable[[str], Any]] = {
    "read": lambda text: read(text, "stop", hear),
    "read json": lambda text: read(text, "stop", hear, "json"),
    "stated": lambda text: stated(text, "stop", BOARD.questions),
    "stated json": lambda text: stated(text, "length", BOARD.questions, "json"),
    "prose": prose,
    "spoken part": spoken_part,
    "json object": json_object,
    "hear": hear,
    "normalise": normalise,
    "quote": quote,
    "slips": slips,
    "judged": judged,
    "judge's lines": lambda text: read_judge(Sample(reply=text, finish="stop"), text, "tag"),
    "judge's object": lambda text: read_judge(Sample(reply=text, finish="stop"), text, "json"),
    "judge's quote": lambda text: read_judge(Sample(reply=votes(text), finish="stop"), text * 2, "tag"),
    "tree of thoughts' vote": lambda text: read_vote(text, 9),
}  # fmt: skip


def votes(quote: str) -> str:
    """A judge's answer by tags, with one quote."""
    none = "\n".join(f"{slip}: no" for slip in list(Slip)[1:])
    return f'{Slip.ENDGAME_MISDETECTION}: yes "{" ".join(quote.split())}..."\n{none}'


STARTS = (
    "",
    "Action:",
    "Claim",
    "Confidence",
    "Best:",
    "<think>",
    "```json\n{",
    "I will play ",
    "1 + 1",
    "a7 is ",
)
SIGNS = (
    " ", "\n", "\t \n", "*", "(", "[", "{", "<", "$", "'", '"', "`", "-", ".", ".. ", "_", "1", "1 ", "x",
    "a ", "a.", "1.", "a-", ":", "a:", "\u200b", "\uff1a",
)  # fmt: skip
"""Pieces that come after every start; others come by themselves."""
WORDS = (
    "1 + ", "1 +  ", "1*", "9999 * ", "a7 ", "a7 is free ", "this wins immediately. ", "my card is ", "so, ",
    "Action:", "Action: ", "Action:\n", "Action: a7a6\n", "Action: a7a6", "Action: MOVE\n", "Final ",
    "Claim ", "Claim x: ", "Claim legal: 7\n", "Confidence: 50%\n", "Best: 1\n", "Best: ", "<think>",
    "<think>\n", "</think>", "[THINK]\n", "[/THINK]", "<|channel|>final", "<|channel|>analysis\n",
    "<|start|>assistant",
    "</s>", "<answer>", "<<>>", "\\boxed{", "```\n", '{"a":', '{"a":1,"a":1},', '"a":1,',
    '"\\u0041', "\u2011",
    "\u2028", "misinterpretation", "misinterpretation: yes", "\U0001f600", "\u0130", "\x00",
)  # fmt: skip
ENDS = ("\x00x", "\nAction: a7a6", "}\n```")


def seconds(reader: Callable[[str], Any], text: str) -> float:
    """The processor's time for a text."""
    before = time.thread_time()
    reader(text)
    return time.thread_time() - before


def times(reader: Callable[[str], Any], short: str, long: str) -> float:
    """How many times as long the longer of two texts takes; below the bound at once, if it is so."""
    best = [float("inf"), float("inf")]
    for _ in range(TRIES):
        best = [min(least, seconds(reader, text)) for least, text in zip(best, (short, long), strict=True)]
        ratio = best[1] / max(best[0], SHORTEST / MOST)
        if ratio <= MOST:
            break
    return ratio


def texts(length: int) -> Iterator[str]:
    """Hard texts of about a length, in an order that is always the same."""
    pieces = [*itertools.product(SIGNS, STARTS), *((word, "") for word in WORDS)]
    for (piece, start), end in zip(pieces, itertools.cycle(ENDS), strict=False):
        yield start + piece * (length // len(piece)) + end


@pytest.mark.parametrize("name", READERS)
def test_a_text_sixteen_times_as_long_takes_no_more_than_its_share(name: str) -> None:
    reader = READERS[name]
    for short, long in zip(texts(LONG), texts(LONG * TIMES), strict=True):
        assert times(reader, short, long) <= MOST, ascii(short[:60])


def nested(depth: int) -> Iterator[str]:
    """JSON that is nested to a depth, whole and cut off."""
    for opening, closing in (('{"a":', "}"), ("[", "]"), ('{"a":1,"a":', "}"), ('[{"a":', "}]")):
        yield opening * depth + "1" + closing * depth
        yield opening * depth
        yield f'{{"action": {opening * depth}1{closing * depth}, "action": "a7a6"}}'


@pytest.mark.parametrize("name", ["read json", "stated json", "json object", "judge's object"])
def test_json_may_be_nested_however_deep_and_name_its_fields_however_often(name: str) -> None:
    for short, long in zip(nested(LONG // 10), nested(LONG * TIMES // 10), strict=True):
        assert times(READERS[name], short, long) <= MOST, ascii(short[:60])


def test_a_key_is_looked_for_in_a_text_however_it_is_dressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", key := "mnmnopqrstuvwxyz")
    for start, piece in itertools.product(
        (key, "zyxwvutsrqpon", "\x1b[", "\x1b]", "\\u"),
        (
            key,
            "m",
            "m ",
            "\x1b[",
            "\x1b[m",
            "\x1b]m",
            "\x1b]m\x07",
            "\x9d",
            "\\",
            "\\u",
            "\\u006d",
            "\\ud83d",
            "0",
        ),
    ):
        short, long = (start + piece * (length // len(piece)) + key for length in (LONG, LONG * TIMES))
        assert times(recorded, short, long) <= MOST, (start, piece)


# Every pattern by itself, in the way in which its module uses it.

WAYS = ("fullmatch", "match", "search", "findall", "finditer", "sub", "split")


def patterns() -> Iterator[tuple[str, Callable[[str], Any], str]]:
    """The compiled patterns of all modules, each with every way in which its module uses it."""
    for package in (gtbench, gtbench_agents, gtbench_games, gtbench_leaderboards):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            loaded = importlib.import_module(module.name)
            source = Path(str(loaded.__file__)).read_text()
            for name, pattern in vars(loaded).items():
                for way in WAYS if isinstance(pattern, re.Pattern) else ():
                    if f"{name}.{way}(" in source:
                        yield f"{module.name}.{name}.{way}", _used(pattern, way), pattern.pattern


def _used(pattern: re.Pattern[str], way: str) -> Callable[[str], Any]:
    """What a module does with a pattern."""
    if way == "sub":
        return lambda text: pattern.sub("", text)
    return lambda text: (
        [*(getattr(pattern, way)(text) or ())] if way == "finditer" else getattr(pattern, way)(text)
    )


def test_no_pattern_takes_more_than_its_share() -> None:
    found = {name: (use, text) for name, use, text in patterns()}
    assert "gtbench.reply._TAGGED.fullmatch" in found
    assert len(found) > 30
    for name, (use, source) in found.items():
        words = re.findall(r"[a-z][a-z ]+", re.sub(r"\\\\.", " ", source))[:8]
        pieces = [*SIGNS, "1 + ", *words]
        for start, piece in itertools.product(["", *words], pieces):
            short, long = (
                start + piece * (length // len(piece)) + "\x00x" for length in (LONG, LONG * TIMES)
            )
            assert times(use, short, long) <= MOST, (name, start, piece)
