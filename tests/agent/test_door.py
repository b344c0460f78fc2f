"""Agents of the user's own: how they are named, in which forms they come, and what a wrong name gets."""

from __future__ import annotations

import re
import sys
from hashlib import sha256
from pathlib import Path

import pytest

import gtbench
from gtbench.agent.spec import load_agent
from gtbench.errors import BadOption, MissingDependency, UserError
from gtbench.testing import LocalProvider

AGENTS = '''
from typing import TYPE_CHECKING, Annotated

from beside import TAG
from gtbench import Decision
from gtbench.records import Message
from pydantic import Field

if TYPE_CHECKING:
    from random import Random

    from gtbench.models import Chat


def first(view):
    return f"{TAG} {view.legal[0]}"


async def nth(view, *, n: Annotated[int, Field(ge=0, le=1)] = 0, loud=False):
    return Decision(f"{TAG} {view.legal[n].upper() if loud else view.legal[n]}")


async def asks(view, *, model: Chat, word: str = "please"):
    return await model.ask([Message(role="user", content=f"{view.text}\\n\\n{word}")])


class Lucky:
    """Plays a legal move at random, and counts its moves."""

    games = ("kuhn_poker", "tic_tac_toe")
    closed = 0

    def __init__(self, *, rng: Random) -> None:
        self.rng, self.moves = rng, 0

    def act(self, view):
        self.moves += 1
        return f"Move {self.moves}.\\n{TAG} {self.rng.choice(view.legal)}"

    async def aclose(self):
        Lucky.closed += 1


def clairvoyant_eye(view, *, true_state):
    return f"{TAG} {view.legal[str(true_state()).count('2') % 2]}"


def eye(view, *, true_state):
    return f"{TAG} {view.legal[0]}"


def must(view, *, depth: int):
    return f"{TAG} {view.legal[0]}"


def misannotated(view, *, depth: Nothing = 1):
    return f"{TAG} {view.legal[0]}"


class Actless:
    pass


lucky = Lucky(rng=None)
number = 7
'''


