"""The local server for users' own tests: what it leaves behind."""

from __future__ import annotations

import gc
import socket
import warnings
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def only_new_objects() -> Iterator[None]:
    """A collector of garbage that looks at nothing older than the test, of which there may be millions."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("only_new_objects")
def test_a_connection_made_just_before_the_end_is_closed() -> None:
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(20):
            with LocalProvider() as server:
                address = urlsplit(server.url)
                socket.create_connection((str(address.hostname), int(address.port or 0))).close()
            gc.collect()
    assert [str(complaint.message) for complaint in complaints] == []
