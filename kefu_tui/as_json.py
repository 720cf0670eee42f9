"""The feed, a case and the report as JSON values: what scripts read, the same in every language.

Times are ISO 8601 in UTC, durations seconds.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from kefu_tui.case_ids import CaseIds
from kefu_tui.domain.case import Case
from kefu_tui.domain.clocks import DEFINITIONS
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.lessons import Learned, Lesson
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import OutboxItem
from kefu_tui.domain.proposals import Decision
from kefu_tui.domain.report import Numbers, ResponseReport, Spread
from kefu_tui.ports import Json
from kefu_tui.services.intake import PollOutcome
from kefu_tui.verdict_json import Object as Object
from kefu_tui.verdict_json import reason_json, verdict_json


def time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def summary(value: CaseSummary, now: datetime, ids: CaseIds, alike: Iterable[Mention] = ()) -> Object:
    """A row of the feed at a moment; `alike` is what others wrote who complain of the same."""
    priority, raised = value.priority(now)
    return {
        "id": ids.short(value.case.id),
        "case": value.case.id,
        "account": value.case.account,
        "state": value.state(now).value,
        "unanswered": value.unanswered,
        "waiting_since": time(value.waiting_since),
        "waiting_seconds": seconds(value.waiting(now)),
        "due_at": time(value.due.at) if value.due else None,
        "due_clock": value.due.kind.value if value.due else None,
        "overdue": value.is_overdue(now),
        "last_activity": time(value.last_activity),
        "same_cause": value.same_cause,
        "same_cause_cases": [ids.short(case_id) for case_id in dict.fromkeys(m.case_id for m in alike)],
        "tags": list(value.tags),
        **verdict_json(value.verdict),
        "priority": priority.name,
        "raised_by": [reason_json(reason) for reason in raised],
        "lead": mention(value.lead),
    }


def mention(value: Mention) -> Object:
    post, author = value.post, value.post.author
    return {
        "id": post.id,
        "kind": post.kind.value,
        "visibility": post.visibility.value,
        "posted_at": time(post.posted_at),
        "is_dated": post.is_dated,
        "first_seen_at": time(value.first_seen_at),
        "edited_at": time(post.edited_at),
        "deleted_at": time(value.deleted_at),
        "reposts": value.reposts,
        "text": post.text,
        "earlier_texts": list(value.earlier_texts),
        "content_warning": post.content_warning,
        "url": post.url,
        "author": {
            "id": author.id,
            "handle": author.handle,
            "name": author.name,
            "followers": author.followers,
            "verified": author.verified.value,
        },
    }


def replies(case: Case) -> list[Json]:
    """Our published replies of a case."""
    return [
        {
            "id": reply.id,
            "published_at": time(reply.at),
            "text": reply.text,
            "visibility": reply.visibility.value,
            "url": reply.url,
            "answers": list(reply.answers),
        }
        for reply in case.outbounds
    ]


def outbox_item(item: OutboxItem) -> Object:
    return {
        "id": item.id,
        "state": item.state.value,
        "account": item.request.account,
        "target": item.request.target,
        "visibility": item.request.visibility.value,
        "text": item.request.text,
        "problem": item.problem,
        "url": item.receipt.url if item.receipt else None,
    }


def lesson(value: Lesson) -> Object:
    return {
        "mention": value.mention_key,
        "text": value.text,
        "target": value.target.value,
        "value": value.value,
        "at": time(value.at),
    }


def learned(value: Learned) -> Object:
    return {
        "target": value.target.value,
        "value": value.value,
        "words": value.words,
        "weight": value.weight,
    }


def decision(value: Decision) -> Object:
    """A rule that came of a correction, or that the founder never wants to be asked about again."""
    rule = value.rule
    return {
        "name": rule.name,
        "accepted": value.accepted,
        "keywords": list(rule.keywords),
        "authors": list(rule.authors),
        "accounts": list(rule.channels),
        "priority": None if rule.priority is None else rule.priority.name,
        "category": None if rule.category is None else rule.category.value,
        "noise": rule.noise,
        "at": time(value.at),
    }


def outcome(value: PollOutcome) -> Object:
    """What a poll brought; the message of an error is English, as in a log."""
    return {
        "account": value.account,
        "arrived": list(value.arrived),
        "updated": list(value.updated),
        "error": str(value.error) if value.error else None,
    }


def report(value: ResponseReport, before: ResponseReport | None = None) -> Object:
    """The whole report with the definitions of its figures, and those figures of the period before."""
    earlier: Object | None = None
    if before is not None:
        earlier = {
            "since": time(before.since),
            "until": time(before.until),
            "mentions": before.mentions,
            "total": _numbers(before.total),
            "resolution": _spread(before.resolution),
        }
    return {
        "before": earlier,
        "since": time(value.since),
        "until": time(value.until),
        "now": time(value.now),
        "mentions": value.mentions,
        "noise": value.noise,
        "total": _numbers(value.total),
        "resolution": _spread(value.resolution),
        "by_account": {name: _numbers(group) for name, group in value.by_account.items()},
        "by_category": {name.value: _numbers(group) for name, group in value.by_category.items()},
        "detection_lag": {name: _spread(spread) for name, spread in value.detection_lag.items()},
        "waiting": value.waiting,
        "oldest_waiting_since": time(value.oldest_waiting_since),
        "overdue": value.overdue,
        "ignored": list(value.ignored),
        "closed_without_reply": dict(value.closed_without_reply),
        "backlog": dict(value.backlog),
        "by_hour": list(value.by_hour),
        "heat": [list(row) for row in value.heat],
        "distribution": dict(value.distribution),
        "trend": [
            {
                "day": one.day.isoformat(),
                "mentions": one.mentions,
                "episodes": one.episodes,
                "answered": one.answered,
                "median_seconds": seconds(one.median),
            }
            for one in value.trend
        ],
        "first_response_in_hours": None if value.in_hours is None else _spread(value.in_hours),
        "definitions": _definitions(),
    }


def _definitions() -> Mapping[str, Json]:
    return dict(DEFINITIONS)


def _numbers(value: Numbers) -> Object:
    return {
        "episodes": value.episodes,
        "answered": value.answered,
        "answered_share": value.answered_share,
        "first_response": _spread(value.first_response),
        "next_response": _spread(value.next_response),
        "within_10m": value.within_10m,
        "within_60m": value.within_60m,
    }


def _spread(value: Spread) -> Object:
    return {"count": value.count, "median_seconds": seconds(value.median), "p90_seconds": seconds(value.p90)}
