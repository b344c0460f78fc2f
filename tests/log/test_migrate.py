"""A log of an older format is written anew: all that it holds, and equal reports."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import gtbench
from gtbench import registry
from gtbench.errors import LogError
from gtbench.log.format import format_of
from gtbench.log.migrate import upgrade
from gtbench.log.opening import reading
from gtbench.records import FORMAT

DATA = Path(__file__).parents[1] / "data"
OLDER = sorted(path for path in DATA.glob("*.gtbench") if f"format-{FORMAT}" not in path.name)


@pytest.mark.parametrize("old", OLDER, ids=lambda path: path.stem)
def test_a_log_written_anew_holds_what_the_old_one_did_which_stays_as_it_is(
    old: Path, tmp_path: Path
) -> None:
    before = old.read_bytes()
    was, now = gtbench.open_log(old), upgrade(old, tmp_path / "folder" / "new.gtbench")
    with reading(now.path) as database:
        assert format_of(database) == FORMAT
    assert (now.run, now.matches(), now.grades()) == (was.run, was.matches(), was.grades())
    assert (now._broken_off(), now.judging(), now.asked()) == (was._broken_off(), was.judging(), was.asked())
    assert old.read_bytes() == before
    if was.elicitation is None:
        pd.testing.assert_frame_equal(was.results(), now.results())
        pd.testing.assert_frame_equal(was.decisions(), now.decisions())


@pytest.mark.parametrize("old", OLDER, ids=lambda path: path.stem)
def test_every_report_of_a_log_written_anew_is_that_of_the_old_one(old: Path, tmp_path: Path) -> None:
    was, now = gtbench.open_log(old), upgrade(old, tmp_path / "new.gtbench")
    some = 0
    for name in ("policy", "exploitability") if was.elicitation else registry.names("reports"):
        options = dict(zip(("first", "second"), was.agents, strict=False)) if name == "compare" else {}
        before = was.report(name, **options)
        pd.testing.assert_frame_equal(before, now.report(name, **options))
        some += len(before) > 0
    assert some > 1


def test_a_log_of_todays_format_is_not_written_anew(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=f"has format {FORMAT} already"):
        upgrade(DATA / f"format-{FORMAT}.gtbench", tmp_path / "new.gtbench")
    assert not list(tmp_path.iterdir())


def test_what_is_in_the_way_stays(tmp_path: Path) -> None:
    (tmp_path / "new.gtbench").write_text("mine")
    with pytest.raises(LogError, match="exists already"):
        upgrade(DATA / "format-5.gtbench", tmp_path / "new.gtbench")
    assert (tmp_path / "new.gtbench").read_text() == "mine"


def test_of_a_log_that_cannot_be_written_anew_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", "0.0001")  # less than its rules take
    with pytest.raises(LogError, match="is damaged"):
        upgrade(DATA / "format-5.gtbench", tmp_path / "new.gtbench")
    assert not list(tmp_path.iterdir())
