"""What a command writes on: full disks, readers that leave, closed streams, other encodings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as in_process
from patience import PATIENCE
from typer.main import get_command

import gtbench
from gtbench import cli
from gtbench.text import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FORKS = """
import importlib, json, os, sys
from gtbench import cli
for name in sys.argv[2:]:
    importlib.import_module(name)
ends = []
for where, words in json.loads(sys.argv[1]):
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writes, 2)
        if where == "closed":
            os.close(1)
        elif where == "left":
            ours, theirs = os.pipe()
            os.dup2(theirs, 1)
            os.close(ours)
        else:
            os.dup2(os.open(where, os.O_WRONLY), 1)
        os.close(writes)
        sys.argv[1:] = [os.fsdecode(word.encode()) for word in words]
        code = 99
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()  # as the interpreter does at its end, which takes long to free all that was loaded
        os._exit(code)
    os.close(writes)
    with os.fdopen(reads, encoding="latin-1") as errors:
        said = errors.read()
    ends.append((os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said))
print(json.dumps(ends))
"""
"""Each command in a process of its own, which does not have to load everything anew."""

HEAVY = (
    "pandas", "pyspiel", "rich.table", "scipy.optimize", "scipy.stats", "typer.rich_utils", "gtbench.check",
    "gtbench.log.read", "gtbench.tournament.run",
)  # fmt: skip
"""What most commands load, and many of them need not each."""

FULL = "error: standard output cannot be written: No space left on device"


def ends(
    commands: Iterable[tuple[str, Sequence[str]]], folder: Path, *loaded: str, **environment: str
) -> list[tuple[int, str]]:
    """The exit codes of commands with their standard output somewhere, and their bytes on standard error.

    Args:
        commands: Where the standard output of each leads, and its words.
        folder: Where they are called.
        loaded: Modules that they need not load each.
        environment: What is set beside the tests' own.
    """
    done = subprocess.run(
        [sys.executable, "-c", FORKS, json.dumps(list(commands)), *loaded],
        cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=PATIENCE,
        check=True,
    )  # fmt: skip
    found: list[tuple[int, str]] = json.loads(done.stdout)
    return found


def verbs() -> list[list[str]]:
    """Every verb of the command line, those below others too."""
    root: Any = get_command(cli.app)
    found = [[], *([name] for name in root.list_commands(None))]
    return found + [
        [name, below] for name, verb in root.commands.items() for below in getattr(verb, "commands", ())
    ]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of a run."""
    cup = gtbench.Tournament(agents=("random", "greedy"), games=("kuhn_poker",), deals=2)
    return gtbench.run(cup, log=tmp_path_factory.mktemp("cup") / "cup.gtbench").path


REPORTS = [
    ["standings"],
    ["matches"],
    ["profile"],
    ["errors", "--label", "wrong_fold"],
    ["exploitability"],
    ["replay"],
    ["grade"],
]


def commands(log: Path) -> list[list[str]]:
    """A command of every kind that writes to standard output, and the help of every verb."""
    reports = [[verb, str(log), *(["1"] if verb == "replay" else options)] for verb, *options in REPORTS]
    games = [
        ["games"],
        ["games", "nim"],
        ["models"],
        ["check", "tic_tac_toe", "--positions", "1"],
        ["--version"],
    ]
    doctor = [["doctor", "openai/x"]]
    return [*([*verb, "--help"] for verb in verbs()), *reports, *games, *doctor]


def test_a_full_disk_is_one_line_and_a_reader_that_leaves_none_whatever_the_verb(log: Path) -> None:
    asked = [(where, words) for words in commands(log) for where in ("/dev/full", "left")]
    assert len(asked) > 30
    for (where, words), (code, said) in zip(asked, ends(asked, log.parent, *HEAVY), strict=True):
        assert (words, code, said.strip("\n")) == (words, *((1, FULL) if where == "/dev/full" else (141, "")))


def test_a_full_disk_is_one_line_also_where_the_interpreter_itself_ends(log: Path) -> None:
    with Path("/dev/full").open("w") as full:
        words = [sys.executable, "-m", "gtbench.cli", "matches", str(log)]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.strip("\n")) == (1, FULL)


def test_with_standard_output_closed_a_command_does_its_work(log: Path, tmp_path: Path) -> None:
    flags = ["--agents", "random", "greedy", "--games", "kuhn_poker", "--deals", "1", "--log", "x.gtbench"]
    asked = [["run", *flags], ["standings", str(log)], ["grade", str(log)], ["--help"]]
    assert [code for code, _ in ends((("closed", words) for words in asked), tmp_path)] == [0, 0, 0, 0]
    assert len(gtbench.open_log(tmp_path / "x.gtbench").numbers()) == 2  # nothing was printed into it


def test_a_full_disk_behind_standard_error_stops_no_run(tmp_path: Path) -> None:
    flags = ["--agents", "random", "greedy", "--games", "kuhn_poker", "--deals", "1", "--log", "x.gtbench"]
    with Path("/dev/full").open("w") as full:
        words = [sys.executable, "-m", "gtbench.cli", "run", *flags]
        done = subprocess.run(
            words, cwd=tmp_path, stderr=full, stdout=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 0
    assert "The log is x.gtbench" in done.stdout


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        (
            {"PYTHONIOENCODING": "cp1252"},
            b"caf\\xe9-\\u20ac-\\u4e2d".replace(b"\\xe9", b"\xe9").replace(b"\\u20ac", b"\x80"),
        ),
        ({"PYTHONIOENCODING": "ascii"}, b"caf\\xe9-\\u20ac-\\u4e2d"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, b""),
        ({"LC_ALL": "C"}, "caf\xe9-\u20ac-\u4e2d".encode()),
    ],
)
def test_what_an_encoding_lacks_is_written_as_its_number(
    settings: dict[str, str], shown: bytes, log: Path, tmp_path: Path
) -> None:
    name = tmp_path / "caf\xe9-\u20ac-\u4e2d.gtbench"
    name.write_bytes(log.read_bytes())
    out = str(tmp_path / "out")
    Path(out).touch()
    asked = (["matches", str(name)], ["replay", str(name), "1"], ["grade", f"{name}-is-not-there"])
    done = ends(((out, words) for words in asked), tmp_path, **settings)
    assert [code for code, _ in done] == [0, 0, 1]
    assert [said for _, said in done if "Traceback" in said] == []
    assert shown in done[-1][1].encode("latin-1")


# Names of files.


@pytest.mark.parametrize(
    "name", [b"-x.gtbench", b"cup\xff\xe9.gtbench", b"a b'\x1b.gtbench", "\u4e2d.gtbench".encode()]
)
def test_the_line_to_go_on_with_works_whatever_the_log_is_called(name: bytes, tmp_path: Path) -> None:
    flags = ["--agents", "random", "greedy", "--games", "kuhn_poker", "--deals", "1"]
    done = in_process("run", *flags, "--log", os.fsdecode(name), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [os.fsencode(path.name) for path in tmp_path.iterdir()] == [name]
    (line,) = (line for line in done.stdout.splitlines() if "gtbench matches" in line)
    words = line.replace("gtbench", f"{sys.executable} -m gtbench.cli", 1)
    again = subprocess.run(
        ["/bin/bash", "-c", words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert "2 of 2 matches played." in again.stdout
    refused = in_process("run", *flags, "--log", os.fsdecode(name), cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert typed(Path(os.fsdecode(name))) in refused.stderr
