"""What Weibo's error codes mean (open.weibo.com/wiki/Error_code); its statuses say little."""

import json
from collections.abc import Callable
from datetime import timedelta

from kefu_tui.channels.failures import Failures, Response, missing
from kefu_tui.domain.errors import N_, AuthError, ChannelError, RateLimited, Refused, Unavailable

TOKEN = frozenset({21314, 21315, 21316, 21317, 21319, 21327, 21332, 10006})
LIMITS = frozenset({10022, 10023, 10024})
RIGHTS = frozenset({10005, 10014, 21321, 21337})
SAME_TEXT = frozenset({20017, 20019, 20111})
GONE = frozenset({20101, 20201, 20204})
TOO_OFTEN = 20016
SENT_ALL_THE_SAME = 20032
SERVER = frozenset({10001, 10002, 10003, 10009, 10010, 10011})
SOON_AGAIN = timedelta(minutes=10)


class SameText(Refused):
    """The platform has this very text from us already, or one much like it."""


def code_of(response: Response) -> int | None:
    """The error code of a body, a number or digits; None where there is none."""
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    code = body.get("error_code") if isinstance(body, dict) else None
    try:
        return None if code is None or isinstance(code, bool) else int(code)
    except (ValueError, TypeError):
        return None


def reader(account: str, host: str, failures: Failures) -> Callable[[Response], ChannelError | None]:
    """Reads an answer by its error code; None for a good one and for codes the status may explain."""

    def read(response: Response) -> ChannelError | None:
        code = code_of(response)
        if code is None or code == SENT_ALL_THE_SAME:
            return None
        words = failures.detail(response)
        if code in TOKEN:
            return AuthError(
                N_(
                    "Weibo no longer accepts the token of account {account} ({code}): authorise the "
                    "application again and put the new one in its place"
                ),
                account=account,
                code=code,
            )
        if code in RIGHTS:
            return AuthError(
                N_(
                    "Weibo has not granted the application of account {account} this right ({code}): {detail}"
                ),
                account=account,
                code=code,
                detail=words,
            )
        if code in LIMITS:
            return RateLimited(N_("{host} asks for patience"), host=host, retry_after=None)
        if code == TOO_OFTEN:
            return RateLimited(N_("{host} asks for patience"), host=host, retry_after=SOON_AGAIN)
        if code in GONE:
            return missing(host, words)
        if code in SERVER:
            return Unavailable(
                N_("{host} is not well: {status} {detail}"), host=host, status=code, detail=words
            )
        kind = SameText if code in SAME_TEXT else Refused
        return kind(N_("{host} refused: {status} {detail}"), host=host, status=code, detail=words)

    return read
