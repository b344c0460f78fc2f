"""What an agent observes: arrays at once, and the text when it is first read.

Most steps of a learner read the numbers and the mask alone, and to write the text takes as long as all the
rest of a step. So an observation writes it when somebody asks for it, at whatever time: it is always the text
of the moment observed. In every other respect an `Observation` is a dict of three keys; a copy, a pickle and
whatever else is made of it is a plain dict with the text in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.game.table import Table

TEXT = "text"


class Observation(dict[str, Any]):
    """A dict whose text is written when it is first read.

    The key stands in the dict itself only from then on; until then `unread` is the table, the seat, and how
    many plies had been played.
    """

    unread: tuple[Table, int, int] | None = None

    def __missing__(self, key: str) -> str:
        if key != TEXT or self.unread is None:
            raise KeyError(key)
        table, seat, plies = self.unread
        self.unread = None
        text = self[TEXT] = table.after(plies).view(seat).text
        return text

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or (key == TEXT and self.unread is not None)

    def get(self, key: str, default: Any = None) -> Any:
        """As of any dict."""
        try:
            return self[key]
        except KeyError:
            return default

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def __copy__(self) -> dict[str, Any]:
        return dict(self)


def _written(name: str) -> Callable[..., Any]:
    """A method of dict that looks at all keys, after the text has been written."""
    method = getattr(dict, name)

    def of_all(self: Observation, *arguments: Any, **named: Any) -> Any:
        if self.unread is not None:
            self[TEXT]
        return method(self, *arguments, **named)

    return of_all


for _name in (
    "__iter__", "__reversed__", "__len__", "__eq__", "__ne__", "__or__", "__ror__", "__ior__", "__repr__",
    "__setitem__", "__delitem__", "keys", "values", "items", "copy", "pop", "popitem", "setdefault",
    "update", "clear",
):  # fmt: skip
    setattr(Observation, _name, _written(_name))
