"""What is kept of calls: the cache, the replay of a log, long texts stored once, keys nowhere."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command import gtbench as command

import gtbench
from gtbench.agent.spec import load_agent
from gtbench.errors import BadOption, NotRecorded, ProviderRejection, UserError
from gtbench.models.ledger import Budget
from gtbench.models.memory import ReplyCache
from gtbench.models.pool import ModelPool
from gtbench.models.request import Request, Sampling
from gtbench.records import Call, Message
from gtbench.testing import ChatReply, Faults, LocalProvider, Trouble, play_legally, script

AGENTS = ("prompt@openai/a", "cot[temperature=0.5]@anthropic/b", "random")
CUP = gtbench.Tournament(agents=AGENTS, games=("kuhn_poker", "tic_tac_toe"), deals=2, seed=0)
OLD = Path(__file__).parents[1] / "data" / "format-1.gtbench"

SAY_YES = (Message(role="user", content="Say yes."),)
KEY = "sk-planted-0123456789abcdef"


def contents(log: gtbench.RunLog) -> list[str]:
    return [match.content() for match in log.matches()]


# The cache.


def test_what_a_cache_holds_is_not_asked_for_again(tmp_path: Path) -> None:
    cache = tmp_path / "replies.cache"
    with LocalProvider() as server:
        first = gtbench.run(CUP, log=tmp_path / "first.gtbench", cache=cache)
        asked = len(server.requests)
        assert asked == first.ledger().spent.calls > 0
        second = gtbench.run(CUP, log=tmp_path / "second.gtbench", cache=cache, budget=Budget(max_calls=1))
        assert len(server.requests) == asked
        third = gtbench.run(CUP.model_copy(update={"seed": 1}), log=tmp_path / "third.gtbench", cache=cache)
        assert len(server.requests) == asked + third.ledger().spent.calls > asked
    assert contents(second) == contents(first)
    assert all(call.replayed for call in second.calls())
    assert not any(call.replayed for call in first.calls())
    assert second.ledger().spent == (0, 0, 0)
    assert second.frame()["input_tokens"].equals(first.frame()["input_tokens"])


def test_equal_prompts_of_different_matches_are_different_samples(tmp_path: Path) -> None:
    """Else matches would depend on each other without saying so."""
    agents = ("prompt@anthropic/b", "random")  # a protocol without seeds: its requests are equal
    cup = gtbench.Tournament(agents=agents, games=("nim",), deals=5, seed=0)
    with LocalProvider() as server:
        gtbench.run(cup, log=tmp_path / "run.gtbench", cache=tmp_path / "replies.cache")
    openings = [request for request in server.requests if "No moves yet." in str(request["messages"])]
    assert len(openings) == 5
    assert all(request == openings[0] for request in openings)


@pytest.mark.parametrize(
    "reply", [ChatReply(""), ChatReply("  "), ChatReply("", finish_reason="content_filter")]
)
def test_a_cache_keeps_no_empty_reply(reply: ChatReply, tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("prompt@openai/a", "random"), games=("nim",), deals=1, seed=0)
    with LocalProvider(lambda _: reply) as server:
        for number in (1, 2):
            gtbench.run(cup, log=tmp_path / f"{number}.gtbench", cache=tmp_path / "replies.cache")
    assert len(server.requests) == 2 * 2 * 2  # runs, seatings, tries at an answer


def test_a_cache_keeps_no_error(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("prompt[tries=1]@openai/a", "random"), games=("nim",), deals=1, seed=0)
    with LocalProvider(faults=Faults(1, kinds=(Trouble.FAILED,))):
        failed = gtbench.run(cup, log=tmp_path / "1.gtbench", cache=tmp_path / "replies.cache")
    assert failed.voids()
    with LocalProvider():
        gtbench.resume(failed.path, cache=tmp_path / "replies.cache")
    assert not any(call.replayed for call in failed.calls())
    assert not any(match.faults for match in failed.matches())


def test_a_file_that_is_no_cache_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a cache, but something of the user's, long enough to be looked at " * 20)
    before = path.read_bytes()
    for other in (path, shutil.copy(OLD, tmp_path / "run.gtbench")):
        with pytest.raises(UserError, match=r"is no cache of replies|cannot be used"), LocalProvider():
            gtbench.run(CUP, log=tmp_path / "new.gtbench", cache=other)
    assert path.read_bytes() == before
    assert (tmp_path / "run.gtbench").read_bytes() == OLD.read_bytes()
    with pytest.raises(UserError, match="cannot be used"):
        gtbench.run(CUP, log=tmp_path / "new.gtbench", cache=tmp_path / "nowhere" / "replies.cache")


@pytest.mark.parametrize(
    "record",
    [b"plain", "plain", b"", zlib.compress(b"{}"), zlib.compress(b"no JSON"), zlib.compress(b"x" * 99)[:-5]],
)
def test_a_cache_with_a_damaged_record_is_told_in_one_line(record: bytes | str, tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("prompt@openai/a", "random"), games=("nim",), deals=1, seed=0)
    cache = tmp_path / "replies.cache"
    with LocalProvider() as server:
        gtbench.run(cup, log=tmp_path / "1.gtbench", cache=cache)
        asked = len(server.requests)
        with closing(sqlite3.connect(cache)) as database, database:
            database.execute("UPDATE calls SET record = ?", (record,))
        with pytest.raises(UserError, match=r"replies.cache is damaged.* remove it") as caught:
            gtbench.run(cup, log=tmp_path / "2.gtbench", cache=cache)
        assert len(server.requests) == asked
    assert "\n" not in str(caught.value)


def test_of_several_samples_an_empty_one_keeps_the_call_out_of_a_cache(tmp_path: Path) -> None:
    """Else the others would come again and again, and the empty one with them."""

    async def ask(cache: ReplyCache) -> list[Call]:
        async with ModelPool(memory=cache) as pool:
            model = pool.connect("openai/a")
            return [await model.complete(Request(SAY_YES, Sampling(), index, n=3)) for index in (0, 0, 1, 1)]

    replies = script("yes", "", "yes", "yes", " ", "yes", *["yes"] * 3)
    with LocalProvider(replies) as server:
        calls = asyncio.run(ask(ReplyCache(tmp_path / "replies.cache")))
    assert [request["n"] for request in server.requests] == [3, 3, 3]
    assert [call.replayed for call in calls] == [False, False, False, True]


def test_a_cache_is_closed_with_its_run(tmp_path: Path) -> None:
    async def use(cache: ReplyCache) -> None:
        async with ModelPool(memory=cache):
            cache.get("key")

    cache = ReplyCache(tmp_path / "replies.cache")
    asyncio.run(use(cache))
    assert list(tmp_path.iterdir()) == [cache.path]  # and nothing of SQLite's beside it
    with pytest.raises(UserError, match="closed database"):
        cache.get("key")


# The replay.


def test_a_replay_plays_the_same_matches_without_a_network_or_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalProvider(faults=Faults(0.1, seed=2, kinds=(Trouble.FAILED, Trouble.RESET))):
        log = gtbench.run(CUP, log=tmp_path / "run.gtbench")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for workers in (1, 16):
        cup = CUP.model_copy(update={"concurrency": workers})
        again = gtbench.run(cup, log=tmp_path / f"again-{workers}.gtbench", replay=log.path)
        assert contents(again) == contents(log)
        assert again.standings().equals(log.standings())
        assert again.ledger().spent == (0, 0, 0)
        assert [call.cost for call in again.calls()] == [call.cost for call in log.calls()]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 7},
        {"deals": 3},
        {"agents": ("cot@openai/a", "random")},
        {"agents": ("prompt[max_tokens=9]@openai/a", "random")},
        {"agents": ("prompt@openai/c", "random")},
    ],
)
def test_a_replay_fails_at_the_first_request_that_was_not_recorded(
    change: dict[str, Any], tmp_path: Path
) -> None:
    with LocalProvider() as server:
        log = gtbench.run(CUP, log=tmp_path / "run.gtbench")
        asked = len(server.requests)
        with pytest.raises(NotRecorded, match=r"run.gtbench does not hold this request to \w+/"):
            gtbench.run(CUP.model_copy(update=change), log=tmp_path / "new.gtbench", replay=log.path)
        assert len(server.requests) == asked


def test_a_replay_takes_no_cache_and_needs_recorded_calls(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="a replay asks no model, so it takes no cache"):
        gtbench.run(CUP, log=tmp_path / "new.gtbench", replay=OLD, cache=tmp_path / "replies.cache")
    with pytest.raises(BadOption, match=r"format-1.gtbench holds no calls that could be replayed"):
        gtbench.run(CUP, log=tmp_path / "new.gtbench", replay=OLD)


def test_a_replay_from_the_command_line_needs_nothing_but_the_log(tmp_path: Path) -> None:
    with LocalProvider() as server:
        log = gtbench.run(CUP, log=tmp_path / "run.gtbench")
        asked = len(server.requests)
    done = command("run", "--replay", "run.gtbench", "--log", "again.gtbench", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Spent: 0 calls, 0 tokens, $0.0000." in done.stdout
    assert contents(gtbench.open_log(tmp_path / "again.gtbench")) == contents(log)
    words = ("run", "--replay", "run.gtbench", "--seed", "5", "--log", "other.gtbench")
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert "error: run.gtbench does not hold this request to" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "other.gtbench").exists()
    assert asked == len(log.calls())


# The log.


def test_a_log_of_format_1_is_read_and_gone_on_with(tmp_path: Path) -> None:
    path = Path(shutil.copy(OLD, tmp_path / "old.gtbench"))
    log = gtbench.open_log(path)
    assert [call.reply for call in log.calls()] == ["Action: pass", "Action: bet", "Action: bet"]
    assert all(call.finish == "stop" and call.retries == () for call in log.calls())
    before = log.matches()
    assert path.read_bytes() == OLD.read_bytes()
    database = sqlite3.connect(path)
    database.execute("DELETE FROM matches WHERE number = 2")
    database.commit()
    database.close()
    with LocalProvider():
        gtbench.resume(path)
    after = gtbench.open_log(path).matches()
    assert after[0] == before[0]
    assert [(m.seed, m.agents, m.final[:20]) for m in after] == [
        (m.seed, m.agents, m.final[:20]) for m in before
    ]


def test_a_long_text_is_stored_once_and_compressed(tmp_path: Path) -> None:
    with LocalProvider():
        log = gtbench.run(CUP, log=tmp_path / "run.gtbench")
    database = sqlite3.connect(log.path)
    stored = [content for (content,) in database.execute("SELECT content FROM texts")]
    texts = [zlib.decompress(content).decode() for content in stored]
    records = "".join(text for (text,) in database.execute("SELECT record FROM matches"))
    database.close()
    told = [message.content for call in log.calls() for message in call.messages]
    assert len(texts) == len(set(texts))
    assert set(told) <= set(texts)
    assert len(told) > 2 * len(set(told))  # the rules stand in every prompt of a game
    assert not any(text in records for text in texts)
    assert sum(map(len, stored)) < sum(map(len, told)) / 4


# Keys.


def test_keys_are_read_from_a_dotenv_file(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    with LocalProvider() as server:
        (tmp_path / ".env").write_text(f"OPENAI_BASE_URL={server.url}\nOPENAI_API_KEY={KEY}\n")
        done = command("doctor", "openai/x", cwd=below)
        assert done.stdout.startswith("ok     openai/x"), done.stdout + done.stderr
        listed = command("models", cwd=below).stdout
        assert "OPENAI_API_KEY is not set" not in listed
        done = command("doctor", "openai/x", cwd=below, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert "127.0.0.1:9" in done.stdout  # what is set already stays


@pytest.mark.parametrize("option", ["x_api_key", "x_Authorization", "x_token", "x_client_secret"])
def test_a_key_is_not_taken_from_the_command_line(option: str) -> None:
    with pytest.raises(BadOption, match=f"{option} is no option: keys come from the environment"):
        load_agent(f"prompt[{option}={KEY}]@openai/x")
    load_agent("prompt[x_max_token_budget=5]@openai/x")


class Quoting:
    """A server's replies that quote the key: now and then, always, or as wrong."""

    def __init__(self) -> None:
        self.mode, self.asked = "sound", 0

    def __call__(self, request: dict[str, Any]) -> str | ChatReply:
        self.asked += 1
        if self.mode == "wrong":
            return ChatReply(f"key {KEY} was not liked", status=401)
        if self.mode == "void" or self.asked % 3 == 1:
            return ChatReply(f"key {KEY} was not liked", status=500)
        return play_legally(request)


