"""A mailbox: read by IMAP (RFC 3501, IDLE by RFC 2177), answered by SMTP."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from kefu_tui.channels.email_message import compose, is_automatic, own_message_id, read_message
from kefu_tui.channels.failures import Failures, outcome_unknown
from kefu_tui.domain.errors import N_, AuthError, BadAnswer, ChannelError, Refused, Unavailable
from kefu_tui.domain.mention import Post
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, TextLength

if TYPE_CHECKING:
    from imapclient import IMAPClient

T = TypeVar("T")
PAGE = 50
TIMEOUT = timedelta(seconds=30)
IDLE = timedelta(minutes=25)  # a server may hang up after 29
LIMIT = 100_000  # characters; nobody reads more
LARGEST = 2 * 1024 * 1024  # bytes of a message that are read; what is beyond are attachments
_WANTED = f"BODY.PEEK[]<0.{LARGEST}>"


class Smtp(Protocol):
    """What of `smtplib.SMTP` is used."""

    def sendmail(self, from_addr: str, to_addrs: str, msg: bytes) -> Mapping[str, Any]: ...

    def quit(self) -> Any: ...

    def close(self) -> None: ...


class EmailChannel:
    """One mailbox.

    The cursor is `{"validity": UIDVALIDITY, "uid": highest UID seen}`. The id of a post is its Message-ID,
    so that a mailbox that was numbered anew tells nothing twice. Nothing is marked as read.
    """

    platform = "email"
    capabilities = Capabilities(
        reply=True, direct=True, length_rule=N_("100000 characters"), limits=N_("what your provider allows")
    )

    def __init__(
        self,
        *,
        account: str,
        address: str,
        imap: str,
        smtp: str,
        password: str,
        clock: Clock,
        user: str = "",
        folder: str = "INBOX",
        sent_folder: str = "Sent",
        tls: str = "on",
        open_imap: "Callable[[], IMAPClient] | None" = None,
        open_smtp: Callable[[], Smtp] | None = None,
    ) -> None:
        self.account = account
        self._address = address
        self._clock = clock
        self._imap, self._smtp, self._tls = imap, smtp, tls
        self._user, self._password = user or address, password
        self._folder, self._sent = folder, sent_folder
        self._open_imap = open_imap or self._connect_imap
        self._open_smtp = open_smtp or self._connect_smtp
        self._failures = {at: Failures(account, at, (password,)) for at in (imap, smtp)}

    async def poll(self, cursor: Cursor | None) -> Batch:
        """The next messages above the highest known; the first run only takes the position."""
        return await self._in_thread(self._poll, cursor)

    def _poll(self, cursor: Cursor | None) -> Batch:
        def ask(server: "IMAPClient") -> Batch:
            chosen = server.select_folder(self._folder, readonly=True)
            validity, following = _number(chosen, b"UIDVALIDITY"), _number(chosen, b"UIDNEXT")
            if cursor is None:
                return Batch(cursor={"validity": validity, "uid": following - 1})
            floor = cursor.get("uid")
            last = floor if isinstance(floor, int) and cursor.get("validity") == validity else 0
            # "n:*" always holds the highest message, also where it lies below n
            numbers = sorted(uid for uid in server.search(["UID", f"{last + 1}:*"]) if uid > last)
            page = numbers[:PAGE]
            if not page:
                if cursor.get("validity") == validity:
                    return Batch(cursor=cursor)
                return Batch(cursor={"validity": validity, "uid": following - 1})
            fetched = server.fetch(page, ["INTERNALDATE", _WANTED])
            posts = [
                post for uid in page if uid in fetched and (post := self._read(fetched[uid])) is not None
            ]
            return Batch(
                cursor={"validity": validity, "uid": page[-1]},
                posts=tuple({post.id: post for post in posts}.values()),
                more=len(numbers) > len(page),
            )

        return self._with_imap(ask)

    def _read(self, fetched: Mapping[bytes, Any]) -> Post | None:
        content = _content(fetched)
        if is_automatic(content, self._address):
            return None
        return read_message(content, fetched.get(b"INTERNALDATE"), self._clock.now())

    async def news(self, cursor: Cursor | None) -> None:  # noqa: ARG002 - the server tells of everything
        """Wait until the server says that something has changed (IDLE)."""
        ended = threading.Event()

        def wait() -> None:
            def idle(server: "IMAPClient") -> None:
                server.select_folder(self._folder, readonly=True)
                server.idle()
                try:
                    for _ in range(int(IDLE.total_seconds())):
                        if ended.is_set() or server.idle_check(timeout=1):
                            return
                finally:
                    server.idle_done()

            self._with_imap(idle)

        try:
            await self._in_thread(wait)
        finally:
            ended.set()  # a thread cannot be cancelled, so it looks once a second

    async def reread(self, post_ids: Sequence[str]) -> Batch:  # noqa: ARG002 - a letter stays as it is
        return Batch(cursor={})

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:  # noqa: ARG002
        """Send the answer; its Message-ID follows from the letter answered and the words."""
        message_id = own_message_id(request, self._address)
        now = self._clock.now()
        letter = await self._in_thread(self._letter, request.target)
        content = compose(request, letter, message_id=message_id, address=self._address, now=now)
        await self._in_thread(self._send, request.target_handle, content)
        with suppress(ChannelError):  # it is sent; a missing copy must not make it look as if it were not
            await self._in_thread(self._keep, content)
        return ReplyReceipt(post_id=message_id, published_at=now.replace(microsecond=0))

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:  # noqa: ARG002
        """Our letter in the folder of sent ones.

        Raises `Refused` where it is not there: a server that lost its answer may have sent it all the same.
        """
        message_id = own_message_id(request, self._address)

        def look(server: "IMAPClient") -> ReplyReceipt | None:
            server.select_folder(self._sent, readonly=True)
            found = server.search(["HEADER", "Message-ID", message_id])
            if not found:
                return None
            fetched = server.fetch(found[:1], [_WANTED])[found[0]]
            post = read_message(_content(fetched), None, self._clock.now())
            return ReplyReceipt(post_id=message_id, published_at=post.posted_at)

        standing = await self._in_thread(lambda: self._with_imap(look))
        if standing is None:
            raise Refused(N_("nobody can tell whether the letter left: look into the mailbox, then confirm"))
        return standing

    def length(self, request: ReplyRequest) -> TextLength:
        return TextLength(used=len(request.text), limit=LIMIT)

    def facts(self) -> AccountFacts:
        return AccountFacts(identity=self._address)

    async def check(self) -> AccountFacts:
        """Whether both servers let us in."""
        await self._in_thread(
            lambda: self._with_imap(lambda server: server.select_folder(self._folder, readonly=True))
        )

        def greet() -> None:
            with self._reached(self._smtp):
                self._open_smtp().quit()

        await self._in_thread(greet)
        return self.facts()

    async def aclose(self) -> None:
        """Nothing is held open between two calls."""

    def _letter(self, message_id: str) -> bytes | None:
        """The letter answered, for its subject and its references; None where it is gone."""

        def find(server: "IMAPClient") -> bytes | None:
            server.select_folder(self._folder, readonly=True)
            found = server.search(["HEADER", "Message-ID", message_id])
            if not found:
                return None
            return _content(server.fetch(found[:1], [_WANTED])[found[0]])

        return self._with_imap(find)

    def _send(self, recipient: str, content: bytes) -> None:
        import smtplib

        with self._reached(self._smtp):
            server = self._open_smtp()
        try:
            server.sendmail(self._address, recipient, content)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise self._said_no(code, words) from None
        except smtplib.SMTPResponseException as error:
            raise self._said_no(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError) as error:
            failure = self._failures[self._smtp].broken_off(error)
            raise outcome_unknown(self._smtp, failure) from None
        finally:
            server.close()

    def _said_no(self, code: int, words: object) -> ChannelError:
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        detail = self._failures[self._smtp].clean(text)
        if 400 <= code < 500:
            return Unavailable(
                N_("{host} is not well: {status} {detail}"), host=self._smtp, status=code, detail=detail
            )
        return Refused(N_("{host} refused: {status} {detail}"), host=self._smtp, status=code, detail=detail)

    def _keep(self, content: bytes) -> None:
        self._with_imap(lambda server: server.append(self._sent, content, [rb"\Seen"]))

    def _with_imap(self, use: "Callable[[IMAPClient], T]") -> T:
        with self._reached(self._imap):
            server = self._open_imap()
            try:
                return use(server)
            finally:
                _leave(server)

    def _reached(self, host: str) -> "_Reached":
        return _Reached(self.account, host, self._failures[host])

    def _connect_imap(self) -> "IMAPClient":
        from imapclient import IMAPClient

        host, port = _split(self._imap, 993 if self._tls == "on" else 143)
        seconds = TIMEOUT.total_seconds()
        server = IMAPClient(host, port=port, ssl=self._tls == "on", timeout=seconds, use_uid=True)
        if self._tls == "starttls":
            server.starttls(ssl.create_default_context())
        server.login(self._user, self._password)
        return server

    def _connect_smtp(self) -> Smtp:
        import smtplib

        host, port = _split(self._smtp, {"on": 465, "starttls": 587}.get(self._tls, 25))
        seconds = TIMEOUT.total_seconds()
        trusted = ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(host, port, timeout=seconds, context=trusted)
            if self._tls == "on"
            else smtplib.SMTP(host, port, timeout=seconds)
        )
        if self._tls == "starttls":
            server.starttls(context=trusted)
        server.ehlo_or_helo_if_needed()
        if server.has_extn("auth"):
            server.login(self._user, self._password)
        return server

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.to_thread(work, *arguments)


class _Reached:
    """Puts what goes wrong with a mail server into our words; nothing of it may name the password."""

    def __init__(self, account: str, host: str, failures: Failures) -> None:
        self._account = account
        self._host = host
        self._failures = failures

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import smtplib

        from imapclient import exceptions

        if error is None or isinstance(error, ChannelError):
            return
        if isinstance(error, exceptions.LoginError | smtplib.SMTPAuthenticationError):
            raise AuthError(
                N_(
                    "{host} does not accept the password of account {account}: many providers want "
                    "an app password here, made on their web page"
                ),
                host=self._host,
                account=self._account,
            ) from None
        if isinstance(error, ConnectionRefusedError | socket.gaierror | ssl.SSLError | TimeoutError):
            raise self._failures.not_reached(error) from None
        if isinstance(error, OSError | exceptions.IMAPClientAbortError | smtplib.SMTPServerDisconnected):
            raise self._failures.broken_off(error) from None
        if isinstance(error, exceptions.ProtocolError):
            raise BadAnswer(
                N_("{host} answered in a form this program does not know"), host=self._host
            ) from None
        if isinstance(error, exceptions.IMAPClientError | smtplib.SMTPException):
            detail = self._failures.clean(str(error))
            raise Refused(
                N_("{host} refused: {status} {detail}"), host=self._host, status="", detail=detail
            ) from None


def _leave(server: "IMAPClient") -> None:
    """Say goodbye, or hang up where that is not possible any more."""
    from imapclient import exceptions

    try:
        server.logout()
    except (OSError, exceptions.IMAPClientError):
        with suppress(OSError, exceptions.IMAPClientError):
            server.shutdown()


def _content(fetched: Mapping[bytes, Any]) -> bytes:
    """The letter itself; the server names it with the range that was asked for."""
    content = next((value for key, value in fetched.items() if key.startswith(b"BODY[]")), None)
    if not isinstance(content, bytes):
        raise BadAnswer(N_("{host} answered in a form this program does not know"), host="IMAP")
    return content


def _number(chosen: Mapping[bytes, Any], name: bytes) -> int:
    value = chosen.get(name)
    if not isinstance(value, int):
        raise BadAnswer(N_("{host} answered in a form this program does not know"), host=name.decode())
    return value


def _split(written: str, default: int) -> tuple[str, int]:
    host, colon, port = written.rpartition(":")
    return (host.strip("[]"), int(port)) if colon and port.isdigit() else (written.strip("[]"), default)
