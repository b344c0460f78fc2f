"""Make every game known to `pettingzoo.make`, as `gtbench/NAME-v0`, without importing PettingZoo.

PettingZoo has no entry points for environments, and its import takes a fifth of a second. So the games are
registered when both packages have been imported, in either order.
"""

from __future__ import annotations

import sys
import warnings
from importlib.abc import Loader, MetaPathFinder
from typing import TYPE_CHECKING, Any

from gtbench import catalogue
from gtbench.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

VERSION = 0
"""The environments' version; it rises when a change makes results differ."""


def register_with_pettingzoo() -> None:
    """Register the games now if PettingZoo is imported, else as soon as it is."""
    if "pettingzoo" in sys.modules:
        _register(sys.modules["pettingzoo"])
    else:
        sys.meta_path.insert(0, _OnImport())


def _register(pettingzoo: ModuleType) -> None:
    """Register every game for both APIs; a game played in turns says so when it is made as a Parallel one.

    A pack that is wrong is a warning here: PettingZoo's import must not fail for it.
    """
    try:
        games = catalogue.list_games()
    except UserError as error:
        warnings.warn(f"PettingZoo knows no game of gtbench: {error}", stacklevel=2)
        return
    for name in games:
        for api, maker in (("aec", "make"), ("parallel", "parallel_env")):
            pettingzoo.register(
                api, f"gtbench/{name}-v{VERSION}", f"gtbench.env.environments:{maker}", kwargs={"game": name}
            )


class _OnImport(MetaPathFinder):
    """Finds PettingZoo where the other finders do, and has the games registered when its import is done."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "pettingzoo":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, (finder.find_spec(fullname, path, target) for finder in others)), None)
        if spec and spec.loader:
            spec.loader = _ThenRegister(spec.loader, self)
        return spec


class _ThenRegister(Loader):
    """A module's own loader, but for registering the games once the module has been loaded."""

    def __init__(self, loader: Loader, finder: _OnImport) -> None:
        self._loader, self._finder = loader, finder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__:
            module.__spec__.loader = module.__loader__ = self._loader
        sys.meta_path.remove(self._finder)
        self._loader.exec_module(module)
        _register(module)
