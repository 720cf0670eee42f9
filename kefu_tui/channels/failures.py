"""What can go wrong between us and a server, in the words of our error tree."""

import errno
import json
import socket
import ssl
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from kefu_tui.channels.addresses import shown
from kefu_tui.channels.patience import retry_after
from kefu_tui.domain.errors import (
    N_,
    AuthError,
    BadAnswer,
    ChannelError,
    KefuError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)

LONGEST_DETAIL = 200  # characters of the platform's own words in an error


class Missing(Refused):
    """The platform says that what was asked for does not exist (any more)."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def outcome_unknown(host: str, cause: ChannelError) -> OutcomeUnknown:
    """The request may stand although the answer was lost, for the reason in `cause`."""
    return OutcomeUnknown(
        N_("it is not known whether {host} has published this: {reason}"), host=host, reason=cause
    )


def missing(host: str, detail: str) -> Missing:
    """What was asked for is gone; `detail` are words that may be shown."""
    return Missing(N_("{host} does not know this (any more): {detail}"), host=host, detail=detail)


class Failures:
    """Puts the failures of one account at one server into words; none of `secrets` is ever among them."""

    def __init__(self, account: str, host: str, secrets: Iterable[str]) -> None:
        self._account = account
        self._host = host
        self._secrets = list(secrets)

    def keep_secret(self, secret: str) -> None:
        if secret not in self._secrets:
            self._secrets.append(secret)

    def token_refused(self) -> AuthError:
        """The platform knows the token no longer."""
        return self._token_refused(401, "")

    def bad_address(self) -> Refused:
        return Refused(N_("the address of account {account} is not a valid one"), account=self._account)

    def in_the_clear(self) -> Refused:
        return Refused(
            N_("the token of account {account} would go to {host} for all to read: use https"),
            account=self._account,
            host=self._host,
        )

    def bad_token(self) -> AuthError:
        return AuthError(
            N_("the token of account {account} holds characters that cannot be part of one"),
            account=self._account,
        )

    def missing(self, what: str) -> Missing:
        """`what` is not there (any more)."""
        return missing(self._host, self.clean(what))

    def patience(self, response: Response, now: datetime) -> RateLimited:
        """We have asked too often."""
        wait = retry_after(response.headers, now)
        return RateLimited(N_("{host} asks for patience"), host=self._host, retry_after=wait)

    def not_reached(self, error: Exception) -> Unavailable:
        """Nothing has been sent."""
        return Unavailable(
            N_("{host} cannot be reached: {reason}"), host=self._host, reason=self._reason(error)
        )

    def broken_off(self, error: Exception) -> ChannelError:
        """The request was on its way, the answer did not come whole."""
        import httpx

        match error:
            case ChannelError():
                return error
            case httpx.TimeoutException() | TimeoutError():
                return Unavailable(N_("{host} did not answer in time"), host=self._host)
            case httpx.DecodingError():
                return BadAnswer(N_("{host} sent an answer that cannot be unpacked"), host=self._host)
            case _:
                reason = self._reason(error)
                return Unavailable(
                    N_("the connection to {host} broke off: {reason}"), host=self._host, reason=reason
                )

    def of_status(self, response: Response, now: datetime, *, token_refused: Collection[int]) -> ChannelError:
        """What a status that is not a good one means; the platform's own words are passed on, shortened."""
        status, detail = response.status, self.detail(response)
        wait = retry_after(response.headers, now)
        if status in token_refused:
            return self._token_refused(status, detail)
        if status in (404, 410):
            return missing(self._host, detail)
        if status == 429:
            return self.patience(response, now)
        if status in (408, 425) or status >= 500:
            return Unavailable(
                N_("{host} is not well: {status} {detail}"),
                host=self._host,
                status=status,
                detail=detail,
                retry_after=wait,
            )
        if 300 <= status < 400:
            return Refused(
                N_("{host} sends us on to {target}; if that is right, write it in the configuration"),
                host=self._host,
                target=self.clean(shown(response.headers.get("location", ""))),
            )
        return Refused(N_("{host} refused: {status} {detail}"), host=self._host, status=status, detail=detail)

    def _token_refused(self, status: int, detail: str) -> AuthError:
        if status == 403:
            return AuthError(
                N_(
                    "the token of account {account} is not enough for {host}: {detail}; "
                    "create one there with the rights docs/channels.md names"
                ),
                host=self._host,
                account=self._account,
                detail=detail,
            )
        return AuthError(
            N_(
                "{host} no longer accepts the token of account {account}: "
                "create a new one there and put it in its place"
            ),
            host=self._host,
            account=self._account,
        )

    def detail(self, response: Response) -> str:
        """The platform's reason in its own words where the body has them, else the status in words."""
        try:
            members = json.loads(response.body)
        except (ValueError, RecursionError):
            members = None
        if isinstance(members, dict):
            for key in ("error_description", "detail", "message", "description", "title", "error"):
                if isinstance(words := members.get(key), str) and (cleaned := self.clean(words)):
                    return cleaned
        try:
            return HTTPStatus(response.status).phrase
        except ValueError:
            return str(response.status)

    def _reason(self, error: Exception) -> object:
        """A common reason as an error that can be put in any language; else the library's own words."""
        if (known := _known_reason(error)) is not None:
            return KefuError(known)
        return self.clean(str(error)) or type(error).__name__

    def clean(self, words: str) -> str:
        """Words from outside on one short printable line, without our secrets should they quote one."""
        for secret in self._secrets:
            words = words.replace(secret, "…")
        line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
        return line if len(line) <= LONGEST_DETAIL else f"{line[: LONGEST_DETAIL - 1]}…"


_OF_ERRNO: Mapping[int, str] = {
    errno.ECONNREFUSED: N_("nobody answers there (connection refused)"),
    errno.ECONNRESET: N_("the other side hung up"),
    errno.EPIPE: N_("the other side hung up"),
    errno.ENETUNREACH: N_("there is no network"),
    errno.EHOSTUNREACH: N_("there is no way to this host"),
}


def _known_reason(error: Exception) -> str | None:
    """The message for what lies at the bottom of a library's error; None where it is no common one."""
    import httpx

    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return N_("its certificate cannot be trusted")
            case ssl.SSLError():
                return N_("no secure connection could be agreed on")
            case socket.gaierror():
                return N_("nobody knows this name; perhaps there is no network")
            case httpx.TimeoutException() | TimeoutError():
                return N_("it did not answer in time")
            case OSError(errno=int(number)) if number in _OF_ERRNO:
                return _OF_ERRNO[number]
            case _:
                pass
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it was raised from, and the members of a group, one attempt each; outermost first."""
    seen: set[int] = set()
    left = [error]
    while left:
        one = left.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        left += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            left += one.exceptions
