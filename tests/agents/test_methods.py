"""The reasoning methods: scripted models prove each procedure, its prompts, its calls and its ends."""

from __future__ import annotations

import asyncio
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from scripted import Scripted

import gtbench
from gtbench.agent.spec import load_agent
from gtbench.errors import BadOption
from gtbench.game.table import Table
from gtbench.game.view import Objection
from gtbench.labels import FaultKind
from gtbench.models.local import LocalModel
from gtbench.models.request import Journal
from gtbench.records import Fault, Sample
from gtbench.testing import ChatReply, LocalProvider, play_legally, script, words_of
from gtbench_agents.tree_of_thoughts import read_vote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gtbench.agent.spec import Agent, Decision
    from gtbench.models.request import Request
    from gtbench.records import Call

KUHN = gtbench.load_game("kuhn_poker")
VIEW = Table(KUHN, KUHN.deal(1)).view(0)
FAULT = Fault(kind=FaultKind.ILLEGAL, detail='"fold" is not a legal move now: the opponent has not bet.')
AGAIN = VIEW._replace(objection=Objection("I give up.\nAction: fold", FAULT))
BET, PASS = "I hold the king.\nAction: bet", "Who knows?\nAction: pass"

STRATEGIES = ("prompt", "cot", "self_consistency[samples=2]", "tot[width=2,votes=2,depth=1]")


def seated(string: str, model: Scripted, seed: object = 0, game: gtbench.Game = KUHN) -> Agent:
    return load_agent(f"{string}@openai/x").seat(model, seed, game=game, journal=Journal())


def decide(string: str, model: Scripted, view: gtbench.View = VIEW, seed: object = 0) -> Decision:
    """An agent's decision; nothing of the script may be left over."""
    decision = asyncio.run(seated(string, model, seed).act(view))
    assert not model.replies
    return decision


def prompts(model: Scripted) -> list[str]:
    """The last message of each request."""
    return [request.messages[-1].content for request in model.asked]


# One skeleton.


@pytest.mark.parametrize(
    ("strategy", "name", "replies"),
    [
        ("self_consistency[samples=3]", "self_consistency", [BET] * 6),
        (
            "tot[width=2,votes=2]",
            "tot",
            ["A king wins.", "A bet may scare.", "Best: 1", "Best: 1", "Bet.", "Pass.", "2", "2", BET, BET],
        ),
        ("prompt[claims=theory,confidence=true,answer=grammar]", "answer_grammar", [BET, BET]),
        ("cot[claims=theory,confidence=true,answer=json]", "answer_json", ["{}", "{}"]),
        ("cot[claims=theory,confidence=true,answer=tool]", "answer_tool", ["{}", "{}"]),
    ],
)
def test_golden_prompts(
    strategy: str, name: str, replies: list[str], golden: Callable[[str, str], None]
) -> None:
    model = Scripted(*replies, takes=["grammar", "schema", "tool", "n"] if "answer" in name else ["n"])

    async def act() -> None:
        agent = seated(strategy, model)
        await agent.act(VIEW)
        await agent.act(AGAIN)

    asyncio.run(act())
    parts = []
    for number, request in enumerate(model.asked, 1):
        parts.append(f"######## request {number}, {request.n} replies")
        parts += [f"### {message.role}\n{message.content}" for message in request.messages]
        shape = {"grammar": request.shape.grammar, "schema": request.shape.schema, "tool": request.shape.tool}
        parts += [f"### {field}\n{content}" for field, content in shape.items() if content]
    golden(f"prompt_{name}.txt", "\n\n".join(parts) + "\n")
    assert not model.replies


