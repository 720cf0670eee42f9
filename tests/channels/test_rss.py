"""Feeds: how they are read; what they promise like every channel is in `test_contract`."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from kefu_tui.channels.feed_reading import Entry, read_feed
from kefu_tui.channels.rss import RssChannel
from kefu_tui.domain.errors import BadAnswer, Refused
from kefu_tui.domain.mention import Kind
from kefu_tui.ports import Cursor
from tests.builders import EPOCH
from tests.channels.test_contract import a_reply_to
from tests.channels.worlds import FeedWorld
from tests.fakes import FakeClock

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh">
 <title>关键词：小店</title>
 <entry>
  <id>tag:forum.example,2026:1</id><title>小店的杯子漏水</title>
  <author><name>阿岚</name></author>
  <link href="/t/1"/>
  <updated>2026-03-02T17:00:00+08:00</updated>
  <content type="html">&lt;p&gt;小店的杯子漏水&lt;/p&gt;&lt;p&gt;有人遇到吗？&lt;/p&gt;</content>
  <summary>短</summary>
 </entry>
</feed>"""


def an_rss(*items: str, title: str = "微博") -> str:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>{title}</title>{body}</channel></rss>'


def entries_of(feed: str | bytes) -> list[Entry]:
    body = feed if isinstance(feed, bytes) else feed.encode()
    return read_feed(body, "", "forum.example", "https://forum.example/feed.xml")


def the_entry(feed: str | bytes) -> Entry:
    [entry] = entries_of(feed)
    return entry


def test_an_atom_entry_is_told_in_plain_text() -> None:
    assert the_entry(ATOM) == Entry(
        id="tag:forum.example,2026:1",
        author="阿岚",
        text="小店的杯子漏水\n\n有人遇到吗？",
        url="https://forum.example/t/1",
        posted_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        language="zh",
    )


def test_a_title_that_says_something_else_stands_above_the_text() -> None:
    entry = the_entry(
        an_rss("<guid>1</guid><title>求助</title><description>杯子 &lt;b&gt;漏&lt;/b&gt; 水</description>")
    )
    assert entry.text == "求助\n\n杯子 漏 水"


def test_a_title_cut_out_of_the_text_is_not_said_twice() -> None:
    entry = the_entry(
        an_rss("<guid>1</guid><title>杯子漏…</title><description>杯子漏水了怎么办</description>")
    )
    assert entry.text == "杯子漏水了怎么办"


@pytest.mark.parametrize(
    "date", ["", "<pubDate>昨天</pubDate>", "<pubDate>Thu, 31 Feb 0000 99:00:00</pubDate>"]
)
def test_a_missing_or_broken_date_is_no_date(date: str) -> None:
    assert the_entry(an_rss(f"<guid>1</guid><title>在吗</title>{date}")).posted_at is None


def test_without_an_id_the_link_or_the_words_tell_entries_apart() -> None:
    feed = an_rss(
        "<link>https://x.example/1</link><title>a</title>",
        "<link>https://x.example/2</link><title>a</title>",
        "<title>only words</title>",
        "<title>other words</title>",
        "<title>other words</title>",
    )
    first, second = entries_of(feed), entries_of(feed)
    assert len({entry.id for entry in first}) == 4
    assert [entry.id for entry in first] == [entry.id for entry in second]


def test_an_endless_id_is_shortened() -> None:
    assert len(the_entry(an_rss(f"<guid>{'x' * 5000}</guid><title>a</title>")).id) == 32


def test_an_entry_without_an_author_is_the_feeds() -> None:
    assert the_entry(an_rss("<guid>1</guid><title>a</title>")).author == "微博"
    assert the_entry(an_rss("<guid>1</guid><title>a</title>", title="")).author == "forum.example"


def test_a_web_page_in_place_of_a_feed_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer, match=r"forum\.example .*web page"):
        entries_of("<!DOCTYPE html><html><head><title>Log in</title></head><body>…</body></html>")


def test_half_a_feed_is_a_bad_answer_and_not_half_an_entry() -> None:
    whole = an_rss("<guid>1</guid><title>a</title>", "<guid>2</guid><description>杯子漏水了</description>")
    with pytest.raises(BadAnswer, match="only part"):
        entries_of(whole.encode()[: whole.encode().index("漏水".encode())])


def test_broken_but_whole_xml_is_read_as_well_as_it_goes() -> None:
    assert the_entry(an_rss("<guid>1</guid><title>杯子 & 盘子 &nbsp;</title>")).text.startswith("杯子 & 盘子")


def test_an_empty_feed_is_a_feed() -> None:
    assert entries_of(an_rss()) == []


