"""Which adapters there are; a platform's code is imported only when an account of it is configured."""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from kefu_tui.domain.errors import N_, NotFound, Refused
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


GROUP = "kefu_tui.channels"
"""The group of entry points by which other packages bring channels: name = "module:Class"."""


def load(platform: str) -> type[Channel]:
    """The class of a platform's adapter, to be built with that platform's own keyword arguments.

    Raises `NotFound` where there is none, `Refused` where another package brings one that cannot be loaded.
    """
    if platform in CHANNELS:
        module, _, name = CHANNELS[platform].partition(":")
        adapter: type[Channel] = getattr(import_module(module), name)
        return adapter
    brought = plugins()
    if platform not in brought:
        raise NotFound(
            N_("there is no channel called {platform}; known are {known}"),
            platform=platform,
            known=", ".join([*CHANNELS, *brought]),
        )
    try:
        adapter = brought[platform].load()
    except Exception as error:  # whatever somebody else's code does while it is imported
        raise Refused(
            N_("the package that brings the channel {platform} cannot be loaded: {reason}"),
            platform=platform,
            reason=f"{type(error).__name__}: {error}",
        ) from error
    return adapter


def plugins() -> dict[str, EntryPoint]:
    """The channels other installed packages bring; none of them can take the name of one of ours."""
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in CHANNELS}
