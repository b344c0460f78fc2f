"""An LLM judge on a real log: what is asked and kept, what it costs, where it stops, and what is shown."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as command
from verdicts import answer, lines

import gtbench
from gtbench.errors import BudgetSpent
from gtbench.game.deal import derive
from gtbench.judging.judge import AT_ONCE, judge, plan
from gtbench.judging.plan import USUAL_TOKENS, Wanted, load_judge
from gtbench.judging.rubric import RUBRIC, SYSTEM
from gtbench.labels import Slip
from gtbench.log.format import JUDGED, tables
from gtbench.models.ledger import Budget, Ledger, Spent
from gtbench.models.limits import CHARACTERS_A_TOKEN
from gtbench.records import FORMAT
from gtbench.testing import ChatReply, Faults, LocalProvider, Trouble, play_legally, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OLD = Path(__file__).parents[1] / "data" / "format-1.gtbench"


CUP = gtbench.Tournament(
    agents=("cot@openai/player", "prompt@openai/terse"),
    games=("kuhn_poker", "nim[pile_sizes=2;3]"),
    deals=6,
    seed=0,
)
JUDGE = "openai/judge"


def reply(request: dict[str, Any]) -> str | ChatReply:
    """A player that reasons, mostly with a wrong card; one that does not; a judge that sees the card."""
    asked = words_of((request.get("messages") or request["input"])[-1]["content"])
    if request["model"] != "judge":
        said = f"I think about it: my card is the {'JQK'[derive(asked) % 3]}.\n"
        return (said if request["model"] == "player" else "") + str(play_legally(request))
    card = re.search(r"^Your card: (\w)", asked, re.MULTILINE)
    named = re.search(r"my card is the (\w)", asked)
    made = {"misinterpretation": named[0]} if card and named and card[1] != named[1] else {}
    structured = request.get("response_format") or request.get("output_config")
    return str(answer(**made) if structured else lines(**made))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log, not to be changed."""
    path = tmp_path_factory.mktemp("judged") / "run.gtbench"
    with LocalProvider(reply):
        gtbench.run(CUP, log=path)
    return path


@pytest.fixture
def log(played: Path, tmp_path: Path) -> gtbench.RunLog:
    """A log of one's own."""
    return gtbench.open_log(shutil.copy(played, tmp_path / "run.gtbench"))


@pytest.fixture
def server() -> Iterator[LocalProvider]:
    with LocalProvider(reply) as provider:
        yield provider


def reasoned(log: gtbench.RunLog) -> set[tuple[int, int]]:
    """The decisions of the player that reasons."""
    return {
        (match.number, place)
        for match in log.matches()
        for place, turn in enumerate(match.turns)
        if match.agents[turn.seat] == "cot@openai/player" and not turn.forced
    }


def test_every_decision_with_reasoning_is_judged_several_times_and_each_vote_kept(
    log: gtbench.RunLog, server: LocalProvider
) -> None:
    outcome = judge(log, JUDGE, votes=3)
    found = log.judgements()
    assert {(one.number, one.turn) for one in found} == reasoned(log)
    assert len(found) == outcome.done == len(reasoned(log)) > AT_ONCE
    for one in found:
        assert (one.judge, one.rubric, len(one.votes)) == (JUDGE, RUBRIC, 3)
        (call,) = one.calls  # the provider gives several answers to a request
        assert len(call.samples) == 3
        assert (call.model, call.served_by, call.settings["n"]) == (JUDGE, "judge-served", 3)
        assert call.settings["max_tokens"] == 2048
        assert call.messages[0].content.startswith(SYSTEM[:50])
    assert all(request["response_format"]["type"] == "json_schema" for request in server.requests)
    kuhn = {m.number: m for m in log.matches() if m.game == "kuhn_poker"}
    for one in found:
        wrong = False
        if one.number in kuhn:
            turn = kuhn[one.number].turns[one.turn]
            wrong = f"Your card: {turn.attempts[-1].reply.partition('is the ')[2][0]}" not in turn.view
        assert one.majority(Slip.MISINTERPRETATION) is wrong
        assert one.majority(Slip.FACTUAL_ERROR) is False


