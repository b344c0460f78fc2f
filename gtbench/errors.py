"""What can go wrong, and whose it is.

GtbenchError
+-- UserError               the user can fix it: one line that says how, exit code 1, no traceback
|   +-- UnknownName         nothing is registered under that name
|   +-- TwicePresent        two installed packages register one name
|   +-- BrokenGame          a registered game cannot be made, or has another name than its pack says
|   +-- BadOption           an option or parameter has a wrong name or value
|   |   +-- CannotPlay      an agent does not play a game
|   +-- BadTournament       a tournament file says something that cannot be played
|   +-- MissingKey          a remote model needs a key from the environment
|   +-- MissingDependency   an optional package or system library is not there
|   +-- ProviderRejection   a provider will refuse every such call: a wrong key, model or setting
|   +-- NotRecorded         a replay met a request that its log does not hold
|   +-- LogError            a run log cannot be used as asked
|   |   +-- Untrusted       it names code that somebody else has begun; its agents follow on further lines
|   +-- NoOracle            exact play of a game, or of its parameters, is not known
|   +-- CheckFailed         a game or agent does not hold what it must; the position follows on further lines
+-- PersonLeft              a person has left a match that is not over: it is not played, and nobody lost it
+-- BudgetSpent             a cap of the run is reached: exit code 3, and the log can be resumed
+-- WorldError              the world failed: the match is void and never scored
    +-- ProviderFailure     a provider was down, throttled, too slow or made no sense
        +-- RequestRefused  a provider refused this one request, and it is not known why

What a *player* did wrong is no exception: it is a `Fault` in the record (see `gtbench.labels.FaultKind`).
"""

from __future__ import annotations

import difflib
import traceback
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gtbench.records import Message, Try


DEEPEST = 20
"""Exceptions that are looked at behind one."""


class GtbenchError(Exception):
    """The root of every exception that gtbench raises on purpose."""


class UserError(GtbenchError):
    """Something the user can fix; its text is one line that says how."""


