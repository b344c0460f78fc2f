"""Players that crash, hang or answer nonsense: each is charged its own fault, and nothing else stops."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from patience import give_up_soon

import gtbench
from gtbench import registry
from gtbench.clock import Clock
from gtbench.errors import BudgetSpent, ProviderFailure, ProviderRejection
from gtbench.models.ledger import Budget
from gtbench.models.request import Provider
from gtbench.records import Call, Message, Sample
from gtbench.testing import ChatReply, LocalProvider, script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from gtbench import Decision, View
    from gtbench.models.request import Chat, Request

HELLO = [Message(role="user", content="Hello")]


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Registers agents under the names of the keywords."""
    plain = registry.load

    def register(**agents: object) -> None:
        monkeypatch.setattr(registry, "load", lambda kind, name: agents.get(name) or plain(kind, name))

    return register


def faults(match: gtbench.Match) -> list[str]:
    return [f"{fault.kind}: {fault.detail}" for fault in match.faults]


def fail(error: Exception) -> None:
    raise error


def divides(view: View) -> str:
    return f"Action: {view.legal[1 // 0]}"


async def divides_in_a_group(view: View) -> str:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(divides, view))
    return ""


class Unmade:
    def __init__(self, *, game: gtbench.Game | None) -> None:
        raise LookupError("no table at caf\u00e9 \ud800")

    async def act(self, view: View) -> str:
        return "Action: pass"


def leaves(_: View) -> str:
    sys.exit(3)


async def gives_up(_: View) -> str:
    raise asyncio.CancelledError


def says_nothing(_: View) -> None:
    return None


async def decides_oddly(_: View) -> Decision:
    return gtbench.Decision("Action: pass", "done")  # type: ignore[arg-type]


def stops(_: View) -> str:
    return next(iter(()))


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (divides, "ZeroDivisionError: integer division or modulo by zero"),
        (divides_in_a_group, "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)"),
        (Unmade, "LookupError: no table at caf\\xe9 ?"),
        (leaves, "RuntimeError: the player called for the end of the process, with exit code 3"),
        (gives_up, "CancelledError: raised by the player"),
        (says_nothing, "TypeError: act returned None, not a text or a gtbench.Decision"),
        (
            decides_oddly,
            "TypeError: act returned a decision of an unknown finish or form: Decision(",
        ),
        (stops, "RuntimeError: StopIteration"),
    ],
)
def test_a_player_whose_code_fails_is_asked_once_more_and_forfeits(
    agent: Any, said: str, named: Callable[..., None]
) -> None:
    named(bad=agent)
    match = gtbench.play("kuhn_poker", ["bad", "random"], seed=1)
    assert len(match.faults) == 2
    assert all(fault.startswith(f"crashed: The player's own code failed: {said}") for fault in faults(match))
    assert match.forfeited_by == (0,)
    assert match.rewards == (-2, 2)