@pytest.mark.parametrize("answer", ["tag", "grammar", "json", "tool"])
def test_the_methods_share_all_but_the_reasoning(answer: str) -> None:
    """Rules, observation, question and the form of the answer are the same to the byte."""
    systems, questions = {}, {}
    for strategy in STRATEGIES:
        model = Scripted(*["x"] * 9, takes=["grammar", "schema", "tool"])
        name, _, options = strategy.partition("[")
        asyncio.run(seated(f"{name}[answer={answer},{options or ']'}".replace(",]", "]"), model).act(VIEW))
        systems[name] = model.asked[-1].messages[0].content
        questions[name] = model.asked[-1].messages[-1].content
        assert {request.messages[0].content for request in model.asked} == {systems[name]}
        assert all(text.startswith(VIEW.text) for text in prompts(model))
    assert questions["cot"] == questions["prompt"] == questions["self_consistency"]
    assert systems["cot"] == systems["self_consistency"]
    stem, _, _ = systems["prompt"].partition("which never pays more than playing on. ")
    assert all(system.startswith(stem) for system in systems.values())
    *_, form = systems["prompt"].split("with nothing but ")
    assert systems["tot"].endswith(f"When you are asked for your move, reply with nothing but {form}")


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("listing", ["list", "count", "hidden"])
def test_every_strategy_shows_the_legal_moves_as_it_is_told(strategy: str, listing: str) -> None:
    name, _, options = strategy.partition("[")
    model = Scripted(*["x"] * 9)
    written = f"{name}[legal_moves={listing},{options or ']'}".replace(",]", "]")
    asyncio.run(seated(written, model).act(VIEW))
    assert all(text.startswith(VIEW.show(listing)) for text in prompts(model))  # type: ignore[arg-type]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_asks_for_what_is_to_be_stated(strategy: str) -> None:
    name, _, options = strategy.partition("[")
    model = Scripted(*["x"] * 9)
    written = f"{name}[claims=theory,confidence=true,{options or ']'}".replace(",]", "]")
    asyncio.run(seated(written, model).act(VIEW))
    system = model.asked[-1].messages[0].content
    assert (
        "Claim card: ANSWER\nClaim pot: ANSWER\nClaim higher: ANSWER\nConfidence: NN%\nAction: MOVE" in system
    )
    assert system.endswith("- higher: how many cards of the whole deck are higher than yours")


@pytest.mark.parametrize("answer", ["grammar", "json", "tool"])
def test_a_form_that_the_model_does_not_take_is_refused(answer: str) -> None:
    for strategy in ("prompt", "cot", "self_consistency", "tot"):
        with pytest.raises(BadOption, match=f"scripted/x takes no answer={answer}: use answer=tag"):
            seated(f"{strategy}[answer={answer}]", Scripted())


@pytest.mark.parametrize(
    "written",
    [
        "self_consistency[samples=0]", "tot[width=0]", "tot[votes=101]", "tot[depth=0]", "prompt[samples=3]",
        "cot[max_tokens_per_move=0]", "prompt[memory=all]", "cot[confidence=sure]", "tot[claims=maybe]",
        "cot[claims=true]",
    ],
)  # fmt: skip
def test_a_wrong_option_is_refused(written: str) -> None:
    with pytest.raises(BadOption):
        load_agent(f"{written}@openai/x")


# Reading as the table reads.


@pytest.mark.parametrize("name", gtbench.list_games())
def test_a_move_is_heard_alike_without_the_true_state(name: str) -> None:
    """What self-consistency hears in a state drawn from the view is what the table hears."""
    game, rng = gtbench.load_game(name), random.Random(3)
    for seed in range(4):
        table = Table(game, game.deal(seed))
        while not table.over:
            for seat in table.to_move:
                view = table.view(seat)
                drawn = game.determinise(view.seen, seat, random.Random(0))
                words = [s for a in table.legal(seat)[:30] for s in game.spellings(table.state, seat, a)]
                for said in [*words, *sorted(game.synonyms), *rng.choices(game.vocabulary, k=9), "nonsense"]:
                    assert game.hear(drawn, seat, said) == game.hear(table.state, seat, said)
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
            if len(table.plies) > 12:
                break


# Self-consistency.


@pytest.mark.parametrize("takes", [[], ["n"]])
def test_self_consistency_samples_the_prompt_of_cot(takes: list[str]) -> None:
    cot, model = Scripted(BET), Scripted(*[BET] * 5, takes=takes)
    decide("cot", cot)
    decide("self_consistency", model)
    assert [request.n for request in model.asked] == ([5] if takes else [1] * 5)
    assert {request.messages for request in model.asked} == {cot.asked[0].messages}
    assert len({request.index for request in model.asked}) == len(model.asked)


@pytest.mark.parametrize("odd", range(5))
def test_four_votes_beat_one(odd: int) -> None:
    replies = [BET] * 5
    replies[odd] = PASS
    assert decide("self_consistency", Scripted(*replies)).reply == BET


