"""The check finds what leads an agent to its deal: in games, in agents, in what gtbench hands over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench import match as matches
from gtbench.check import check_agent, check_game
from gtbench.errors import CheckFailed
from gtbench.testing import LocalProvider
from gtbench_games.kuhn_poker import KuhnPoker
from gtbench_games.negotiation import Negotiation

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.agent.spec import AgentSpec
    from gtbench.game.table import Table


class DrawnAsOne(Negotiation):
    """Negotiation as it was: all that is dealt comes from one short seed of the engine."""

    def start(self, deal: gtbench.Deal) -> Any:
        return self._drawn(deal, 0)


class Tells(KuhnPoker):
    """A game whose rules tell what is dealt, once it is dealt."""

    last = ""

    def start(self, deal: gtbench.Deal) -> Any:
        self.last = str(deal.seed)
        return super().start(deal)

    def rules(self, seat: int) -> str:
        return f"{super().rules(seat)} {self.last}"


class Told(KuhnPoker):
    """A game that goes by the last deal it has dealt."""

    last = 0

    def start(self, deal: gtbench.Deal) -> Any:
        self.last = deal.seed
        return super().start(deal)

    def __str__(self) -> str:
        return f"kuhn_poker after {self.last}"


@pytest.mark.parametrize(
    ("game", "found"),
    [
        (DrawnAsOne, "what seat 0 sees and what is hidden from it are drawn as one"),
        (Tells, "the info of player_0 depends on the deal"),
        (Told, "depends on the deal, which can be looked up by it, in seat 0 of kuhn_poker"),
    ],
)
def test_the_check_finds_a_game_that_gives_its_deals_away(game: type[gtbench.Game], found: str) -> None:
    with pytest.raises(CheckFailed, match=found):
        check_game(game(), positions=50)


def test_the_check_finds_out_that_an_agent_is_shown_the_true_state(tmp_path: Path) -> None:
    script = tmp_path / "cheat.py"
    script.write_text(
        "def clairvoyant_patience(view, *, true_state):\n    return f'Action: {view.legal[0]}'\n"
    )
    with pytest.raises(CheckFailed, match="its true_state depends on the deal"):
        check_agent(f"{script}:clairvoyant_patience", games=["blind_auction"], deals=1)


def program(folder: Path) -> str:
    """A program that plays the first legal move."""
    script = folder / "first.py"
    script.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    print(json.dumps({'reply': 'Action: ' + json.loads(line)['legal'][0]}), flush=True)\n"
    )
    return f"exec:{sys.executable} {script}"


@pytest.mark.parametrize("agent", ["random", "exec", "prompt@openai/x"])
def test_the_check_finds_a_seed_that_comes_from_the_deal(
    agent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As all agents were handed one before luck had a key."""
    plain = matches.seated

    def seated(spec: AgentSpec, model: Any, seed: Any, table: Table, journal: Any) -> Any:
        return plain(spec, model, (table.deal.seed, *seed[1:]), table, journal)

    name = program(tmp_path) if agent == "exec" else agent
    with LocalProvider():
        assert check_agent(name, games=["pig"], deals=1)[-1].evidence == "40 seats"
        monkeypatch.setattr(matches, "seated", seated)
        with pytest.raises(CheckFailed, match=r"its (rng|seed|model) depends on the deal"):
            check_agent(name, games=["pig"], deals=1)