def test_a_key_that_a_server_quotes_is_shown_nowhere(tmp_path: Path) -> None:
    """In failures that pass, in a failure that voids, in one that ends the run, in the doctor's line."""
    shown, quoting = "", Quoting()
    with LocalProvider(quoting) as server:
        keys = server.environment | {"OPENAI_API_KEY": KEY}
        for mode, tries in (("sound", 9), ("void", 1), ("wrong", 1)):
            quoting.mode = mode
            agents = ("--agents", f"prompt[tries={tries}]@openai/x", "random", "--games", "kuhn_poker")
            words = (*agents, "--deals", "1", "--log", f"{mode}.gtbench")
            done = command("run", *words, cwd=tmp_path, **keys)
            assert done.returncode == (0 if mode == "sound" else 1), done.stderr
            shown += done.stdout + done.stderr
        shown += command("doctor", "openai/x", cwd=tmp_path, **keys).stdout
    assert shown.count("key <OPENAI_API_KEY> was not liked") == 3
    for verb in (("replay", "1"), ("site", "-o", "site")):
        shown += command(verb[0], "sound.gtbench", *verb[1:], cwd=tmp_path).stdout
    assert "a try that failed" in shown
    found = [gtbench.open_log(tmp_path / f"{mode}.gtbench") for mode in ("sound", "void")]
    shown += "".join(record.model_dump_json() for log in found for record in (*log.matches(), *log.voids()))
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 4
    assert KEY not in shown
    assert not any(KEY.encode() in path.read_bytes() for path in written)


@pytest.mark.parametrize("model", ["openai/o3-pro", "anthropic/x", "litellm/openai/x"])
def test_no_client_shows_a_key_that_a_server_quotes(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoting = Quoting()
    cup = gtbench.Tournament(
        agents=(f"prompt[tries=1]@{model}", "random"), games=("kuhn_poker",), deals=4, seed=0
    )
    with LocalProvider(quoting):
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
            monkeypatch.setenv(name, KEY)
        log = gtbench.run(cup, log=tmp_path / "run.gtbench")
        quoting.mode = "wrong"
        with pytest.raises(ProviderRejection) as caught:
            gtbench.resume(log.path)
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
            monkeypatch.setenv(name, "none-needed")  # as the server's own end expects them
    voids = "".join(void.model_dump_json() for void in log.voids())
    assert voids.count("_API_KEY> was not liked") > 1
    assert "_API_KEY> was not liked" in str(caught.value)
    assert KEY not in voids + str(caught.value)
    assert KEY.encode() not in log.path.read_bytes()