@pytest.mark.parametrize("game", ["kuhn_poker", "tic_tac_toe", "breakthrough", "liars_dice"])
def test_votes_are_read_as_the_seat_that_is_asked(game: str) -> None:
    """In either seat: read as the other one, no sample would be a move, and all would be faulty alike."""
    played = gtbench.load_game(game)
    table = Table(played, played.deal(1))
    while True:
        for seat in table.to_move:
            view = table.view(seat)
            odd, *_, meant = (f"Action: {move}" for move in view.legal)
            model = Scripted(odd, meant, meant, odd, meant)
            assert asyncio.run(seated("self_consistency", model, game=played).act(view)).reply == meant
        if 1 in table.to_move:
            return
        table.play({seat: table.legal(seat)[0] for seat in table.to_move})


def test_the_answer_is_the_first_sample_for_the_winner_as_it_stands() -> None:
    replies = [
        "a\nAction: pass",
        "b\nAction: BET.",
        "c\nAction: **bet**",
        "d\nAction: bet",
        "e\nAction: check",
    ]
    assert decide("self_consistency", Scripted(*replies)).reply == "b\nAction: BET."


@pytest.mark.parametrize(
    "faulty", ["I bet.", "", "Action: fold", "Action: bet\nAction: pass", "Action: bet, then pass"]
)
def test_faults_never_win_the_vote(faulty: str) -> None:
    assert decide("self_consistency", Scripted(faulty, faulty, PASS, faulty, faulty)).reply == PASS
    assert decide("self_consistency", Scripted(faulty, BET, PASS, faulty, BET)).reply == BET


def test_a_truncated_or_refused_sample_never_wins_the_vote() -> None:
    cut = [Sample(reply=BET, finish=finish) for finish in ("length", "refused", "length", "refused")]
    decision = decide("self_consistency", Scripted(*cut, PASS))
    assert (decision.reply, decision.finish) == (PASS, "stop")


def test_where_all_samples_are_faulty_the_commonest_fault_is_the_answer() -> None:
    assert decide("self_consistency", Scripted("I bet.", "", "Action: raise", "", "Well.")).reply == "I bet."
    cut = Sample(reply="I", finish="length")
    decision = decide("self_consistency", Scripted("", cut, "I bet.", cut, ""), seed=1)
    assert (decision.reply, decision.finish) in [("", "stop"), ("I", "length")]


def test_a_tie_is_broken_by_the_seeded_lot() -> None:
    def winner(seed: int) -> str:
        return decide("self_consistency[samples=4]", Scripted(BET, PASS, PASS, BET), seed=seed).reply

    winners = [winner(seed) for seed in range(60)]
    assert winners == [winner(seed) for seed in range(60)]
    assert 18 <= winners.count(BET) <= 42  # 99.8 % of fair lots
    assert set(winners) == {BET, PASS}


def test_json_samples_vote_by_their_action() -> None:
    replies = [f'{{"reasoning": "{n}", "action": "{move}"}}' for n, move in enumerate(["bet", "pass", "Bet"])]
    decision = decide("self_consistency[samples=3,answer=json]", Scripted(*replies, takes=["schema"]))
    assert (decision.reply, decision.form) == (replies[0], "json")


@pytest.mark.parametrize("takes", [[], ["n"]])
def test_a_decision_tells_how_its_samples_voted(takes: list[str]) -> None:
    decision = decide("self_consistency", Scripted(PASS, "I bet.", BET, BET, "", takes=takes))
    (ballot,) = decision.ballots
    assert (ballot.about, ballot.chosen) == ("move", "bet")
    assert ballot.votes == ("pass", None, "bet", "bet", None)
    assert ballot.calls == (1 if takes else 5)
    (faulty,) = decide("self_consistency[samples=3]", Scripted("", "I bet.", "")).ballots
    assert (faulty.votes, faulty.chosen) == (("empty", "unparsable", "empty"), "empty")
    assert decide("cot", Scripted(BET)).ballots == ()


# Tree of thoughts.


def test_a_search_tells_how_its_thoughts_were_chosen() -> None:
    replies = ["one", "two", "Best: 2", "well", "Best: 2", "three", "four", "Best: 1", "Best: 2", "Best: 1"]
    decision = decide("tot[width=2]", Scripted(*replies, "Action: bet"))
    assert [(ballot.about, ballot.votes, ballot.chosen) for ballot in decision.ballots] == [
        ("step 1", ("thought 2", None, "thought 2"), "thought 2"),
        ("step 2", ("thought 1", "thought 2", "thought 1"), "thought 1"),
    ]
    assert [ballot.calls for ballot in decision.ballots] == [5, 10]


