"""What the composer is told while a reply is written: how it will sound, and what we said before."""

import asyncio
from collections.abc import Iterator
from datetime import tzinfo

from kefu_tui.domain.answers import Answer, AnswerIndex, Similar, features
from kefu_tui.domain.case import Case
from kefu_tui.domain.mention import Mention, Visibility
from kefu_tui.domain.outbox import ReplyRequest
from kefu_tui.domain.tone import Finding, Sent, Surroundings, check, squeezed
from kefu_tui.ports import Classifier, Clock, Store

_AT_ONCE = 50  # cases read before others get their turn


class Consistency:
    """Reads the reply being written against its customer's words and against our earlier replies.

    `own_contacts` are numbers and addresses of the shop itself, which may stand in public.
    """

    def __init__(
        self,
        store: Store,
        classifier: Classifier,
        clock: Clock,
        zone: tzinfo,
        own_contacts: tuple[str, ...] = (),
    ) -> None:
        self._store = store
        self._classifier = classifier
        self._clock = clock
        self._zone = zone
        self._own_contacts = own_contacts
        self._index = AnswerIndex()
        self._read: dict[str, Case] = {}
        self._taken: set[str] = set()  # the replies read already
        self._said: dict[str, list[Sent]] = {}  # by their words
        self._revision = -1
        self._lock = asyncio.Lock()

    def findings(self, request: ReplyRequest) -> tuple[Finding, ...]:
        """What will sound wrong in the reply; a few milliseconds at most."""
        if not request.text.strip():
            return ()
        answered = [m for key in request.answers if (m := self._store.mention(key)) is not None]
        now = self._clock.now().astimezone(self._zone)
        around = Surroundings(
            asked=[mention.post.text for mention in answered],
            aggrieved=any(mention.verdict.category.is_grievance for mention in answered),
            is_public=request.visibility in (Visibility.PUBLIC, Visibility.UNLISTED),
            person_key=self._person(request),
            sent=list(self._sent(request)),
            since=now.replace(hour=0, minute=0, second=0, microsecond=0),
            language=self._classifier.classify(request.text).language,
            own_numbers=self._own_contacts,
        )
        return check(request.text, self._classifier.fold, around)

    def _person(self, request: ReplyRequest) -> str:
        case = self._store.case(request.case_id)
        keys = [inbound.mention_key for inbound in case.inbounds] if case else []
        mention = next((m for key in keys if (m := self._store.mention(key)) is not None), None)
        return mention.person_key if mention else ""

    def _sent(self, request: ReplyRequest) -> Iterator[Sent]:
        """Our replies to this person, and to others in the same words as far as they have been read."""
        person = self._person(request)
        for case_id in self._store.case_ids_of_person(person):
            if (case := self._store.case(case_id)) is not None:
                yield from (Sent(outbound.text, person, outbound.at) for outbound in case.outbounds)
        yield from (sent for sent in self._said.get(squeezed(request.text), ()) if sent.person_key != person)

    async def prepare(self) -> None:
        """Read what was answered since the last time, so that `findings` knows the same words again.

        A few hundred cases at a time, so that the desk stays quick.
        """
        async with self._lock:
            if self._revision == self._store.revision:
                return
            revision = self._store.revision
            for number, case in enumerate(list(self._store.cases())):
                if self._read.get(case.id) is not case:
                    self._take_case(case)
                    self._read[case.id] = case
                if number % _AT_ONCE == _AT_ONCE - 1:
                    await asyncio.sleep(0)
            self._revision = revision

    async def similar(self, case_id: str, *, most: int = 3) -> list[Similar]:
        """Our last answers to texts like what waits in this case, on any channel."""
        await self.prepare()
        case = self._store.case(case_id)
        asked = _asked(case, self._store) if case is not None else ""
        return self._index.similar(features(self._classifier.fold(asked)), not_case=case_id, most=most)

    def _take_case(self, case: Case) -> None:
        for outbound in case.outbounds:
            if outbound.automatic or outbound.id in self._taken:
                continue
            self._taken.add(outbound.id)
            answered = [m for key in outbound.answers if (m := self._store.mention(key)) is not None]
            if not answered:
                continue
            sent = Sent(outbound.text, answered[-1].person_key, outbound.at)
            self._said.setdefault(squeezed(outbound.text), []).append(sent)
            asked = "\n".join(mention.post.text for mention in answered)
            answer = Answer(
                case_id=case.id,
                reply_id=outbound.id,
                asked=asked,
                text=outbound.text,
                handle=answered[-1].post.author.handle,
                account=case.account,
                at=outbound.at,
            )
            self._index.add(answer, features(self._classifier.fold(asked)))


def _asked(case: Case, store: Store) -> str:
    """What waits for an answer in a case; with nothing waiting, the last that was said."""
    inbounds = case.unanswered or case.inbounds[-1:]
    mentions: list[Mention] = [m for i in inbounds if (m := store.mention(i.mention_key)) is not None]
    return "\n".join(mention.post.text for mention in mentions)
