"""What holds of every oracle, and how what it has computed is kept."""

from __future__ import annotations

import importlib.util
import random
import sys
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
import pytest

import gtbench
from gtbench.errors import NoOracle
from gtbench.game.oracle import stored
from gtbench.game.table import Table
from gtbench.labels import COSTLESS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gtbench.game.base import Game

ORACLES = gtbench.list_games()


def decisions(game: Game, matches: int) -> Iterator[tuple[Table, int]]:
    """Positions of random matches, each with a seat that is to move there."""
    for seed in range(matches):
        table, rng = Table(game, game.deal(seed)), random.Random(seed)
        while not table.over:
            yield from ((table, seat) for seat in table.to_move)
            table = table.copy()
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})


@pytest.mark.parametrize("name", ORACLES)
def test_a_grade_agrees_with_worth_and_policy(name: str) -> None:
    game = gtbench.load_game(name)
    oracle = game.oracle()
    for table, seat in decisions(game, 5):
        values, policy = oracle.action_values(table.state, seat), oracle.policy(table.view(seat))
        if values is None:
            for action in table.legal(seat):
                certain = oracle.grade(table.state, seat, action)
                assert certain is None or not certain.exact
                assert certain is None or action not in certain.best or not certain.regret
                assert certain is None or action not in certain.best or not certain.labels
            continue
        assert values.keys() == set(table.legal(seat))
        assert oracle.value(table.state, seat) == max(values.values())
        for action in values:
            verdict = oracle.grade(table.state, seat, action)
            assert verdict is not None
            assert verdict.regret >= 0
            assert (action in verdict.best) == (verdict.regret == 0)
            assert verdict.regret or {*verdict.labels} <= COSTLESS
            assert not verdict.regret or COSTLESS.isdisjoint(verdict.labels)
        if policy is not None:
            assert sum(policy.values()) == pytest.approx(1)
            for action, chance in policy.items():
                verdict = oracle.grade(table.state, seat, action)
                assert chance >= 0
                assert verdict is not None
                assert not chance or not verdict.regret, "what an oracle plays has no regret"


@pytest.mark.parametrize("name", ORACLES)
def test_a_skin_has_the_oracle_of_its_game(name: str) -> None:
    for skin in gtbench.load_game(name).skins():
        skinned = gtbench.load_game(name, skin=skin)
        assert type(skinned.oracle()) is type(gtbench.load_game(name).oracle())


def test_a_game_without_an_oracle_says_so() -> None:
    class Unknown(type(gtbench.load_game("tic_tac_toe"))):  # type: ignore[misc]
        name = "unknown"

    with pytest.raises(NoOracle, match="there is no oracle for unknown"):
        Unknown().oracle()


def test_what_was_computed_is_kept_and_a_damaged_file_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda _name: tmp_path)
    made = []

    def make(tick: object) -> dict[str, np.ndarray]:
        made.append(tick)
        return {"values": np.arange(3)}

    for _ in range(2):
        assert stored("sum", make)["values"].tolist() == [0, 1, 2]
    assert len(made) == 1
    (path,) = (tmp_path / "oracles").iterdir()
    content = path.read_bytes()
    path.write_bytes(content[:-40] + b"?" + content[-39:])
    assert stored("sum", make)["values"].tolist() == [0, 1, 2]
    assert len(made) == 2


SOLVER = """
import numpy
from gtbench.game.oracle import stored

asked = []
stored("sum", lambda tick: asked.append(tick) or {"values": numpy.ones(2)})
"""


def test_what_other_code_computed_is_not_taken_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the tests of a solver would see what it was before, and so would users of a newer one."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda _name: tmp_path / "cache")
    made = []
    for name, solver, beside in (("first", SOLVER, "1"), ("same", SOLVER, "1"), ("other", SOLVER, "2"),
                                 ("another", f"{SOLVER}#", "1")):  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "solver.py").write_text(solver)
        (tmp_path / name / "tree.py").write_text(beside)
        spec = importlib.util.spec_from_file_location(f"solver_{name}", tmp_path / name / "solver.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, f"solver_{name}", module)
        spec.loader.exec_module(module)
        made += [name] * len(module.asked)
    assert made == ["first", "other", "another"]


def test_a_cache_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "oracles").write_text("in the way")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda _name: tmp_path)
    assert stored("sum", lambda _tick: {"values": np.ones(2)})["values"].tolist() == [1, 1]


def test_optimal_never_has_regret_and_draws_tic_tac_toe() -> None:
    game = gtbench.load_game("tic_tac_toe")
    oracle = game.oracle()
    for seed in range(5):
        match = gtbench.play(game, ["optimal", "optimal"], seed=seed)
        assert match.rewards == (0, 0)
        table = Table(game, game.deal(seed))
        for turn in match.turns:
            assert turn.action is not None
            verdict = oracle.grade(table.state, turn.seat, turn.action)
            assert verdict is not None
            assert verdict.regret == 0
            table.play({turn.seat: turn.action})