def test_tot_proposes_votes_keeps_the_best_and_acts() -> None:
    model = Scripted(
        "one", "two", "three", "Best: 2", "Best: 3", "Best: 2",
        "four", "five", "six", "Best: 1", "Best: 3", "I like it.\nBest: 3",
        "Action: bet",
    )  # fmt: skip
    assert decide("tot", model).reply == "Action: bet"
    asked = prompts(model)
    assert len(asked) == 13
    assert [len(set(asked[start : start + 3])) for start in (0, 3, 6, 9)] == [1] * 4
    thoughts = "Your thoughts so far:\n1. two"
    propose = (
        "Write a first thought (step 1 of 2), in one short paragraph: what matters in this position, and "
        "which plan or move is promising. Do not answer with your move yet."
    )
    vote = (
        "Which of these thoughts is the best to go on with? Compare them briefly. Then end your reply with "
        'one line of the form "Best: N", where N is the number of that thought.'
    )
    assert asked[0] == f"{VIEW.text}\n\n{propose}"
    assert asked[3] == f"{VIEW.text}\n\nSome next thoughts:\n1. one\n2. two\n3. three\n\n{vote}"
    assert asked[6].startswith(f"{VIEW.text}\n\n{thoughts}\n\nWrite the next thought (step 2 of 2)")
    assert asked[9].startswith(
        f"{VIEW.text}\n\n{thoughts}\n\nSome next thoughts:\n1. four\n2. five\n3. six\n\n"
    )
    assert asked[12] == f"{VIEW.text}\n\n{thoughts}\n2. six\n\nWhat is your move?"


@pytest.mark.parametrize("depth", [1, 3])
def test_tot_makes_as_many_calls_as_its_options_say(depth: int) -> None:
    replies = ["a", "b", "c", "d", "Best: 4", "Best: 4"] * depth
    model = Scripted(*replies, "Action: bet")
    decide(f"tot[width=4,votes=2,depth={depth}]", model)
    assert len(model.asked) == 6 * depth + 1
    together = Scripted(*replies, "Action: bet", takes=["n"])
    decide(f"tot[width=4,votes=2,depth={depth}]", together)
    assert [request.n for request in together.asked] == [4, 2] * depth + [1]


@pytest.mark.parametrize(
    ("vote", "number"),
    [
        ("12", 12),
        ("Best: 12", 12),
        ("1 (score 3)", 1),
        ("Best: 1 (score 3)", 1),
        ("They are close.\n**Best: 2**", 2),
        ("best : Thought 3.", 3),
        ("Best: #2", 2),
        ("Best: [2]", 2),
        ("Best: 2\nBest: 2", 2),
        ("<think>Best: 1</think>Best: 2", 2),
        ("Best: 13", None),
        ("Best: 0", None),
        ("Best: 1 or 2", None),
        ("Best: 1.5", None),
        ("Best: not 1", None),
        ("Best: -1", None),
        ("Best: 1\nBest: 2", None),
        ("Best: 1\nBest: the second", None),
        ("I choose 2.", None),
        ("1\n2", None),
        ("The best is thought 2", None),
        ("", None),
    ],
)
def test_a_vote_is_read_strictly(vote: str, number: int | None) -> None:
    from gtbench.reply import spoken_part

    assert read_vote(spoken_part(vote), 12) == number


def test_tot_reads_12_as_12() -> None:
    thoughts = [f"thought {letter}" for letter in "abcdefghijkl"]
    model = Scripted(*thoughts, "12", "1 (score 12)", "Best: 12", "Action: bet")
    decide("tot[width=12,depth=1]", model)
    assert "Your thoughts so far:\n1. thought l\n\n" in prompts(model)[-1]


def test_a_vote_that_cannot_be_read_counts_for_nothing() -> None:
    cut = [
        Sample(reply="Best: 1", finish=finish) for finish in ("length", "refused")
    ]  # perhaps of "Best: 12"
    model = Scripted("one", "two", "Best: 1 or 2", "Best: 7", *cut, "Best: 2", "Action: bet")
    decide("tot[width=2,votes=5,depth=1]", model)
    assert "1. two\n\nWhat" in prompts(model)[-1]


