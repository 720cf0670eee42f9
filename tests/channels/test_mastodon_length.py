"""Length by Mastodon's rule."""

import pytest

from kefu_tui.channels.mastodon_length import LengthRules
from tests.channels.recordings import recorded

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("", 0),
        ("你好 hi", 5),
        ("e\u0301", 1),
        (FAMILY, 1),
        ("\N{REGIONAL INDICATOR SYMBOL LETTER C}\N{REGIONAL INDICATOR SYMBOL LETTER N}" * 2, 2),
        ("a\r\nb", 4),
        ("https://a.example", 23),
        (f"看 https://shop.example/{'long/' * 20}?a=b&c=d#e", 25),
        ("（https://shop.example/order）", 25),
        ("https://shop.example/order。谢谢", 26),
        ("https://shop.example/order.", 24),
        ("见https://shop.example请查", 26),
        ("http://localhost/x", 18),  # no address to Mastodon without a domain
        ("@fan@far.example 好", 6),
        ("@fan@far.example:8080 好", 6),
        ("@fan 好", 6),
        ("mail@shop.example", 17),
    ],
)
def test_characters_as_mastodon_counts_them(text: str, used: int) -> None:
    # "\r\n" is one cluster to UAX 29, but no browser posts it: counted apart it is never too little
    assert LengthRules().used(text) == used


def test_the_warning_counts_as_it_is_written() -> None:
    assert LengthRules().used("好", "售后 https://shop.example") == 1 + 3 + len("https://shop.example")


def test_an_instance_has_its_own_figures() -> None:
    statuses = recorded("gotosocial/instance_v2")["configuration"]["statuses"]
    rules = LengthRules(limit=statuses["max_characters"], per_url=statuses["characters_reserved_per_url"])
    assert (rules.limit, rules.used("https://a.example")) == (500, 25)
