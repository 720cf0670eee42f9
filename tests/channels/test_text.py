"""Plain text out of HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.channels.text import html_to_text

MENTION = (
    '<p><span class="h-card"><a href="https://m.example/@shop" class="u-url mention">'
    "@<span>shop</span></a></span> 在吗</p>"
)
SHORTENED = (
    '<a href="https://shop.example/a/very/long"><span class="invisible">https://</span>'
    '<span class="ellipsis">shop.example/a/ve</span><span class="invisible">ry/long</span></a>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("没有标签", "没有标签"),
        ("<p>第一段</p><p>第二段<br>新的一行<br/>再一行</p>", "第一段\n\n第二段\n新的一行\n再一行"),
        ("a &amp; b &lt;c&gt; &#x4f60;&hellip;", "a & b <c> 你…"),
        ("<p>never closed <b>bold", "never closed bold"),
        ("</p></div>text</b>", "text"),
        ("<b>功能</b> 5 > 3 and 2 < 4", "功能 5 > 3 and 2 < 4"),
        ("two\nlines   in\tsource", "two lines in source"),
        ("a<script>alert(1)</script>b<style>p {}</style>c", "abc"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ('<img src="x" alt=":shop:"> hi', ":shop: hi"),
        ("<!-- gone -->here<![CDATA[x]]>", "here"),
        (MENTION, "@shop 在吗"),
        (SHORTENED, "https://shop.example/a/very/long"),
        # as snac writes it: no paragraph, the mention as a whole
        ('你好 <span><a href="x" class="u-url mention">@brand@snac.example</a></span> 怎么用？<br>',
         "你好 @brand@snac.example 怎么用？"),
    ],
)  # fmt: skip
def test_html_reads_as_a_person_sees_it(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize("html", ["<![foo", "<!", "<!DOCTYPE [", "&#xFFFFFFFFF;", "<p" * 5000, "<![if x]>y"])
def test_malformed_markup_is_read_as_well_as_it_goes(html: str) -> None:
    assert "\x00" not in html_to_text(html)


@given(st.text(alphabet=st.sampled_from("<>/!-&;#x[]\"'= abp你\n"), max_size=60) | st.text())
def test_no_markup_upsets_it(html: str) -> None:
    text = html_to_text(html)
    assert text == text.strip()
    assert "\n\n\n" not in text


@given(st.text(alphabet=st.characters(exclude_characters="<&", exclude_categories=["Z", "C"])))
def test_text_without_markup_stays_what_it_is(text: str) -> None:
    assert html_to_text(text) == text
