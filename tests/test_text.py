"""The door for text from the world: what is recorded of it, and what is shown."""

from __future__ import annotations

import json
from random import Random

import pytest

from gtbench.text import LONGEST_LINE, line, recorded, shown, shown_line

KEY = "sk-proj-Ab3dEfGh1JkLmN0pQrSt"

UNSEEN = (
    "\x00", "\x07", "\x08", "\r", "\x1b", "\x7f", "\x85", "\x9b", "\x9d", "\xa0", "\xad", "\u034f", "\u061c",
    "\u115f", "\u200b", "\u200d", "\u200e", "\u2028", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069",
    "\u3164", "\ud800", "\udfff", "\ufe0f", "\ufeff", "\ufff9", "\U000e0041", "\U000e0100", "\uffff",
)  # fmt: skip
"""Characters that drive a terminal, turn or hide text, or are none."""


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    """A key that stands in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return KEY


@pytest.mark.parametrize("character", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_is_shown_as_python_writes_it(character: str) -> None:
    assert shown(f"a{character}b\n\tc") == f"a{ascii(character)[1:-1]}b\n\tc"


def test_what_can_be_seen_is_shown_as_it_is() -> None:
    text = "Ich ziehe auf a1. \u00e9\u00df \u4e2d\u6587 \u05d0 \u2026 \U0001f600 \u2192\n\tso"
    assert shown(text) == text


def test_a_line_stays_one() -> None:
    assert shown_line("one\ntwo\tthree\r\x1b[2J") == r"one\ntwo\tthree\r\x1b[2J"


def test_no_sequence_that_a_terminal_obeys_is_left() -> None:
    for attack in (
        "\x1b]0;x\x07",
        "\x1b[2J",
        "\x9b2J",
        "\x1bP+q\x1b\\",
        "\x1b]8;;http://x\x1b\\y\x1b]8;;\x1b\\",
    ):
        assert shown(attack).isprintable()


def test_what_is_recorded_can_be_written() -> None:
    for text in ("a\ud800b", "\udfff", "\ud83d\ude00", "\udc80\udcff" * 9):
        assert recorded(text).encode() == text.encode("utf-8", "replace")
    assert recorded("\x1b[2J\u202e\x00") == "\x1b[2J\u202e\x00"  # a log holds what was said


def test_a_key_is_struck_out_as_it_stands_and_where_white_space_splits_it(key: str) -> None:
    for text in (key, f"{key[:9]}\n{key[9:]}", " ".join(key), "\n".join(key)):
        assert recorded(f"It is {text}.") == "It is <OPENAI_API_KEY>."
    assert recorded(key[:-1]) == key[:-1]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("GTBENCH_BASE_URL_KEY", "own-key-12345", "own-key-12345"),
        ("AWS_BEARER_TOKEN_BEDROCK", "bedrock-12345", "bedrock-12345"),
        ("WATSONX_APIKEY", "watson-12345", "watson-12345"),
        ("OPENAI_API_KEY_2", "second-12345", "second-12345"),
        ("OPENAI_BASE_URL", "http://me:pass%2Fword1@127.0.0.1:1/v1", "pass%2Fword1"),
        ("HTTPS_PROXY", "http://me:pass-word1@127.0.0.1:1", "pass-word1"),
        ("SOME_SECRET", 'quo"ted\\12345', 'quo"ted\\12345'),
        ("SOME_SECRET", 'quo"ted\\12345', 'quo\\"ted\\\\12345'),  # in JSON
        ("SOME_SECRET", "slash/12345", "slash%2F12345"),  # in an address
        ("SOME_PASSWORD", "kl\u00f6\u00dfe-12345", "kl\\u00f6\\u00dfe-12345"),
    ],
)
def test_every_kind_of_secret_is_struck_out(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    assert recorded(f"({told})") == f"(<{name}>)"


def test_what_is_no_secret_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "short")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "something")
    monkeypatch.setenv("SOME_PASSWORD", "12345678")
    text = "short something 1 2 3 4 5 6 7 8"
    assert recorded(text) == text
    assert recorded("12345678") == "<SOME_PASSWORD>"


def test_of_two_secrets_the_longer_is_struck_out_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    monkeypatch.setenv("B_KEY", f"{KEY}-and-more")
    assert recorded(f"{KEY}-and-more {KEY}") == "<B_KEY> <A_KEY>"


def test_a_key_that_comes_later_is_struck_out_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recorded(KEY) == KEY
    monkeypatch.setenv("LATER_KEY", KEY)
    assert recorded(KEY) == "<LATER_KEY>"
    monkeypatch.delenv("LATER_KEY")
    assert recorded(KEY) == KEY


def test_an_error_is_one_sound_line_without_a_key(key: str) -> None:
    assert line(ValueError(f"no\n\tgood:  {key} \ud800")) == "no good: <OPENAI_API_KEY> ?"
    assert len(line("x" * 1000)) == LONGEST_LINE


def test_a_key_is_not_left_in_part_where_a_line_is_cut(key: str) -> None:
    assert key[:8] not in line("x" * (LONGEST_LINE - 10) + key)


@pytest.mark.parametrize(
    ("text", "said"),
    [("9" * 5000, "a number has too many digits"), ('{"a":' * 100_000 + "1", "it is nested too deeply")],
)
def test_what_python_says_of_its_own_insides_is_said_plainly(text: str, said: str) -> None:
    with pytest.raises((ValueError, RecursionError)) as caught:
        json.loads(text)
    assert line(caught.value) == said
    assert line(f"APIError: {caught.value} (at all)") == f"APIError: {said} (at all)"
    assert line("Invalid response Traceback (most recent call last):\n  File x") == "Invalid response"


def test_an_error_that_cannot_be_put_into_words_is_named() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert line(Mute()) == "(Mute cannot be put into words: RuntimeError)"


def test_any_text_can_be_recorded_and_shown() -> None:
    rng = Random(1)
    for _ in range(300):
        text = "".join(chr(rng.randrange(0x110000)) for _ in range(50))
        recorded(text).encode()
        assert shown(text).replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.parametrize("name", ["API_KEYS", "AUTH_TOKENS", "PASSWORDS", "SECRETS", "DB_PASSPHRASES2"])
@pytest.mark.parametrize("between", [",", ", ", " ", "\n", ";"])
def test_each_value_that_a_variable_lists_is_struck_out(
    name: str, between: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, between.join(["first-Key-7Q", "second-Key-8Z", "short"]))
    assert (
        recorded("I have second-Key-8Z, first-Key-7Q and short.") == f"I have <{name}>, <{name}> and short."
    )


def test_each_string_that_a_variable_lists_in_json_is_struck_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", '["first-Key-7Q", "second-Key-8Z"]')
    assert recorded("second-Key-8Z, first-Key-7Q") == "<API_KEYS>, <API_KEYS>"


def test_of_credentials_in_json_only_what_is_called_secret_is_struck_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = json.dumps({"type": "service_account", "client": {"private_key": "first-Key-7Q"}}, indent=1)
    monkeypatch.setenv("GOOGLE_CREDENTIALS", value)
    assert recorded(value) == "<GOOGLE_CREDENTIALS>"
    harmless = '{"type": "service_account", "client": '
    assert recorded(harmless + "first-Key-7Q") == harmless + "<GOOGLE_CREDENTIALS>"


def test_of_keys_by_name_in_json_each_is_struck_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", '{"openai": "first-Key-7Q", "anthropic": ["second-Key-8Z"]}')
    assert recorded("openai second-Key-8Z, first-Key-7Q") == "openai <API_KEYS>, <API_KEYS>"


SEQUENCES = (
    "\x1b[0m", "\x9b1;31m", "\x1b(B\x1b[m", "\x1b]8;;http://x\x1b\\", "\x1b]0;x\x07", "\x1b[0m" * 20,
    "\u200b\x1b[1m\n\x00",
)  # fmt: skip
"""What drives a terminal as a whole."""


@pytest.mark.parametrize("between", [*UNSEEN, *SEQUENCES], ids=ascii)
def test_a_key_is_struck_out_where_something_unseen_splits_it(key: str, between: str) -> None:
    for split in (f"{key[:9]}{between}{key[9:]}", between.join(key)):
        units = split.encode("utf-16-be", "surrogatepass").hex(" ", 2).split()
        in_short = (json.dumps(split)[1:-1], ascii(split)[1:-1]) if "\\" not in split else ()
        for text in (split, "\\u" + "\\u".join(units), *in_short):
            assert recorded(f"It is  {text} .") == "It is  <OPENAI_API_KEY> ."
            assert recorded(f"{text}\u200b{text}") == "<OPENAI_API_KEY>\u200b<OPENAI_API_KEY>"


@pytest.mark.parametrize("before", ["\x1b[", "\x1b]0;", "\x9d", "\\u001b[", "\x1b(", "\\", "\\x1b["])
def test_a_key_is_struck_out_that_a_sequence_without_an_end_begins(key: str, before: str) -> None:
    assert recorded(f"{before}{key} {before}") == f"{before}<OPENAI_API_KEY> {before}"


def test_a_key_is_struck_out_where_some_of_its_characters_are_escaped(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in (
        "".join(f"\\u{ord(letter):04X}" for letter in key[:3]) + key[3:],
        rf"{key[:-2]}\\\u0053\\\u0074",
    ):
        assert recorded(f"\\u00e9 {text}\\u00e9") == "\\u00e9 <OPENAI_API_KEY>\\u00e9"
    monkeypatch.setenv("SOME_PASSWORD", 'gr\u00fcn\U0001f600"12')
    for text in (
        'gr\u00fcn\U0001f600"12',
        'gr\\u00fcn\\ud83d\\ude00\\"12',
        "gr\u00fcn\\uD83D\\uDE00\\u002212",
    ):
        assert recorded(f"It is {text}.") == "It is <SOME_PASSWORD>."


def test_a_secret_of_several_words_or_lines_is_struck_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_PASSPHRASE", "correct horse battery staple")
    lines = "-----BEGIN KEY-----", "MIIabcdefgh", "ABCDEFGHIJ==", "-----END KEY-----"
    monkeypatch.setenv("MY_KEY", "\n".join(lines))
    assert recorded("It is correct horse  battery\nstaple.") == "It is <MY_PASSPHRASE>."
    for end in ("\n", "\r\n", " ", ""):
        assert recorded(f"It is {end.join(lines)}.") == "It is <MY_KEY>."


def test_text_around_a_key_stays_as_it_is(key: str) -> None:
    rng = Random(2)
    pieces = (*(sign for sign in UNSEEN if sign.isascii()), *SEQUENCES, "\\u0041", "\\", " ", "a", "\u00e9")
    for _ in range(300):
        before, after, between = ("".join(rng.choices(pieces, k=9)) for _ in range(3))
        told, struck = (f"{before}.{it}{between}.{it}:{after}" for it in (key, "<OPENAI_API_KEY>"))
        assert recorded(told) == struck


def test_a_key_stands_after_what_is_no_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "nvapi-Ab3dEfGh1JkLmN0p")
    monkeypatch.setenv("SOME_PASSWORD", "b00-1234")
    assert recorded(r"\nvapi-Ab3dEfGh1JkLmN0p \b00-1234") == r"\<OPENAI_API_KEY> \<SOME_PASSWORD>"
