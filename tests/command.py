"""The command line within the tests' own process: one of its own takes seconds to load what it needs."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest import mock

from gtbench import cli
from gtbench.signals import ENDING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def gtbench(*words: str, cwd: Path, **environment: str) -> Done:
    """What `gtbench WORDS` does in a folder, with no key or address in the environment but those given."""
    out, err = io.StringIO(), io.StringIO()
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    handlers, root = {one: signal.getsignal(one) for one in ENDING}, logging.getLogger()
    with (
        mock.patch.dict(os.environ, kept | environment, clear=True),
        mock.patch.object(sys, "argv", ["gtbench", *words]),
        mock.patch.object(root, "handlers", []),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            for one, handler in handlers.items():
                signal.signal(one, handler)
    return Done(code, out.getvalue(), err.getvalue())
