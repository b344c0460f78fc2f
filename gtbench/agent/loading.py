"""The door: from the name of an agent to its code, wherever that stands.

random                    listed in a pack, of ours or of a package that is installed
my_package.players:Bold   an attribute of a module, of one that is installed or of this folder
./my_agent.py:Bold        an attribute of a file
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from gtbench import registry
from gtbench.errors import BadOption, MissingDependency, suggestion
from gtbench.files import read_file
from gtbench.running import same_folder
from gtbench.signatures import signature
from gtbench.text import line

SUFFIX = ".py"
LARGEST = 16
"""Megabytes of a file of Python."""


def canonical(strategy: str) -> str:
    """The one way to write a name: a file's path without detours, and relative if it was given so."""
    where, colon, attribute = (part.strip() for part in strategy.partition(":"))
    if _is_file(where):
        where = os.path.normpath(where)
        where = where if where.startswith((os.sep, os.pardir)) else f".{os.sep}{where}"
    return f"{where}{colon}{attribute}"


def find(strategy: str) -> Any:
    """The class or function that a name stands for.

    Raises:
        UnknownName: No pack lists an agent of that name.
        BadOption: There is no such module, file or attribute, or it is no agent.
        MissingDependency: It needs a package that is not installed.
    """
    where, colon, attribute = strategy.partition(":")
    with same_folder():
        if not colon and not _is_file(where):
            return registry.load("agents", where)
        module = _of_file(where) if _is_file(where) else _of_name(where)
    if attribute and hasattr(module, attribute):
        return getattr(module, attribute)
    there = [name for name, thing in vars(module).items() if _made_in(module, thing) and is_agent(thing)]
    what = f"has no {attribute!r}" if attribute else f"is not one agent: write {where}:NAME"
    raise BadOption(f"{where} {what}{suggestion(attribute, there)}")


def place(strategy: str) -> str | None:
    """Where the code of a name stands, none of which is loaded; None for what a package has registered.

    A module may stand in the folder that the process is in.
    """
    where, colon, _ = strategy.partition(":")
    if _is_file(where):
        return str(Path(where).absolute())
    return str(Path.cwd()) if colon else None


def is_agent(thing: Any) -> bool:
    """Whether this is a class with a method `act`, or a function of a view."""
    if inspect.isclass(thing):
        return callable(getattr(thing, "act", None))
    return callable(thing) and takes_view(thing)


def takes_view(function: Any) -> bool:
    """Whether a function takes one thing by position, and all else by keyword."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.kind in by_position and p.default is p.empty for p in parameters][:2] in ([True], [True, False])


def origin(strategy: str) -> str:
    """Which code that is: a package and its version, or a file and its digest; empty if not known."""
    where, colon, attribute = strategy.partition(":")
    if not colon:
        return registry.distribution("agents", where)
    file = (
        where
        if _is_file(where)
        else getattr(inspect.getmodule(getattr(_of_name(where), attribute)), "__file__", None)
    )
    return digest(file) if file else ""


def digest(file: str) -> str:
    """A file's digest, as `sha256sum` gives it."""
    return f"sha256:{sha256(Path(file).read_bytes()).hexdigest()}"


def _is_file(where: str) -> bool:
    return where.endswith(SUFFIX) or os.sep in where


def _made_in(module: ModuleType, thing: Any) -> bool:
    return getattr(thing, "__module__", None) == module.__name__


def _of_name(name: str) -> ModuleType:
    """A module that is installed, or that stands in this folder."""
    _look_in(Path.cwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if f"{name}.".startswith(f"{error.name}."):
            raise BadOption(f"there is no module {name!r}, neither installed nor in this folder") from None
        raise MissingDependency(f"{name} needs the package {error.name!r}, which is not installed") from error
    except (Exception, SystemExit) as error:
        raise BadOption(f"{name} cannot be loaded: {type(error).__name__}: {line(error)}") from error


def _of_file(where: str) -> ModuleType:
    """A file as a module; what stands beside it can be imported, as by a script."""
    path = Path(where)
    try:
        source = read_file(path, LARGEST)
    except OSError as error:
        raise BadOption(f"{where} cannot be read: {str(error.strerror).lower()}") from None
    if not where.endswith(SUFFIX):
        raise BadOption(f"{where} is no Python file; any other program is exec:COMMAND")
    _look_in(path.resolve().parent)
    return _executed(path.resolve(), source)


@cache
def _executed(path: Path, source: bytes) -> ModuleType:
    """The module that a file holds; one that has changed is another."""
    module = ModuleType(f"gtbench_file_{sha256(bytes(path) + source).hexdigest()[:16]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where annotations are looked up
    try:
        exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102  (the user's own, and asked for)
    except ModuleNotFoundError as error:
        del sys.modules[module.__name__]
        raise MissingDependency(
            f"{path.name} needs the package {error.name!r}, which is not installed"
        ) from error
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        here = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
        ]
        place = f" (line {here[-1]})" if here else ""
        raise BadOption(
            f"{path.name} cannot be loaded: {type(error).__name__}: {line(error)}{place}"
        ) from error
    return module


def _look_in(folder: Path) -> None:
    """Let a folder's modules be imported, after all that is installed."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