def test_the_traceback_is_in_the_log_from_the_players_own_code_on_and_without_keys(
    named: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def boast(view: View) -> str:
        raise RuntimeError(
            "my key is sk-planted-12345\n" + "x" * 20_000 if view.objection else "sk-planted-12345"
        )

    named(bad=boast)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-12345")
    try:
        fail(BudgetSpent())
    except BudgetSpent:  # what the caller is handling is nothing of the player's
        match = gtbench.play("kuhn_poker", ["bad", "random"], seed=1)
    first, second = match.faults
    assert first.trace.startswith('Traceback (most recent call last):\n  File "' + __file__)
    assert first.trace.endswith("RuntimeError: <OPENAI_API_KEY>")
    assert len(second.trace) == 8000
    assert "sk-planted" not in match.model_dump_json()
    assert len(second.detail) < 400
    moved = match.model_copy(
        update={
            "turns": (
                match.turns[0].model_copy(
                    update={
                        "attempts": tuple(
                            attempt.model_copy(
                                update={
                                    "fault": attempt.fault and attempt.fault.model_copy(update={"trace": ""})
                                }
                            )
                            for attempt in match.turns[0].attempts
                        )
                    }
                ),
            )
        }
    )
    assert moved.content() == match.content()


def test_a_player_that_crashes_once_may_play_on_and_is_told(named: Callable[..., None]) -> None:
    def shaky(view: View) -> str:
        if not view.objection:
            raise OSError("disk full")
        return f"{view.objection.fault.detail} Sorry.\nAction: bet"

    named(shaky=shaky)
    match = gtbench.play("kuhn_poker", ["shaky", "random"], seed=1)
    assert match.forfeited_by == ()
    assert (
        match.turns[0].attempts[1].reply.startswith("The player's own code failed: OSError: disk full Sorry.")
    )


@pytest.mark.parametrize("wrapped", ["plain", "cause", "context", "group"])
def test_what_the_world_did_is_never_the_players_crash(
    wrapped: str, named: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asks(_: View, *, model: Chat) -> str:
        if wrapped == "group":
            async with asyncio.TaskGroup() as group:
                group.create_task(model.ask(HELLO))
        try:
            await model.ask(HELLO)
        except ProviderFailure as error:
            if wrapped == "plain":
                raise
            raise RuntimeError("no answer") from (error if wrapped == "cause" else None)
        return "Action: pass"

    async def careless(view: View, *, model: Chat) -> str:
        try:
            await model.ask(HELLO)
        except ProviderFailure:
            return f"Action: {view.nothing}"  # type: ignore[attr-defined]
        return "Action: pass"

    named(asks=careless if wrapped == "context" else asks)
    give_up_soon(monkeypatch)
    with LocalProvider(lambda _: ChatReply(status=500)), pytest.raises(ProviderFailure):
        gtbench.play("kuhn_poker", ["asks@openai/x", "random"], seed=1)


async def goes_on(_: View, *, model: Chat) -> str:
    with suppress(Exception):
        await model.ask(HELLO)
    return "Action: pass"


async def goes_on_and_crashes(view: View, *, model: Chat) -> str:
    await goes_on(view, model=model)
    return f"Action: {view.nothing}"  # type: ignore[attr-defined]


async def goes_on_and_hangs(view: View, *, model: Chat) -> str:
    await goes_on(view, model=model)
    await asyncio.sleep(60)
    return ""


async def says_otherwise(_: View, *, model: Chat) -> str:
    try:
        return (await model.ask(HELLO)).reply
    except Exception:  # noqa: BLE001
        raise ValueError("it is all my fault") from None


async def asks_in_a_task_left_behind(_: View, *, model: Chat) -> str:
    task = asyncio.create_task(model.ask(HELLO))
    await asyncio.wait([task])
    return "Action: raise"  # no such move


SWALLOWING = [goes_on, goes_on_and_crashes, goes_on_and_hangs, says_otherwise, asks_in_a_task_left_behind]


@pytest.mark.parametrize("agent", SWALLOWING)
def test_what_the_world_did_is_the_worlds_also_where_a_player_makes_nothing_of_it(
    agent: Any, named: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named(asks=agent)
    give_up_soon(monkeypatch)
    cup = gtbench.Tournament(
        agents=("asks@openai/x", "random", "greedy"), games=("kuhn_poker",), deals=1, seconds_per_move=2
    )
    with LocalProvider(lambda _: ChatReply(status=500)):
        log = gtbench.run(cup, log=tmp_path / "cup.gtbench")
    played = [match.agents for match in log.matches()]
    assert sorted(played) == [("greedy", "random"), ("random", "greedy")]  # the others were void
    assert {void.number for void in log.voids()} | log.numbers() == set(range(1, 7))
    assert all("openai/x failed" in void.reason for void in log.voids())


@pytest.mark.parametrize("agent", SWALLOWING)
def test_a_spent_budget_and_a_wrong_key_end_a_run_whatever_a_player_makes_of_them(
    agent: Any, named: Callable[..., None], tmp_path: Path
) -> None:
    named(asks=agent)
    cup = gtbench.Tournament(
        agents=("asks@openai/x", "random"), games=("kuhn_poker",), deals=3, seconds_per_move=2
    )
    with LocalProvider(script(*["Action: pass"] * 20)), pytest.raises(BudgetSpent):
        gtbench.run(cup, log=tmp_path / "spent.gtbench", budget=Budget(max_calls=2))
    with LocalProvider(lambda _: ChatReply(status=401)), pytest.raises(ProviderRejection):
        gtbench.run(cup, log=tmp_path / "refused.gtbench")


class Sluggish:
    """A model of a plug-in whose code does not await."""

    model, priced, takes = "sluggish/x", True, frozenset({"max_tokens"})

    def __init__(self, _: str) -> None:
        pass

    async def complete(self, request: Request) -> Call:
        time.sleep(0.8)  # noqa: ASYNC251
        await asyncio.sleep(0)
        time.sleep(0.8)  # noqa: ASYNC251
        sample = Sample(reply="Action: pass", finish="stop")
        return Call(model=self.model, messages=request.messages, settings={}, samples=(sample,))

    async def aclose(self) -> None:
        pass


def test_a_models_code_that_holds_up_the_loop_is_named_and_charged_to_nobody(
    named: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: Any
) -> None:
    async def asks(_: View, *, model: Chat) -> str:
        return (await model.ask(HELLO)).reply

    monkeypatch.setattr("gtbench.pulse.LONG", 0.5)
    named(asks=asks, sluggish=Provider("a name", Sluggish, lambda: ""))
    cup = gtbench.Tournament(
        agents=("asks@sluggish/x", "random", "greedy"), games=("kuhn_poker",), deals=1, seconds_per_move=0.5
    )
    log = gtbench.run(cup, log=tmp_path / "cup.gtbench")
    assert [len(match.faults) for match in log.matches()] == [0] * 6
    (warning,) = [record.getMessage() for record in caplog.records if "held up" in record.getMessage()]
    assert warning.startswith("warning: sluggish/x held up all matches for ")


@pytest.mark.parametrize(
    "misuse",
    [
        lambda model: model.ask("Hello"),
        lambda model: model.ask([]),
        lambda model: model.ask(HELLO, max_tokens=-1),
        lambda model: model.sample(HELLO, 0),
    ],
)
def test_a_player_that_asks_its_model_in_a_way_that_nobody_could_answer_has_crashed(
    misuse: Callable[[Chat], Awaitable[Any]], named: Callable[..., None]
) -> None:
    async def asks(_: View, *, model: Chat) -> str:
        await misuse(model)
        return "Action: pass"

    named(asks=asks)
    with LocalProvider() as server:
        match = gtbench.play("kuhn_poker", ["asks@openai/x", "random"], seed=1)
    assert [fault.kind for fault in match.faults] == ["crashed", "crashed"]
    assert not server.requests


async def sleeps(_: View) -> str:
    await asyncio.sleep(60)
    return "Action: pass"


def blocks(_: View) -> str:
    threading.Event().wait(60)
    return "Action: pass"


async def computes(_: View) -> str:
    time.sleep(0.3)  # noqa: ASYNC251  (as one that computes and never awaits)
    return "Action: pass"


async def clings(view: View) -> str:  # noqa: ARG001  (it is handed one)
    for _ in range(2):  # the second time it is told so by the end of the run
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue
    return "Action: pass"


@pytest.mark.parametrize("agent", [sleeps, blocks, computes])
def test_a_player_whose_time_is_up_forfeits_at_once(agent: Any, named: Callable[..., None]) -> None:
    named(slow=agent)
    started = time.perf_counter()
    match = gtbench.play("kuhn_poker", ["slow", "random"], seed=1, seconds_per_move=0.2)
    assert time.perf_counter() - started < 5
    assert faults(match) == ["timed_out: The player's own time for the move was up: 0.2 s."]
    assert match.forfeited_by == (0,)


def test_a_player_that_will_not_stop_is_left_behind(
    named: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gtbench.pulse.SECONDS_TO_STOP", 0.1)
    named(slow=clings)
    match = gtbench.play("kuhn_poker", ["slow", "random"], seed=1, seconds_per_move=0.1)
    assert [fault.kind for fault in match.faults] == ["timed_out"]


def test_both_answers_share_the_time_of_one_move(named: Callable[..., None]) -> None:
    async def dawdles(_: View) -> str:
        await asyncio.sleep(0.25)
        return "Action: raise"

    named(slow=dawdles)
    match = gtbench.play("kuhn_poker", ["slow", "random"], seed=1, seconds_per_move=0.4)
    assert [fault.kind for fault in match.faults] == ["unparsable", "timed_out"]


def test_the_clock_stands_still_while_the_model_is_asked(named: Callable[..., None]) -> None:
    async def asks_twice(view: View, *, model: Chat) -> str:
        await asyncio.gather(model.ask(HELLO), model.ask(HELLO))
        await asyncio.sleep(0.3 if view.history else 0)
        return (await model.ask(HELLO)).reply

    named(asks=asks_twice, passes=lambda _: "Action: pass")
    with LocalProvider(script(*["Action: pass"] * 20), latency=0.3):
        first, second = (
            gtbench.play("kuhn_poker", seats, seed=1, seconds_per_move=0.25)
            for seats in (["asks@openai/x", "passes"], ["passes", "asks@openai/x"])
        )
    assert first.faults == ()
    assert faults(second) == ["timed_out: The player's own time for the move was up: 0.25 s."]


def test_a_clock_without_a_limit_never_runs_out() -> None:
    async def wait() -> bool:
        return await Clock().times(asyncio.create_task(asyncio.sleep(0.01)))

    assert asyncio.run(wait())


def test_the_run_goes_on_past_players_that_crash_and_hang(named: Callable[..., None], tmp_path: Any) -> None:
    named(bad=divides, slow=blocks, unmade=says_nothing)
    cup = gtbench.Tournament(
        agents=("bad", "slow", "random"),
        games=("kuhn_poker", "prisoners_dilemma"),
        deals=1,
        seconds_per_move=0.2,
        seed=0,
    )
    log = gtbench.run(cup, log=tmp_path / "cup.gtbench")
    assert len(log.numbers()) == 12
    profile = log.profile().set_index(["agent", "game"])
    assert profile.loc[("bad", "all games"), "crashed"] == 14  # once the other was first to go
    assert profile.loc[("slow", "all games"), "timed_out"] == 7
    assert profile.loc[("random", "all games"), ["crashed", "timed_out"]].sum() == 0


def test_an_agent_that_cannot_be_made_is_told_of_before_anything_is_played(
    named: Callable[..., None], tmp_path: Any
) -> None:
    named(bad=Unmade)
    cup = gtbench.Tournament(agents=("bad", "random"), games=("kuhn_poker",), deals=1, seed=0)
    with pytest.raises(gtbench.UserError, match="bad cannot be made: LookupError: no table"):
        gtbench.run(cup, log=tmp_path / "cup.gtbench")
    assert not (tmp_path / "cup.gtbench").exists()
