"""Which adapters there are; a platform's code is imported only when an account of it is configured."""

from importlib import import_module

from kefu_tui.domain.errors import N_, NotFound
from kefu_tui.ports import Channel

CHANNELS = {
    "bluesky": "kefu_tui.channels.bluesky:BlueskyChannel",
    "demo": "kefu_tui.channels.demo:DemoChannel",
    "email": "kefu_tui.channels.email:EmailChannel",
    "github": "kefu_tui.channels.github:GithubChannel",
    "hackernews": "kefu_tui.channels.hackernews:HackerNewsChannel",
    "manual": "kefu_tui.channels.manual:ManualChannel",
    "mastodon": "kefu_tui.channels.mastodon:MastodonChannel",
    "rss": "kefu_tui.channels.rss:RssChannel",
    "telegram": "kefu_tui.channels.telegram:TelegramChannel",
    "v2ex": "kefu_tui.channels.v2ex:V2exChannel",
    "weibo": "kefu_tui.channels.weibo:WeiboChannel",
    "x": "kefu_tui.channels.x:XChannel",
}


def load(platform: str) -> type[Channel]:
    """The class of a platform's adapter, to be built with that platform's own keyword arguments."""
    try:
        module, _, name = CHANNELS[platform].partition(":")
    except KeyError:
        raise NotFound(
            N_("there is no channel called {platform}; known are {known}"),
            platform=platform,
            known=", ".join(CHANNELS),
        ) from None
    adapter: type[Channel] = getattr(import_module(module), name)
    return adapter