def test_a_judges_calls_are_no_players_and_its_prompts_stand_once_each_in_the_log(
    log: gtbench.RunLog, server: LocalProvider
) -> None:
    calls, ledger, frame = log.calls(), str(log.ledger()), log.frame()
    judge(log, JUDGE, votes=2)
    assert log.calls() == calls
    assert str(log.ledger()) == ledger
    assert log.frame().equals(frame)
    spent = Spent.sum(Spent.on(one.calls, one.failed) for one in log.judging())
    assert (spent.calls, spent.tokens) == (len(server.requests), server.tokens)
    database = sqlite3.connect(log.path)
    records = "".join(record for (record,) in database.execute("SELECT record FROM judgements"))
    database.close()
    assert SYSTEM[:50] not in records


def test_what_was_judged_is_not_asked_again_unless_that_is_said(
    log: gtbench.RunLog, server: LocalProvider
) -> None:
    judge(log, JUDGE, Wanted(most=5), votes=1)
    assert len(server.requests) == 5
    assert plan(log, JUDGE).before == 5
    judge(log, JUDGE, Wanted(most=5), votes=3)
    assert len(server.requests) == 5
    first = {(one.number, one.turn) for one in log.judgements()}
    judge(log, JUDGE, Wanted(most=7), votes=1)
    assert len(server.requests) == 7
    assert first < {(one.number, one.turn) for one in log.judgements()}
    judge(log, JUDGE, Wanted(most=7, again=True), votes=2)
    assert len(server.requests) == 14
    assert {len(one.votes) for one in log.judgements()} == {2}
    assert len(log.judgements()) == 7
    assert len(log.judging()) == 14  # what was paid for stays


