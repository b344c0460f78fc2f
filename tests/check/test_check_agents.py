"""The check of agents: it finds nothing wrong with ours, and sees what is wrong with others."""

from __future__ import annotations

import asyncio
import gc
import inspect
import random
import time
from types import CoroutineType
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench import registry
from gtbench.check import check_agent
from gtbench.errors import CheckFailed
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from gtbench import View

NAMES = [
    "random",
    "greedy",
    "mcts[simulations=20]",
    "threshold[share=0.4]",
    "tit_for_tat",
    "extortion[chi=2]",
]


def checked(agent: Any, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> dict[str, str]:
    """What the check says of an agent's code, by the first word of each property."""
    plain = registry.load
    monkeypatch.setattr(
        registry, "load", lambda kind, name: agent if name == "stranger" else plain(kind, name)
    )
    return {finding.name: finding.evidence for finding in check_agent("stranger", **settings)}


@pytest.mark.parametrize("name", NAMES)
def test_the_check_finds_nothing_wrong_with_ours(name: str) -> None:
    evidence = [finding.evidence for finding in check_agent(name, deals=1)]
    assert len(evidence) == 7
    assert evidence[2] == "it does, and says so"


def test_every_player_without_a_model_but_the_human_promises_to_repeat_itself() -> None:
    for name in registry.names("agents"):
        spec = registry.load("agents", name)
        if "model" not in inspect.signature(spec).parameters and name not in ("human", "optimal"):
            assert spec.deterministic, name


def test_the_check_finds_the_cheat_out() -> None:
    with pytest.raises(
        CheckFailed, match="answers otherwise where only something hidden differs, in kuhn_poker"
    ):
        check_agent("clairvoyant_mcts[simulations=60]", games=["kuhn_poker"])


def test_an_agent_on_a_model_is_checked_with_it() -> None:
    with LocalProvider() as server:
        evidence = [
            finding.evidence for finding in check_agent("cot@openai/x", games=["kuhn_poker"], deals=1)
        ]
    assert evidence[2] == "it does, though it does not say so"
    assert len(server.requests) > 20


class Peeks:
    """Searches the memory of the process for the table that it is asked at."""

    async def act(self, view: View) -> str:
        turns = [it.cr_frame.f_locals for it in gc.get_objects() if type(it) is CoroutineType and it.cr_frame]
        (table,) = (known["table"] for known in turns if known.get("view") is view and "table" in known)
        return f"Action: {view.legal[sum(map(ord, str(table.state))) % len(view.legal)]}"


class Remembers:
    """Shares a count among all its matches."""

    deterministic = True
    seen = 0

    async def act(self, view: View) -> str:
        Remembers.seen += 1
        return f"Move {Remembers.seen}.\nAction: {view.legal[0]}"


class Entangled:
    """Has a class attribute that matches at once write over."""

    deterministic = True
    current = 0

    def __init__(self, *, rng: random.Random) -> None:
        self.own = Entangled.current = rng.randrange(1 << 40)

    async def act(self, view: View) -> str:
        await asyncio.sleep(0)
        return f"I am {'alone' if Entangled.current == self.own else 'lost'}.\nAction: {view.legal[0]}"


class Chancy:
    """Draws its luck from a generator of its own."""

    async def act(self, view: View) -> str:
        return f"{time.perf_counter_ns()}\nAction: {random.choice(view.legal)}"


class Promises(Chancy):
    deterministic = True


class Offended:
    """Cannot bear to be asked again."""

    async def act(self, view: View) -> str:
        return "I have said it." if view.objection else f"Action: {view.legal[0]}"


class Illegal:
    async def act(self, view: View) -> str:
        return f"Action: {view.moves[-1]}"


class Slow:
    def act(self, view: View) -> str:
        time.sleep(0.3)
        return f"Action: {view.legal[0]}"


class Clumsy:
    """Fails while a match that was broken off is not closed."""

    under_way = 0

    def __init__(self) -> None:
        Clumsy.under_way += 1

    async def act(self, view: View) -> str:
        if Clumsy.under_way > 1:
            raise RuntimeError("one match at a time, please")
        return f"Action: {view.legal[0]}"

    async def aclose(self) -> None:
        Clumsy.under_way -= 1


class Stubborn:
    """Takes a second question about a match for a second match."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def act(self, view: View) -> str:
        self.asked.append(view.history)
        return f"Action: {view.legal[0]}" if len(self.asked) == 1 else "Action: I have resigned"


@pytest.mark.parametrize(
    ("agent", "found"),
    [
        (Remembers, "answers otherwise though its seed and its views are the same"),
        (Promises, "answers otherwise though its seed and its views are the same"),
        (Entangled, "answers otherwise while it plays other matches"),
        (Clumsy, "one match at a time, please"),
        (Offended, "a fault when asked again in tic_tac_toe: unparsable"),
        (Illegal, "a fault in tic_tac_toe: illegal. "),
        (Stubborn, "a fault in tic_tac_toe: unparsable"),
        (Slow, "a fault in tic_tac_toe: timed_out. The player's own time for the move was up: 0.1 s."),
    ],
)
def test_the_check_sees_what_is_wrong(agent: Any, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckFailed) as caught:
        checked(agent, monkeypatch, deals=1, seconds_per_move=0.1 if agent is Slow else 60)
    first = str(caught.value).splitlines()[0]
    assert first.startswith("stranger")
    assert found in str(caught.value)
    assert "It reads:\n" in str(caught.value)


def test_an_agent_that_searches_the_memory_for_what_is_hidden_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(CheckFailed, match="answers otherwise where only something hidden differs"):
        checked(Peeks, monkeypatch, games=["kuhn_poker"], deals=1)


def test_one_that_does_not_repeat_itself_is_played_but_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = list(checked(Chancy, monkeypatch, deals=1).values())
    assert evidence[2] == "it does not, and does not say so: what follows is played, but not compared"
    assert evidence[5] == "not compared"


def test_an_agent_is_checked_in_the_games_that_it_plays() -> None:
    (first, *_) = check_agent("threshold", deals=1)
    assert "of blind_auction, negotiation; the slowest took" in first.evidence
    (first, *_) = check_agent("random", deals=1, games=["nim[skin=stone_jars]", "pig"])
    assert "of nim[skin=stone_jars], pig; " in first.evidence
    with pytest.raises(
        gtbench.UserError, match="threshold plays blind_auction and negotiation only, not nim"
    ):
        check_agent("threshold", games=["nim"])


@pytest.fixture(autouse=True)
def _fresh() -> None:
    Remembers.seen = Clumsy.under_way = 0