@pytest.mark.parametrize("votes", [["Best: 1", "Best: 2"], ["?", "!"]])
def test_a_tie_of_thoughts_is_broken_by_the_seeded_lot(votes: list[str]) -> None:
    def kept(seed: int) -> bool:
        model = Scripted("one", "two", "six", *votes, "Action: bet")
        decide("tot[votes=2,depth=1]", model, seed=seed)
        assert ("1. six" in prompts(model)[-1]) <= ("?" in votes)
        return "1. one" in prompts(model)[-1]

    first = [kept(seed) for seed in range(40)]
    assert first == [kept(seed) for seed in range(40)]
    assert 4 <= sum(first) <= 33


def test_a_step_with_one_thought_takes_no_vote() -> None:
    refused = Sample(reply="No.", finish="refused")
    model = Scripted("", refused, "three", "one", "two", " ", "Best: 2", "Best: 2", "Best: 1", "Action: bet")
    decide("tot", model)
    assert "Your thoughts so far:\n1. three\n2. two\n\n" in prompts(model)[-1]
    alone = Scripted("one", "two", "Action: bet")
    decide("tot[width=1]", alone)
    assert "1. one\n2. two\n\n" in prompts(alone)[-1]


def test_without_a_thought_tot_asks_for_the_move() -> None:
    model = Scripted("", "", "", "Action: bet")
    assert decide("tot", model).reply == "Action: bet"
    assert prompts(model)[-1] == f"{VIEW.text}\n\nWhat is your move?"


def test_a_second_answer_is_asked_for_with_the_thoughts_of_the_first() -> None:
    model = Scripted("one", "two", "Best: 1", "Action: fold", "Action: bet")

    async def act() -> None:
        agent = seated("tot[width=2,votes=1,depth=1]", model)
        await agent.act(VIEW)
        await agent.act(AGAIN)

    asyncio.run(act())
    first, second = prompts(model)[-2:]
    assert second.startswith(f"{first}\n\nYour last answer to this question was not accepted.")


# At equal cost.


def test_one_answer_is_cut_off_at_the_tokens_of_a_move() -> None:
    model = Scripted("I think and think and think")
    decision = decide("cot[max_tokens_per_move=4]", model)
    assert model.asked[0].sampling.max_tokens == 4
    assert (decision.reply, decision.finish) == ("I think and think", "length")


def test_each_decision_has_the_whole_budget() -> None:
    model = Scripted("one two three", "one two three")

    async def act() -> None:
        agent = seated("cot[max_tokens_per_move=4]", model)
        await agent.act(VIEW)
        await agent.act(AGAIN)

    asyncio.run(act())
    assert [request.sampling.max_tokens for request in model.asked] == [4, 4]


@pytest.mark.parametrize("takes", [[], ["n"]])
def test_self_consistency_votes_over_the_samples_that_the_budget_has_room_for(takes: list[str]) -> None:
    replies = ["a b\nAction: pass", "c d\nAction: bet", "e f\nAction: bet", "g h\nAction: pass"]  # 4 tokens
    model = Scripted(*replies[:3], "g h i j k", takes=takes)
    decision = decide("self_consistency[max_tokens=6,max_tokens_per_move=14]", model)
    assert decision.reply == replies[1]  # pass, bet, bet, and one that was cut off
    spent = [(request.n, request.sampling.max_tokens) for request in model.asked]
    # two samples of 6 surely fit into 14; 6 are left, for one; 2 are left, for one that is cut off
    assert spent == ([(2, 6), (1, 6), (1, 2)] if takes else [(1, 6), (1, 6), (1, 6), (1, 2)])


def test_a_budget_is_never_exceeded() -> None:
    for tokens in (1, 5, 9, 17, 40, 100):
        for strategy in ("cot", "self_consistency", "tot"):
            model = Scripted(*["word " * 7 + "word"] * 13, takes=["n"] if tokens % 2 else [])
            asyncio.run(seated(f"{strategy}[max_tokens=10,max_tokens_per_move={tokens}]", model).act(VIEW))
            assert 0 < model.spent <= tokens


class Uncounting(Scripted):
    """A model whose provider does not say how many tokens a reply had."""

    async def complete(self, request: Request) -> Call:
        return (await super().complete(request)).model_copy(update={"output_tokens": 0})


@pytest.mark.parametrize("takes", [[], ["n"]])
def test_replies_that_are_not_counted_count_as_their_limits(takes: list[str]) -> None:
    model = Uncounting(*["a b\nAction: bet"] * 3, takes=takes)
    assert decide("self_consistency[max_tokens=6,max_tokens_per_move=14]", model).reply == "a b\nAction: bet"
    spent = [(request.n, request.sampling.max_tokens) for request in model.asked]
    assert spent == ([(2, 6), (1, 2)] if takes else [(1, 6), (1, 6), (1, 2)])