LAZILY = "" if sys.version_info >= (3, 14) else "from __future__ import annotations\n"
"""What lets annotations name what is imported for type checkers only."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with agents in a file, which is the working directory."""
    (tmp_path / "mine.py").write_text(LAZILY + AGENTS)
    (tmp_path / "beside.py").write_text('TAG = "Action:"\n')
    (tmp_path / "broken.py").write_text("one = 1\n\nno = nothing\n")
    (tmp_path / "needy.py").write_text("import not_there\n")
    monkeypatch.chdir(tmp_path)
    # another test may have had modules of these names, in a folder that is looked in first
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if not Path(folder, "mine.py").exists()])
    for name in ("mine", "beside"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("./mine.py:first", "./mine.py:first"),
        (" mine.py:nth[ n = 1 ] ", "./mine.py:nth[n=1]"),
        ("./x/../mine.py : nth[n=1,loud=true]", "./mine.py:nth[loud=true,n=1]"),
        ("mine:first", "mine:first"),
        ("./mine.py:asks[word=now]@openai/gpt-5", "./mine.py:asks[word=now]@openai/gpt-5"),
        ("exec:sh   bot.sh", "exec:sh bot.sh"),
        ("""exec:sh -c "echo 'a b'" [x]@y""", """exec:sh -c 'echo '"'"'a b'"'"'' '[x]@y'"""),
    ],
)
@pytest.mark.usefixtures("here")
def test_an_agent_of_ones_own_has_one_canonical_name(written: str, canonical: str) -> None:
    assert str(load_agent(written)) == canonical
    assert str(load_agent(canonical)) == canonical


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("./not.py:x", "./not.py cannot be read: no such file or directory"),
        ("./mine.py", "./mine.py is not one agent: write ./mine.py:NAME; there is Lucky, asks, "),
        ("./mine.py:frist", "./mine.py has no 'frist'; did you mean 'first'?"),
        (
            "./mine.py:number",
            "./mine.py:number is no agent: it is neither a class with a method act(view) nor",
        ),
        ("./mine.py:lucky", "./mine.py:lucky is no agent: it is an object that all matches would share"),
        ("./mine.py:Actless", "./mine.py:Actless is no agent: its class has no method act(view)"),
        ("./mine.py:nth[n=2]", "./mine.py:nth: n=2: input should be less than or equal to 1"),
        ("./mine.py:nth[loud=7]", "loud=7: input should be a valid boolean"),
        ("./mine.py:nth[m=2]", "./mine.py:nth has no option 'm'; there is loud, n"),
        ("./mine.py:nth[view=2]", "./mine.py:nth has no option 'view'"),
        ("./mine.py:must", "./mine.py:must needs the option 'depth': ./mine.py:must[depth=...]"),
        ("./mine.py:misannotated", "the annotation of depth cannot be read: name 'Nothing' is not defined"),
        ("./mine.py:asks", "./mine.py:asks needs a model"),
        ("./mine.py:first@openai/x", "./mine.py:first plays without a model"),
        ("./broken.py:x", "broken.py cannot be loaded: NameError: name 'nothing' is not defined (line 3)"),
        ("./needy.py:x", "needy.py needs the package 'not_there', which is not installed"),
        ("needy:x", "needy needs the package 'not_there', which is not installed"),
        ("broken:x", "broken cannot be loaded: NameError"),
        ("nowhere:x", "there is no module 'nowhere', neither installed nor in this folder"),
        ("./bot.js:x", "./bot.js cannot be read"),
        ("exec:", "exec: names no command: write exec:COMMAND"),
        ("exec:no-such-command x", "exec:no-such-command x cannot be run: no-such-command is no command"),
        ("exec:./mine.py", "exec:./mine.py cannot be run: ./mine.py may not be executed"),
        ("exec:sh 'x", "exec:sh 'x cannot be run: no closing quotation"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_wrong_name_gets_one_line(written: str, line: str) -> None:
    with pytest.raises((BadOption, MissingDependency), match=re.escape(line)) as caught:
        load_agent(written)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("here")
def test_a_class_and_every_form_of_function_play() -> None:
    names = ["./mine.py:first", "mine:nth[n=1,loud=true]", "./mine.py:Lucky", "./mine.py:asks@openai/x"]
    with LocalProvider() as server:
        for name in names:
            assert gtbench.play("kuhn_poker", [name, "random"], seed=1).faults == ()
    assert server.requests[0]["messages"][0]["content"].endswith("please")
    match = gtbench.play("kuhn_poker", ["./mine.py:nth[n=1,loud=true]", "random"], seed=1)
    assert match.turns[0].attempts[0].reply == "Action: BET"


@pytest.mark.usefixtures("here")
def test_each_match_and_seat_has_an_agent_and_luck_of_its_own_and_closes_it() -> None:
    lucky = "./mine.py:Lucky"
    spec = load_agent(lucky)
    match = gtbench.play("tic_tac_toe", [spec, lucky], seed=1)
    replies = [attempt.reply for turn in match.turns for attempt in turn.attempts]
    assert [reply.split(".")[0] for reply in replies[:4]] == ["Move 1", "Move 1", "Move 2", "Move 2"]
    assert spec.code.closed == 2
    again = gtbench.play("tic_tac_toe", [lucky, lucky], seed=1)
    assert again.content() == match.content()


@pytest.mark.usefixtures("here")
def test_what_an_agent_says_of_itself_is_kept() -> None:
    with pytest.raises(BadOption, match=r"\./mine\.py:Lucky plays kuhn_poker and tic_tac_toe only, not nim"):
        gtbench.play("nim", ["./mine.py:Lucky", "random"], seed=1)
    with pytest.raises(BadOption, match="asks for the true state: name it clairvoyant_eye"):
        gtbench.play("nim", ["./mine.py:eye", "random"], seed=1)
    assert gtbench.play("kuhn_poker", ["./mine.py:clairvoyant_eye", "random"], seed=1).faults == ()


def test_a_log_says_whose_code_played_and_a_resume_says_what_has_changed(
    here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    agents = ("./mine.py:first", "random", "exec:cat beside.py")
    settings = gtbench.Tournament(agents=agents[:2], games=("kuhn_poker",), deals=1, seed=0)
    log = gtbench.run(settings, log="cup.gtbench")
    digest = sha256((here / "mine.py").read_bytes()).hexdigest()
    assert log.run.agents["./mine.py:first"] == f"sha256:{digest}"
    assert log.run.agents["random"] == f"gtbench {gtbench.__version__}"
    named = sha256((here / "beside.py").read_bytes()).hexdigest()
    assert load_agent(agents[2]).origin == f"beside.py sha256:{named}"
    assert gtbench.resume("cup.gtbench").numbers() == {1, 2}
    assert not caplog.messages
    (here / "mine.py").write_text(AGENTS + "\n")
    gtbench.resume("cup.gtbench")
    assert caplog.messages == ["warning: the code of ./mine.py:first has changed since this run was begun"]
    (here / "mine.py").unlink()
    with pytest.raises(UserError, match=r"\./mine\.py cannot be read"):
        gtbench.resume("cup.gtbench")
    assert gtbench.open_log("cup.gtbench").numbers() == {1, 2}


def test_a_file_that_has_changed_is_read_anew(here: Path) -> None:
    (here / "one.py").write_text("def player(view):\n    return 'Action: pass'\n")
    old = load_agent("./one.py:player")
    (here / "one.py").write_text("def player(view):\n    return 'Action: bet '\n")
    moves = [
        gtbench.play("kuhn_poker", [a, "random"], seed=1).turns[0].move for a in (old, "./one.py:player")
    ]
    assert moves == ["pass", "bet"]