def test_what_was_judged_by_another_rubric_is_judged_again(
    log: gtbench.RunLog, server: LocalProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(log, JUDGE, Wanted(most=5), votes=1)
    asked = plan(log, JUDGE, Wanted(most=5))
    assert (len(asked.cases), asked.before) == (0, 5)
    for module in ("gtbench.judging.judge", "gtbench.judging.plan"):
        monkeypatch.setattr(sys.modules[module], "RUBRIC", "another")
    asked = plan(log, JUDGE, Wanted(most=5))
    assert (len(asked.cases), asked.before) == (5, 0)
    judge(log, JUDGE, Wanted(most=5), votes=1)
    assert len(server.requests) == 10
    assert {one.rubric for one in log.judgements()} == {RUBRIC, "another"}


def test_several_judges_stand_side_by_side(log: gtbench.RunLog, server: LocalProvider) -> None:
    other = "openai/judge[answer=tag,temperature=0.5]"
    for string in (JUDGE, other):
        judge(log, string, Wanted(games=["kuhn_poker"]), votes=1)
    mine, others = ([one for one in log.judgements() if one.judge == string] for string in (JUDGE, other))
    assert [one.votes for one in mine] == [one.votes for one in others]
    assert any(one.votes[0].quotes for one in others)
    assert "response_format" not in server.requests[-1]
    assert server.requests[-1]["temperature"] == 0.5
    assert set(log.report("judged")["judge"]) == set(log.report("agreement")["judge"]) == {JUDGE, other}


@pytest.mark.usefixtures("server")
def test_only_decisions_that_are_wanted_are_judged(log: gtbench.RunLog) -> None:
    judge(log, JUDGE, Wanted(games=["nim"], agents=["cot@openai/player"]), votes=1)
    matches = {match.number: match for match in log.matches()}
    judged = {(one.number, one.turn) for one in log.judgements()}
    assert judged == {place for place in reasoned(log) if matches[place[0]].game.startswith("nim")}


def test_where_a_provider_gives_one_answer_a_request_each_vote_is_a_call(
    log: gtbench.RunLog, server: LocalProvider
) -> None:
    judge(log, "anthropic/judge", Wanted(most=2), votes=3)
    assert len(server.requests) == 6
    assert all(len(one.calls) == len(one.votes) == 3 for one in log.judgements())
    assert all("output_config" in request for request in server.requests)


@pytest.mark.parametrize("string", [JUDGE, "anthropic/judge"])
def test_a_cap_stops_with_every_decision_begun_judged_and_a_higher_one_goes_on(
    log: gtbench.RunLog, server: LocalProvider, string: str
) -> None:
    each = 1 if string == JUDGE else 3
    wanted = Wanted(most=9)
    with pytest.raises(BudgetSpent, match=r"max_calls=7 has no room for more decisions"):
        judge(log, string, wanted, budget=Budget(max_calls=7))
    assert len(log.judgements()) == len(log.judging()) == 7 // each
    with pytest.raises(BudgetSpent):  # what was spent before counts
        judge(log, string, wanted, budget=Budget(max_calls=7))
    assert len(log.judgements()) == 7 // each
    judge(log, string, wanted, budget=Budget(max_calls=100))
    assert len(log.judgements()) == 9
    assert len(server.requests) == 9 * each


def counted(words_a_token: float) -> Callable[[dict[str, Any]], ChatReply]:
    """A judge that counts tokens as they are expected, or more of them, each decision alike."""

    def judged(request: dict[str, Any]) -> ChatReply:
        read = sum(len(message["content"]) for message in request["messages"]) // CHARACTERS_A_TOKEN
        message = {"role": "assistant", "content": answer()}
        choices = [{"index": n, "finish_reason": "stop", "message": message} for n in range(request["n"])]
        usage = {"prompt_tokens": int(read * words_a_token),
                 "completion_tokens": int(request["n"] * USUAL_TOKENS * words_a_token)}  # fmt: skip
        return ChatReply(body={"model": "judge", "choices": choices, "usage": usage})

    return judged


@pytest.mark.parametrize("more", [1, 2])
@pytest.mark.parametrize("cap", [9_000, 25_000])
def test_a_cap_on_tokens_is_kept(log: gtbench.RunLog, more: int, cap: int) -> None:
    """Whatever the order: a decision takes what is expected, or twice as much, as the first one shows."""
    with LocalProvider(counted(more)), pytest.raises(BudgetSpent, match=f"max_tokens={cap} has no room"):
        judge(log, JUDGE, budget=Budget(max_tokens=cap))
    spent = [Spent.on(one.calls).tokens for one in log.judging()]
    assert cap - 2 * max(spent) < sum(spent) <= cap
    assert all(one.votes for one in log.judging())


def test_each_prompt_of_a_judge_has_a_seed_of_its_own(log: gtbench.RunLog) -> None:
    """Else one draw of the judge's luck would stand in every decision; and the same again another time."""
    seeds: list[dict[str, int]] = []
    for again in (False, True):
        with LocalProvider(reply) as server:
            judge(log, f"{JUDGE}[answer=tag]", Wanted(most=12, again=again), votes=1)
        seeds.append({str(request["messages"]): request["seed"] for request in server.requests})
    assert len(set(seeds[0].values())) == len(seeds[0]) > 4
    assert seeds[0] == seeds[1]


def test_what_an_interrupt_broke_off_is_kept_for_it_was_paid_for(
    log: gtbench.RunLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three votes on a decision two were given when it comes."""
    add = Ledger.add

    def interrupted(self: Ledger, *words: Any) -> None:
        add(self, *words)
        if self.spent.calls == 2:
            os.kill(os.getpid(), signal.SIGINT)

    class Third(Faults):
        def at(self, number: int) -> Trouble | None:
            return Trouble.HANGS if number == 2 else None

    monkeypatch.setattr(Ledger, "add", interrupted)
    with LocalProvider(reply, faults=Third(1)) as server, pytest.raises(KeyboardInterrupt):
        judge(log, "anthropic/judge", Wanted(most=1), votes=3)
    monkeypatch.undo()
    assert len(server.requests) == 3
    (broken,) = log.judging()
    assert (broken.votes, broken.reason, len(broken.calls)) == ((), "interrupted", 2)
    assert Spent.on(broken.calls).tokens == server.tokens
    with LocalProvider(reply), pytest.raises(BudgetSpent, match="max_calls=2"):
        judge(log, "anthropic/judge", Wanted(most=1), votes=3, budget=Budget(max_calls=2))


def test_a_cap_on_dollars_is_kept_and_the_estimate_is_near_what_it_costs(
    log: gtbench.RunLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models.toml").write_text('["openai/judge"]\ninput = 1.0\noutput = 2.0\n')
    monkeypatch.setenv("GTBENCH_MODELS", str(tmp_path / "models.toml"))
    with LocalProvider(reply), pytest.raises(BudgetSpent, match=r"max_cost=0.01 has no room"):
        judge(log, JUDGE, budget=Budget(max_cost=0.01))
    spent = Spent.sum(Spent.on(one.calls) for one in log.judging())
    assert 0.008 < spent.cost <= 0.01
    with LocalProvider(reply):
        planned = plan(log, JUDGE)
        assert planned.priced
        judge(log, JUDGE)
    rest = Spent.sum(Spent.on(one.calls) for one in log.judging()).cost - spent.cost
    assert rest / 2 < planned.expected.cost < rest * 2  # this server's tokens are words
    assert planned.expected.calls == len(planned.cases)


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "interrupted by SIGTERM")],
)
def test_an_interrupt_loses_no_judgement(
    log: gtbench.RunLog, how: signal.Signals, code: int, said: str
) -> None:
    words = [sys.executable, "-m", "gtbench.cli", "judge", str(log.path), "--model", JUDGE]
    with LocalProvider(reply, latency=0.5) as server:
        process = subprocess.Popen(
            words, stderr=subprocess.PIPE, text=True, env=os.environ | server.environment
        )
        deadline = time.monotonic() + 60
        while not log.judgements() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(how)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert f"{said}\nWhat was judged is in the log. The same command goes on.\n" in errors
    assert "Traceback" not in errors
    before = log.judgements()
    assert 0 < len(before) < len(reasoned(log))
    with LocalProvider(reply) as server:
        judge(log, JUDGE)
        assert len(server.requests) == len(reasoned(log)) - len(before)
    assert all(one in log.judgements() for one in before)


def test_troubles_of_the_world_cost_no_decision_and_every_token_is_counted(log: gtbench.RunLog) -> None:
    passing = tuple(kind for kind in Faults(0).kinds if kind is not Trouble.DENIED)  # which is no passing one
    with LocalProvider(reply, faults=Faults(0.2, seed=3, kinds=passing)) as server:
        outcome = judge(log, f"{JUDGE}[timeout=2]", Wanted(most=20), votes=2)
    assert sum(server.troubles.values()) > 3
    assert (outcome.done, outcome.broken) == (20, ())
    assert sum(Spent.on(one.calls, one.failed).tokens for one in log.judging()) == server.tokens


def test_a_model_that_is_down_is_left_alone_and_the_same_command_goes_on(log: gtbench.RunLog) -> None:
    with LocalProvider(lambda _: ChatReply("down", status=500)) as down:
        outcome = judge(log, f"{JUDGE}[tries=1]", votes=1)
        assert len(down.requests) < len(reasoned(log))
    assert outcome.done == 0
    assert len(outcome.broken) + outcome.left == len(reasoned(log))
    assert log.judgements() == ()
    assert all(one.reason and one.failed for one in log.judging())
    with LocalProvider(reply):
        assert judge(log, f"{JUDGE}[tries=1]", votes=1).done == len(reasoned(log))


def test_a_judge_that_cannot_be_read_is_counted_and_says_nothing(log: gtbench.RunLog) -> None:
    def odd(request: dict[str, Any]) -> str | ChatReply:
        luck = derive(request["messages"][-1]["content"]) % 3
        cut = ChatReply(answer()[:40], finish_reason="length")
        return (cut, "It is fine.", answer(factual_error="what nobody wrote"))[luck]

    with LocalProvider(odd):
        judge(log, JUDGE, votes=1)
    found = log.report("judged")
    everybody = found[(found["agent"] == "all agents") & (found["error"] == "factual_error")].iloc[0]
    assert everybody["no_majority"] == everybody["judged"] == len(reasoned(log))
    assert everybody["count"] == 0
    assert found["rate"].isna().sum() >= 2  # of nothing there is no rate
    shown = command("judge", log.path.name, cwd=log.path.parent).stdout
    assert re.search(
        r"\d+ of its \d+ votes could not be read \(\d+ (truncated|unparsable), ", " ".join(shown.split())
    )
    assert "labels count for nothing, since what they quote does not stand" in " ".join(shown.split())


def test_a_judge_of_which_no_vote_can_be_read_is_an_error(log: gtbench.RunLog) -> None:
    with LocalProvider(lambda _: ChatReply("It is", finish_reason="length")) as server:
        words = ("judge", log.path.name, "--model", JUDGE, "--decisions", "2", "--votes", "2")
        done = command(*words, cwd=log.path.parent, **server.environment)
    assert done.returncode == 1
    assert "4 of its 4 votes could not be read (4 truncated)" in " ".join(done.stdout.split())
    assert done.stderr.splitlines()[-1] == (
        f"error: no vote of {JUDGE} could be read (4 truncated): give it more max_tokens where they were "
        "truncated, or take another model"
    )
    with LocalProvider(reply) as server:
        again = command(*words, "--again", cwd=log.path.parent, **server.environment)
    assert again.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("way", ["json", "tag"])
def test_the_embedded_model_can_be_asked_to_judge(log: gtbench.RunLog, way: str) -> None:
    """It is far too small to judge; but each of its votes is read, or is a fault with a name."""
    outcome = judge(log, f"local/smollm2-135m[answer={way},max_tokens=120]", Wanted(most=1), votes=2)
    assert outcome.done == 1
    (judgement,) = log.judgements()
    assert len(judgement.votes) == len(judgement.calls) == 2  # it gives one answer to a request
    assert all(call.output_tokens and call.cost == 0 for call in judgement.calls)
    assert all(vote.fault or vote.quotes.keys() <= set(Slip) for vote in judgement.votes)
    assert set(log.report("agreement")["judge"]) == {judgement.judge}


def test_a_judge_has_one_canonical_string() -> None:
    judge = load_judge(" google/gemini-2.5-flash[temperature=0.50,max_tokens=9] ")
    assert str(judge) == "litellm/gemini/gemini-2.5-flash[max_tokens=9,temperature=0.5]"
    assert str(load_judge(str(judge))) == str(judge)
    addressed = load_judge("openai/x[base_url=http://127.0.0.1:9/v1,answer=tag]")
    assert str(addressed) == "openai/x@http://127.0.0.1:9/v1[answer=tag]"
    assert str(load_judge(str(addressed))) == str(addressed)


# Older logs.


@pytest.mark.usefixtures("server")
def test_a_log_from_before_judges_is_read_and_can_be_judged(log: gtbench.RunLog) -> None:
    database = sqlite3.connect(log.path)
    for table in tables(JUDGED - 1, FORMAT):  # all came later
        database.execute(f"DROP TABLE {table}")
    database.execute(f"PRAGMA user_version = {JUDGED - 1}")
    database.commit()
    database.close()
    assert gtbench.open_log(log.path).judgements() == ()
    grades = log.grades()
    judge(gtbench.open_log(log.path), JUDGE, Wanted(most=2), votes=1)
    assert len(gtbench.open_log(log.path).judgements()) == 2
    assert gtbench.open_log(log.path).grades() == grades


def test_the_oldest_log_there_is_has_no_reasoning_and_says_so(tmp_path: Path) -> None:
    shutil.copy(OLD, tmp_path / "old.gtbench")
    with LocalProvider() as server:
        done = command("judge", "old.gtbench", "--model", JUDGE, cwd=tmp_path, **server.environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "error: old.gtbench holds no reasoning: no reply says more than its answer."
    )
    assert (tmp_path / "old.gtbench").read_bytes() == OLD.read_bytes()


# The command.


def test_the_command_judges_shows_and_goes_on(log: gtbench.RunLog, server: LocalProvider) -> None:
    def judged(*words: str) -> Any:
        return command("judge", log.path.name, *words, cwd=log.path.parent, **server.environment)

    dry = judged("--model", JUDGE, "--dry-run")
    assert dry.stdout.startswith("\n== The first prompt\n-- system\nYou judge the reasoning")
    decisions = len(reasoned(log))
    assert f"{decisions} decisions to be judged by {JUDGE}, 3 votes on each: {decisions} calls" in dry.stdout
    assert not server.requests
    stopped = judged("--model", JUDGE, "--max-calls", "4")
    assert (stopped.returncode, stopped.stdout) == (3, "")
    assert "The same command goes on, under a higher cap." in stopped.stderr
    done = judged("--model", JUDGE)
    assert done.returncode == 0, done.stderr
    assert "4 more were judged before" in " ".join(done.stderr.split())
    assert f"Reasoning of cot@openai/player, judged by {JUDGE}, rubric" in done.stdout
    assert f"Reasoning judged by {JUDGE}, rubric" in done.stdout
    assert f"Spent on {JUDGE}: {decisions} calls" in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 140
    assert judged().stdout == done.stdout
    assert len(server.requests) == decisions
    where = ("--judge", JUDGE, "--label")
    example = command(
        "errors", log.path.name, *where, "misinterpretation", "--show", "1", cwd=log.path.parent
    )
    assert f'-- judged by {JUDGE}: misinterpretation, 3 of 3 votes: "my card is the' in example.stdout
    number = re.search(r"gtbench replay run.gtbench (\d+)", example.stdout)
    assert number
    whole = command("replay", log.path.name, number[1], cwd=log.path.parent)
    assert f"-- judged by {JUDGE}: misinterpretation, 3 of 3 votes" in whole.stdout
    none = command("errors", log.path.name, *where, "factual_error", cwd=log.path.parent)
    assert "says openai/judge. 0 decisions." in none.stdout


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["judge"], "nothing in run.gtbench has been judged yet: gtbench judge run.gtbench --model PROVIDER"),
        (["judge", "--model", "judge"], "'judge' is not a model: write PROVIDER/MODEL"),
        (["judge", "--model", "opnai/judge"], "did you mean 'openai'?"),
        (["judge", "--model", JUDGE], "needs a key: set the environment variable OPENAI_API_KEY"),
        (["judge", "--model", "openai/judge[temprature=1]"], "did you mean 'temperature'?"),
        (["judge", "--model", "openai/judge[answer=xml]"], "answer=xml: input should be 'json' or 'tag'"),
        (["judge", "--model", "openai/judge[x_api_key=1]"], "keys come from the environment"),
        (["errors", "--label", "missed_win", "--judge", JUDGE], "there is calculation_error, endgame_"),
        (["errors", "--label", "factual_error", "--judge", JUDGE], "unknown judge in run.gtbench"),
    ],
)
def test_wrong_words_get_one_line(log: gtbench.RunLog, words: list[str], line: str) -> None:
    verb, *rest = words
    done = command(verb, log.path.name, *rest, cwd=log.path.parent)
    assert done.returncode == 1
    assert line in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--agents", "cot@openai/plyer"], "did you mean 'cot@openai/player'?"),
        (["--games", "kuhn"], "did you mean 'kuhn_poker'?"),
        (["--agents", "prompt@openai/terse"], "holds no such reasoning: no reply says more than its answer"),
        (["--votes", "0"], "votes is a whole number from 1, not 0"),
        (["--max-cost", "1"], "max_cost cannot be kept: no price is known of openai/judge"),
    ],
)
def test_what_cannot_be_judged_gets_one_line_and_no_call(
    log: gtbench.RunLog, server: LocalProvider, words: list[str], line: str
) -> None:
    done = command(
        "judge", log.path.name, "--model", JUDGE, *words, cwd=log.path.parent, **server.environment
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert line in done.stderr
    assert not server.requests
