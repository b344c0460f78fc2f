"""Nothing is lost, and nothing is called done that was not: where commands write, and what they say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typer
from command import gtbench

import gtbench as api
from gtbench.cli.exits import ExitCode
from gtbench.cli.play import _compare

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("form", ["text", "csv"])
def test_no_report_is_written_over_a_log(tmp_path: Path, form: str) -> None:
    cup = api.Tournament(agents=("random", "greedy"), games=("kuhn_poker",), deals=1)
    logs = [tmp_path / name for name in ("a.gtbench", "b.gtbench")]
    for log in logs:
        api.run(cup, log=log, graded=False)
    (tmp_path / "link").symlink_to("a.gtbench")
    before = [log.read_bytes() for log in logs]
    for target in ("a.gtbench", "b.gtbench", "link"):
        done = gtbench("standings", "a.gtbench", "--format", form, "-o", target, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr == f"error: {target} is a run log, or another database: name a new file with -o\n"
    assert [log.read_bytes() for log in logs] == before
    assert gtbench("standings", "a.gtbench", "-o", "new.txt", cwd=tmp_path).returncode == 0
    assert "Standings: kuhn_poker" in (tmp_path / "new.txt").read_text(encoding="utf-8")


def test_upgrading_onto_something_names_the_option_that_helps(tmp_path: Path) -> None:
    cup = api.Tournament(agents=("random", "greedy"), games=("kuhn_poker",), deals=1)
    api.run(cup, log=tmp_path / "a.gtbench", graded=False)
    done = gtbench("upgrade", "a.gtbench", "-o", "a.gtbench", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "error: a.gtbench exists already: name another -o\n")


def test_a_replay_that_plays_nothing_again_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, agents in (("a", ("random", "greedy")), ("b", ("random", "optimal"))):
        cup = api.Tournament(agents=agents, games=("kuhn_poker",), deals=1)
        api.run(cup, log=tmp_path / name, graded=False)
    with pytest.raises(typer.Exit) as ended:
        _compare(tmp_path / "a", tmp_path / "b")
    assert ended.value.exit_code == ExitCode.WRONG
    assert "was played again: name its agents, games and deals" in capsys.readouterr().err
    _compare(tmp_path / "a", tmp_path / "a")
    assert "Played again: 2 matches" in capsys.readouterr().out