def test_a_body_that_names_a_file_does_not_open_it(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(an_rss("<guid>1</guid><title>secret</title>"), "utf-8")
    with pytest.raises(BadAnswer):
        entries_of(str(file).encode())


def test_another_encoding_is_understood() -> None:
    feed = '<?xml version="1.0" encoding="gb18030"?>' + an_rss("<guid>1</guid><title>杯子漏水</title>")
    assert the_entry(feed.encode("gb18030")).text == "杯子漏水"


@pytest.fixture
def feed() -> FeedWorld:
    return FeedWorld()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def started(channel: RssChannel) -> Cursor:
    return (await channel.poll(None)).cursor


async def test_what_listening_finds_is_not_addressed_to_us(feed: FeedWorld, clock: FakeClock) -> None:
    channel = feed.channel(clock)
    cursor = await started(channel)
    feed.tell(1)
    [post] = (await channel.poll(cursor)).posts
    assert (post.kind, post.text, post.url) == (Kind.KEYWORD, "question 1", "https://weibo.example/1")


async def test_an_entry_without_a_date_was_posted_when_we_saw_it(feed: FeedWorld, clock: FakeClock) -> None:
    channel = feed.channel(clock)
    cursor = await started(channel)
    feed.items.append("<item><guid>x</guid><title>在吗</title></item>")
    feed.validators = False
    [post] = (await channel.poll(cursor)).posts
    assert (post.posted_at, post.is_dated) == (EPOCH, False), "it counts in no detection lag"


async def test_the_key_in_the_address_is_sent_and_the_validators_too(
    feed: FeedWorld, clock: FakeClock
) -> None:
    feed.tell(1)
    channel = feed.channel(clock)
    cursor = await started(channel)
    await channel.poll(cursor)
    assert "key=" in str(feed.requests[-1].url)
    assert feed.requests[-1].headers["if-none-match"] == '"1"'


async def test_an_unchanged_feed_is_not_read_again(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = FeedWorld(validators=False)
    feed.tell(3)
    channel = feed.channel(clock)
    cursor = await started(channel)
    monkeypatch.setattr("kefu_tui.channels.rss.read_feed", None)
    assert (await channel.poll(cursor)).posts == ()


async def test_an_entry_that_goes_and_comes_back_is_not_new(feed: FeedWorld, clock: FakeClock) -> None:
    feed.tell(3)
    channel = feed.channel(clock)
    cursor = await started(channel)
    taken = feed.items.pop(0)
    feed.tell(1)
    batch = await channel.poll(cursor)
    feed.items.insert(0, taken)
    feed.validators = False
    assert (await channel.poll(batch.cursor)).posts == ()


async def test_an_empty_feed_in_between_forgets_nothing(feed: FeedWorld, clock: FakeClock) -> None:
    feed.tell(3)
    channel = feed.channel(clock)
    cursor = await started(channel)
    items, feed.items, feed.validators = feed.items, [], False
    cursor = (await channel.poll(cursor)).cursor
    feed.items = items
    batch = await channel.poll(cursor)
    assert (batch.posts, batch.gap) == ((), None)


async def test_an_id_told_under_another_date_is_the_same_entry(feed: FeedWorld, clock: FakeClock) -> None:
    feed.item("guid-1")
    channel = feed.channel(clock)
    cursor = await started(channel)
    feed.items.clear()
    feed.item("guid-1", rest="<pubDate>Sun, 01 Mar 2026 00:00:00 GMT</pubDate>")
    assert (await channel.poll(cursor)).posts == ()


async def test_what_is_remembered_stays_bounded(feed: FeedWorld, clock: FakeClock) -> None:
    channel = feed.channel(clock)
    cursor = await started(channel)
    for _ in range(30):
        feed.tell(feed.page)
        cursor = (await channel.poll(cursor)).cursor
    known = cursor["known"]
    assert isinstance(known, list)
    assert 2 * feed.page <= len(known) <= 200


async def test_a_feed_is_answered_by_hand_only(feed: FeedWorld, clock: FakeClock) -> None:
    channel = feed.channel(clock)
    assert (channel.capabilities.reply, channel.capabilities.by_hand) == (False, True)
    with pytest.raises(Refused, match="only be read"):
        await channel.reply(a_reply_to("1"), "k")
    assert await channel.find_reply(a_reply_to("1"), "k") is None
    assert channel.length(a_reply_to("1")).fits


async def test_the_address_is_used_as_it_was_given(clock: FakeClock) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, content=an_rss().encode())

    for url in (
        "https://x.example/feed/",
        "https://x.example:8443/a%20b?q=%E5%BA%97&k=1",
        "https://x.example",
    ):
        client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
        await RssChannel(account="a", url=url, clock=clock, client=client).poll(None)
    assert seen == [
        "https://x.example/feed/",
        "https://x.example:8443/a%20b?q=%E5%BA%97&k=1",
        "https://x.example/",
    ]