class UnknownName(UserError):
    """Nothing is registered under a name.

    Args:
        what: The kind of thing that was looked for, such as "game".
        name: The name as the user wrote it.
        known: Every name that would have been understood.
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.what, self.name, self.known = what, name, tuple(sorted(known))
        super().__init__(f"unknown {what} {name!r}{suggestion(name, self.known)}")


class TwicePresent(UserError):
    """Two installed packages register one name, so that nobody could tell which is meant.

    Args:
        what: The kind of thing, such as "game".
        name: The name.
        first: The distribution that lists it first, and its version.
        second: The other distribution.
    """

    def __init__(self, what: str, name: str, first: str, second: str) -> None:
        super().__init__(
            f"the {what} {name!r} is registered by {first} and by {second}: uninstall one of them"
        )


class BrokenGame(UserError):
    """A game that a pack lists cannot be made, or calls itself something else."""


class BadOption(UserError):
    """An option or parameter has a wrong name or a wrong value."""


class CannotPlay(BadOption):
    """An agent does not play a game; of a tournament, every such pair."""


class BadTournament(UserError):
    """A tournament says something that cannot be played."""


class MissingKey(UserError):
    """A remote model needs a key from the environment."""

    def __init__(self, model: str, variable: str) -> None:
        self.model, self.variable = model, variable
        super().__init__(f"{model} needs a key: set the environment variable {variable}")


class MissingDependency(UserError):
    """An optional package or a system library is not there."""


class ProviderRejection(UserError):
    """A provider will refuse every call like this one, so that going on would be of no use."""


class NotRecorded(UserError):
    """A replay met a request that its log does not hold."""

    messages: tuple[Message, ...] = ()
    """What was asked."""


class LogError(UserError):
    """A run log is missing, in the way, in use, damaged or from a newer gtbench."""


class Untrusted(LogError):
    """A run log names code that this user has not begun on this machine.

    Args:
        reason: What is wrong, and the fix, on one line.
        agents: The agents that it is about, a line each, which follow.
    """

    def __init__(self, reason: str, agents: str) -> None:
        super().__init__(f"{reason}\n{agents}")


class NoOracle(UserError):
    """Exact play of a game is not known, or not with these parameters."""


class CheckFailed(UserError):
    """A game or an agent does not hold what it must; the line says what, and the position follows it."""


class PersonLeft(GtbenchError):
    """A person does not want to go on with a match, which stays unplayed."""

    def __init__(self) -> None:
        super().__init__("the person at the terminal has left the match")


class BudgetSpent(GtbenchError):
    """A cap on calls, tokens or dollars is reached; the line says which, and what was spent."""


class WorldError(GtbenchError):
    """The world failed while a match was under way: the match is void, never scored."""


class ProviderFailure(WorldError):
    """A provider was down, throttled, too slow, or its answer made no sense.

    Args:
        reason: What happened, on one line.
        passing: Whether it may be gone at the next try.
        throttled: Whether the provider asked for fewer requests.
        retry_after: For how many seconds it asked to be left alone, if it said so.
        sent: Whether a request was sent; none is that would have to wait for longer than its call may take.
        unreadable: Whether it did answer, and may count that, but nobody can read the answer.
    """

    def __init__(
        self,
        reason: str,
        *,
        passing: bool = False,
        throttled: bool = False,
        retry_after: float | None = None,
        sent: bool = True,
        unreadable: bool = False,
    ) -> None:
        self.passing, self.throttled, self.retry_after = passing, throttled, retry_after
        self.sent, self.unreadable = sent, unreadable
        self.tries: tuple[Try, ...] = ()
        """The requests that were made of the call in vain."""
        self.took = 0.0
        """For how many seconds nobody was there to answer; 0 where somebody was."""
        self.cut_off = False
        """Whether it was given less time to answer than others, since the deadline of its call came first."""
        self.left_alone = ""
        """Why the model is left alone from then on; empty where it is not."""
        super().__init__(reason)


class RequestRefused(ProviderFailure):
    """A provider refused one request, and it is not known why: another may be answered.

    Args:
        reason: What happened, on one line.
        kind: The same for refusals that are alike.
    """

    def __init__(self, reason: str, kind: str) -> None:
        self.kind = kind
        super().__init__(reason)


def behind(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those behind it, the nearest first; a chain that is very long is cut off."""
    for _ in range(DEEPEST):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


E = TypeVar("E", bound=BaseException)


def foremost(errors: Sequence[E]) -> E:
    """The one to be raised of several that came up at once; its notes tell the others, each of them once.

    What the user can fix comes first, then what nobody has foreseen, of which a note holds the traceback.
    """

    def rank(error: BaseException) -> int:
        return 0 if isinstance(error, UserError) else 1 if not isinstance(error, GtbenchError) else 2

    def told(error: BaseException) -> str:
        known = isinstance(error, GtbenchError)
        return str(error) if known else "".join(traceback.format_exception(error)).rstrip()

    first, *others = sorted(errors, key=rank)
    for note in dict.fromkeys(note for other in others for note in (told(other), *notes(other))):
        if note != str(first) and note not in notes(first):
            first.add_note(note)
    return first


def notes(error: BaseException) -> tuple[str, ...]:
    """What an exception says on further lines."""
    return tuple(getattr(error, "__notes__", ()))


def suggestion(name: str, known: Iterable[str], *, listed: bool = False) -> str:
    """The tail of an error line: the likely name, or else all names there are; `listed` has both."""
    known = sorted(known)
    close = [k for k in known if name and k.startswith(name)] or difflib.get_close_matches(name, known, n=1)
    there_is = f"there is {', '.join(known) or 'none'}"
    if not close:
        return f"; {there_is}"
    return f"; did you mean {close[0]!r}?{f' ({there_is})' * listed}"