def test_tot_acts_with_the_best_so_far_when_the_budget_is_spent() -> None:
    """Of 40 tokens 10 are kept for the answer; the first step takes 21, the next thoughts the rest."""
    model = Scripted(
        "one is good to play", "two is good to play", "six is good to play", "Best: 2", "Best: 2", "Best: 2",
        "more words than there is room for now", "cut off", "Action: bet",
    )  # fmt: skip
    decision = decide("tot[max_tokens=8,max_tokens_per_move=40]", model)
    assert decision.reply == "Action: bet"
    limits = [request.sampling.max_tokens for request in model.asked]
    assert limits == [8, 8, 8, 8, 8, 8, 8, 1, 8]
    start = f"{VIEW.text}\n\nYour thoughts so far:\n1. two is good to play\n2. "
    by_lot = [
        f"{start}{thought}\n\nWhat is your move?"
        for thought in ("more words than there is room for now", "cut")
    ]
    assert prompts(model)[-1] in by_lot


def test_tot_decides_by_lot_when_the_budget_ends_before_the_votes() -> None:
    model = Scripted("one two three", "four five six", "seven eight nine", "Action: bet")
    assert decide("tot[max_tokens_per_move=12]", model).reply == "Action: bet"
    assert [request.sampling.max_tokens for request in model.asked] == [9, 6, 3, 3]
    assert "Your thoughts so far:\n1. " in prompts(model)[-1]


def test_without_a_token_left_the_answer_is_truncated() -> None:
    """As after a provider that does not keep to a limit, or with no more tokens than thoughts."""
    model = Scripted(Sample(reply="word " * 20, finish="length"))
    decision = decide("tot[max_tokens_per_move=12,width=2,depth=1]", model)
    assert (decision.reply, decision.finish) == ("", "length")
    decision = decide("tot[max_tokens_per_move=3,width=3]", Scripted("a", "b", "c", takes=[]))
    assert (decision.reply, decision.finish) == ("", "length")


# Memory.


def played(string: str, *replies: str) -> tuple[Scripted, list[gtbench.View]]:
    """A model's requests in a match of tic-tac-toe against a player who takes the first free square."""
    game, model, views = gtbench.load_game("tic_tac_toe"), Scripted(*replies), list[gtbench.View]()

    async def play() -> None:
        table, agent = Table(game, game.deal(0)), seated(string, model, game=game)
        while model.replies and not table.over:
            view = table.view(0)
            views.append(view)
            decision = await agent.act(view)
            action = game.hear(table.state, 0, decision.reply.rpartition(": ")[2])
            if isinstance(action, Fault):
                views.append(view._replace(objection=Objection(decision.reply, action)))
                decision = await agent.act(views[-1])
                action = game.hear(table.state, 0, decision.reply.rpartition(": ")[2])
            assert isinstance(action, int)
            table.play({0: action})
            if not table.over:
                table.play({1: table.legal(1)[0]})

    asyncio.run(play())
    return model, views


REPLIES = ("So.\nAction: b2", "Hm.\nAction: b2", "Yes.\nAction: c3", "", "Action: c1")


def test_one_conversation_a_match_grows_from_a_stable_prefix() -> None:
    model, _ = played("cot[memory=match]", *REPLIES)
    assert len(model.asked) == 5
    for before, after in zip(model.asked, model.asked[1:], strict=False):
        assert after.messages[: len(before.messages)] == before.messages
        assert len(after.messages) == len(before.messages) + 2
    said = [(message.role, message.content) for message in model.asked[-1].messages]
    replies = [content for role, content in said if role == "assistant"]
    assert replies == [*REPLIES[:3], "(no reply)"]
    questions = [content for role, content in said if role == "user"]
    assert questions[0].startswith("No moves yet.\n\n")
    assert questions[1].startswith("Moves so far (yours first):\nb2 a1\n\n")
    assert questions[2].startswith('Your last answer to this question was not accepted. It ended with: "Hm.')
    assert questions[3].startswith("New moves (yours first):\nc3 b1\n\n")
    assert questions[4].startswith("Your last answer to this question was not accepted.")
    assert all(
        question.endswith("What is your move?") for question in (questions[0], questions[1], questions[3])
    )


