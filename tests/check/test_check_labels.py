"""What the judge says of a game's own errors of play."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  (read when this runs)
from typing import Any, ClassVar

import pytest

import gtbench
from gtbench.check import check_game
from gtbench.check.sample import PositionSample
from gtbench.check.words import labels
from gtbench.errors import CheckFailed
from gtbench.labels import About
from gtbench_games.nim import Nim
from gtbench_games.tic_tac_toe import TicTacToe

SOUND = About("what is right")


class Labelled(Nim):
    """A game that says nothing of what its oracle names."""

    labels: ClassVar[Mapping[str, About]] = {}


class Unsolved(TicTacToe):
    name = "unsolved"
    labels: ClassVar[Mapping[str, About]] = {"dozed_off": SOUND}


def test_each_game_of_ours_explains_what_its_oracle_names() -> None:
    found = labels(PositionSample(gtbench.load_game("nim"), 200, 0))
    assert found.startswith("1 labels, ")
    assert int(found.split()[2]) > 10


def test_an_error_that_an_oracle_names_and_the_game_does_not_explain_is_a_finding_with_its_position() -> None:
    with pytest.raises(CheckFailed, match=r"nim: its oracle names \['wrong_sum'\]") as found:
        check_game(Labelled(), positions=100)
    assert "Seat 0 reads" in str(found.value)


@pytest.mark.parametrize(
    ("own", "complaint"),
    [
        ({"Dozed off": SOUND}, "'Dozed off' in its labels is no word in small letters that is its own"),
        ({"missed_win": SOUND}, "'missed_win' in its labels is no word in small letters that is its own"),
        ({"illegal": SOUND}, "'illegal' in its labels is no word"),
        ({"dozed_off": "a phrase"}, "the label 'dozed_off' has no gtbench.labels.About with a phrase"),
        ({"dozed_off": About("")}, "has no gtbench.labels.About with a phrase"),
    ],
)
def test_a_label_without_a_word_or_a_meaning_of_its_own_is_a_finding(
    own: Mapping[str, Any], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Unsolved, "labels", own)
    with pytest.raises(CheckFailed, match=complaint):
        labels(PositionSample(Unsolved(), 50, 0))


def test_a_game_without_an_oracle_may_have_labels_and_another_game_does_not_inherit_them() -> None:
    class Other(Unsolved):
        name = "other"

    assert labels(PositionSample(Unsolved(), 50, 0)) == "1 labels, and no oracle"
    assert Other.labels == {}
