"""What agents' names say of them, and with whom each is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gtbench.errors import BadOption
from gtbench_leaderboards.data.factors import NOT_STATED, Factors, factors, level, same, stated
from gtbench_leaderboards.data.skins import unskinned

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("agent", "family", "size", "quantisation", "effort", "code"),
    [
        ("cot@openai/gpt-4o-mini", "gpt", "", "", "", "no"),
        ("cot[reasoning_effort=high]@openai/gpt-5.1", "gpt", "", "", "high", "no"),
        ("cot@openai/o3-mini-low", "o", "", "", "low", "no"),
        ("cot@openai/gpt-5.1-codex", "gpt", "", "", "", "yes"),
        ("prompt@openai/gpt-oss-120b", "gpt-oss", "120b", "", "", "no"),
        ("prompt@anthropic/claude-sonnet-4-5", "claude", "", "", "", "no"),
        ("prompt@x/meta-llama/Llama-3-70B-Instruct", "llama", "70b", "", "", "no"),
        ("prompt@x/codellama/CodeLlama-34b-Instruct-hf", "llama", "34b", "", "", "yes"),
        ("prompt@x/Qwen/Qwen2.5-Coder-7B-Instruct-GPTQ-Int4", "qwen", "7b", "gptq", "", "yes"),
        ("prompt@x/Qwen3-235B-A22B-FP8", "qwen", "235b", "fp8", "", "no"),
        ("prompt@x/mixtral-8x7b-instruct-v0.1-AWQ", "mistral", "8x7b", "awq", "", "no"),
        ("prompt@x/codestral-22b", "mistral", "22b", "", "", "yes"),
        ("prompt@local//models/SmolLM2-1.7B.Q4_K_M.gguf", "smollm", "1.7b", "q4_k_m", "", "no"),
        ("prompt@local/SmolLM2-135M-Instruct.f16.gguf", "smollm", "135m", "", "", "no"),
        ("prompt@x/llama-3-8b-bnb-4bit", "llama", "8b", "bnb-4bit", "", "no"),
        ("prompt@x/byt5-decoder-1b", "byt", "1b", "", "", "no"),
    ],
)
def test_a_models_name_says_what_it_is(  # noqa: PLR0917
    agent: str, family: str, size: str, quantisation: str, effort: str, code: str
) -> None:
    found = factors(agent)
    assert found.method in ("cot", "prompt")
    told = tuple(word or NOT_STATED for word in (family, size, quantisation, effort, code))
    assert found[3:] == told


def test_who_has_no_model_says_no_more_than_its_method() -> None:
    assert factors("mcts[simulations=100]") == Factors("mcts")
    assert factors("exec:node bot.js").model == NOT_STATED
    assert factors("cot[temperature=0.2]@openai/Org/M") == Factors(
        "cot", "openai", "Org/m", "m", NOT_STATED, NOT_STATED, NOT_STATED, "no"
    )


@pytest.mark.parametrize(
    ("factor", "one", "other"),
    [
        ("method", "cot@x/m", "prompt@x/m"),
        ("method", "tot[width=5,temperature=0]@x/m", "prompt[temperature=0]@x/m"),
        ("provider", "cot@x/m", "cot@y/m"),
        ("model", "cot@x/m-7b", "cot@y/n"),
        ("size", "cot@x/llama-3-8b-instruct", "cot@x/llama-3-70b-instruct"),
        ("quantisation", "cot@x/A/Llama-3-8B-AWQ", "cot@x/B/Llama-3-8B"),
        ("quantisation", "cot@local/smollm2-135m.Q4_1.gguf", "cot@local/smollm2-135m.F16.gguf"),
        ("effort", "cot[reasoning_effort=high]@x/m", "cot@x/m"),
        ("effort", "cot@x/o3-mini-high", "cot@x/o3-mini-low"),
        ("code", "cot@x/Qwen2.5-Coder-7B", "cot@x/Qwen2.5-7B"),
        ("code", "cot@x/codellama-34b", "cot@x/llama-34b"),
        ("code", "cot@x/gpt-5.1-codex", "cot@x/gpt-5.1"),
    ],
)
def test_agents_that_differ_in_one_factor_are_compared_by_it_alone(factor: str, one: str, other: str) -> None:
    assert same(one, factor) == same(other, factor)
    others = {"method", "size", "quantisation", "effort", "code"} - {factor}
    assert all(same(one, name) != same(other, name) for name in others - {"model"})


def test_agents_that_differ_in_more_are_not() -> None:
    assert same("cot[temperature=0]@x/m", "method") != same("prompt@x/m", "method")
    assert same("cot@x/llama-3-8b-awq", "size") != same("cot@x/llama-3-70b", "size")
    assert same("tot[width=5]@x/m", "effort") != same("tot@x/m", "effort")


def test_a_file_states_what_names_do_not_say(tmp_path: Path) -> None:
    path = tmp_path / "facts.toml"
    path.write_text(
        '["cot@x/a"]\ncode = "yes"\ntuned = "yes"\nsame = "s"\n'
        '["cot@x/b"]\ntuned = "no"\nsame = "s"\n["random"]\ncode = "no"\n'
    )
    known = stated(str(path))
    assert level("cot@x/a", "code", known) == ("s", "yes")
    assert level("cot@x/a", "tuned", known) == ("s", "yes")
    assert level("cot@x/b", "tuned", known) == ("s", "no")
    assert level("prompt@x/c", "tuned", known) is None
    assert level("prompt@x/c", "method", known) == ("*@x/c", "prompt")
    assert level("random", "code", known) == (same("random", "code"), "no")
    assert level("random", "size", known) is None


def test_what_is_no_factor_and_no_file_of_them_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="no factor 'sise'; did you mean 'size'"):
        level("cot@x/a", "sise", {})
    path = tmp_path / "facts.toml"
    path.write_text('code = "yes"\n')
    with pytest.raises(BadOption, match="code is no table"):
        stated(str(path))
    with pytest.raises(BadOption, match="cannot be read"):
        stated(str(tmp_path / "absent.toml"))


def test_a_game_in_other_words_is_the_same_game() -> None:
    assert unskinned("nim[pile_sizes=2;4,skin=stone_jars]") == ("nim[pile_sizes=2;4]", True)
    assert unskinned("kuhn_poker[skin=sealed_gems]") == ("kuhn_poker", True)
    assert unskinned("pig[winscore=100]") == ("pig[winscore=100]", False)