def test_without_memory_each_prompt_is_a_function_of_the_view() -> None:
    model, views = played("cot", *REPLIES)
    for request, view in zip(model.asked, views, strict=True):
        fresh = Scripted("x")
        asyncio.run(seated("cot", fresh, game=gtbench.load_game("tic_tac_toe")).act(view))
        assert fresh.asked[0].messages == request.messages
        assert [message.role for message in request.messages] == ["system", "user"]


def test_a_conversation_holds_the_final_answers_of_every_method() -> None:
    votes = ["Action: b2"] * 2 + ["Action: c3"] * 2
    model, _ = played("self_consistency[samples=2,memory=match]", *votes)
    assert [m.content for m in model.asked[-1].messages if m.role == "assistant"] == ["Action: b2"]
    search = ["one", "two", "Best: 1", "Action: b2", "three", "four", "Best: 2", "Action: c3"]
    model, _ = played("tot[width=2,votes=1,depth=1,memory=match]", *search)
    said = [message.content for message in model.asked[-1].messages]
    assert said[2] == "Action: b2"
    assert said[1].endswith("Your thoughts so far:\n1. one\n\nWhat is your move?")
    assert said[3].startswith("Moves so far (yours first):\nb2 a1\n\n")
    assert said[3].endswith("Your thoughts so far:\n1. four\n\nWhat is your move?")


# Over the providers' protocols.

SERVED = (
    "openai/x", "openai/o3-pro", "anthropic/x", "litellm/openai/gpt-4o",
    "litellm/anthropic/claude-sonnet-4-5",
)  # fmt: skip
SAID = '{"claims": {"card": "K", "pot": "2"}, "confidence": 90, "action": "bet"}'


def shapes(request: dict[str, Any]) -> list[Any]:
    """What a request says of the form of a reply: schemas and the tool that must be called."""
    found = [
        request.get("response_format", {}).get("json_schema", {}).get("schema"),
        request.get("text", {}).get("format", {}).get("schema"),
        request.get("output_config", {}).get("format", {}).get("schema"),
        request.get("output_format", {}).get("schema"),  # as litellm says it
        *(
            t.get("input_schema") or t.get("parameters") or t["function"]["parameters"]
            for t in request.get("tools", ())
        ),
    ]
    choice = request.get("tool_choice", {})
    return [
        *filter(None, found),
        *filter(None, [choice.get("name") or choice.get("function", {}).get("name")]),
    ]


@pytest.mark.parametrize("model", SERVED)
@pytest.mark.parametrize("answer", ["json", "tool"])
def test_a_structured_answer_is_played_and_what_it_states_is_recorded(model: str, answer: str) -> None:
    agent = f"prompt[answer={answer},claims=theory,confidence=true]@{model}"
    reply = ChatReply(SAID) if answer == "json" else ChatReply("I call.\nAction: pass", argument=SAID)
    with LocalProvider(lambda _: reply) as server:
        match = gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    (attempt,) = match.turns[0].attempts
    assert (match.turns[0].move, attempt.form, attempt.confidence) == ("bet", answer, 0.9)
    assert attempt.claims == {"card": "k", "pot": "2"}
    assert json.loads(attempt.reply) == json.loads(SAID)
    schema, *tool = shapes(server.requests[0])
    assert list(schema["properties"]) == schema["required"] == ["claims", "confidence", "action"]
    assert tool == (["play"] if answer == "tool" else [])
    (sample,) = attempt.calls[0].samples
    assert (sample.argument is None) == (answer == "json")
    assert sample.reply == (SAID if answer == "json" else "I call.\nAction: pass")


@pytest.mark.parametrize("model", ["openai/x", "openai/o3-pro", "anthropic/x"])
def test_what_is_wrong_with_a_structured_answer_is_said_truly(model: str) -> None:
    bad = (
        ChatReply('{"action": "fold"}'),
        ChatReply("Action: bet"),
        ChatReply('{"action": "bet", "action": "pass"}'),
    )
    heard = []
    for reply in bad:
        with LocalProvider(script(reply, '{"action": "bet"}')) as server:
            match = gtbench.play("kuhn_poker", [f"prompt[answer=json]@{model}", "random"], seed=1)
        first, second = match.turns[0].attempts
        assert first.fault
        assert second.fault is None
        said = words_of((server.requests[1].get("messages") or server.requests[1]["input"])[-1]["content"])
        assert first.fault.detail in said
        heard.append((first.fault.kind.value, first.fault.detail))
    assert heard == [
        ("illegal", '"fold" is not a legal move now: the opponent has not bet.'),
        ("unparsable", "The reply is not one JSON object."),
        ("ambiguous", "The JSON object has two fields of one name."),
    ]
    with LocalProvider(script(ChatReply("Action: bet"), ChatReply(argument='{"action": "bet"}'))):
        match = gtbench.play("kuhn_poker", [f"prompt[answer=tool]@{model}", "random"], seed=1)
    first, second = match.turns[0].attempts
    assert first.fault == Fault(
        kind=FaultKind.UNPARSABLE, detail='The reply is no call of the tool "play" with a JSON object.'
    )
    assert second.fault is None


def test_two_calls_of_the_tool_are_no_answer() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "play", "arguments": '{"action": "bet"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call, call]}
    body = {
        "id": "x", "object": "chat.completion", "created": 0, "model": "x",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}],
    }  # fmt: skip
    with LocalProvider(lambda _: ChatReply(body=body)):
        match = gtbench.play("kuhn_poker", ["prompt[answer=tool]@openai/x", "random"], seed=1)
    assert [fault.kind.value for fault in match.faults] == ["unparsable"] * 2


@pytest.mark.parametrize("answer", ["json", "tool"])
def test_whole_matches_of_all_methods_by_structured_answers(answer: str) -> None:
    def reply(request: dict[str, Any]) -> str | ChatReply:
        return play_legally(request) if shapes(request) else "1"

    with LocalProvider(reply):
        for name in ("cot", "self_consistency", "tot"):
            match = gtbench.play(
                "liars_dice", [f"{name}[answer={answer},memory=match]@openai/x", "random"], seed=3
            )
            assert not match.faults
            assert all(a.form == answer for turn in match.turns if turn.seat == 0 for a in turn.attempts)


def test_log_probabilities_come_with_every_call_of_a_method() -> None:
    with LocalProvider(lambda _: "Best: 1\nAction: bet"):
        for name in ("cot", "self_consistency", "tot"):
            match = gtbench.play("kuhn_poker", [f"{name}[logprobs=true]@openai/x", "random"], seed=1)
            assert match.calls
            assert all(sample.tokens for call in match.calls for sample in call.samples)


def test_a_log_of_methods_replays_without_a_network(tmp_path: Path) -> None:
    agents = (
        "self_consistency[answer=json,max_tokens_per_move=3000]@openai/x",
        "tot[answer=tool,memory=match]@openai/x",
    )
    cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=1, seed=0)

    def reply(request: dict[str, Any]) -> str | ChatReply:
        return play_legally(request) if shapes(request) else "Best: 2"

    with LocalProvider(reply):
        log = gtbench.run(cup, log=tmp_path / "a.gtbench")
    again = gtbench.run(cup, log=tmp_path / "b.gtbench", replay=tmp_path / "a.gtbench")
    assert [m.content() for m in again.matches()] == [m.content() for m in log.matches()]
    assert all(call.replayed for match in again.matches() for call in match.calls)


# On the embedded model.


def test_the_embedded_model_takes_a_schema_and_no_tool() -> None:
    assert LocalModel.takes >= {"grammar", "schema"}
    assert "tool" not in LocalModel.takes  # llama.cpp drops it where the model's template has none


@pytest.mark.slow
def test_the_methods_play_on_the_embedded_model() -> None:
    agents = [
        "self_consistency[samples=2,max_tokens=24,memory=match]@local/smollm2-135m",
        "tot[width=2,votes=1,depth=1,max_tokens=24,max_tokens_per_move=99]@local/smollm2-135m",
    ]
    match = gtbench.play("kuhn_poker", agents, seed=1)
    assert not match.faults
    assert [len(turn.attempts[0].calls) for turn in match.turns[:2]] == [2, 4]


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["grammar", "json"])
def test_the_embedded_model_states_what_it_is_asked_for(answer: str) -> None:
    agent = f"cot[answer={answer},claims=theory,confidence=true,max_tokens=300]@local/smollm2-135m"
    match = gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    attempt = match.turns[0].attempts[0]
    if answer == "grammar":
        assert not match.faults
        assert set(attempt.claims) == {"card", "pot", "higher"}
        assert attempt.confidence is not None
    else:  # its reasoning may have no end
        fields = ["reasoning", "claims", "confidence", "action"]
        assert attempt.finish == "length" or list(json.loads(attempt.reply)) == fields
