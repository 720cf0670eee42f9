"""The domain's values in the founder's language: what rows, headers, reports and commands say of them.

The Chinese beside a message is the product's own word for it; translators keep to it.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from kefu_tui.domain.case import WorkState
from kefu_tui.domain.cause import COPIED
from kefu_tui.domain.clocks import DEFINITIONS, ClockKind
from kefu_tui.domain.feed import View
from kefu_tui.domain.lessons import Target
from kefu_tui.domain.mention import Kind, Verified, Visibility
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.domain.proposals import Basis, Proposal
from kefu_tui.domain.relationship import Relationship
from kefu_tui.domain.script import Stage
from kefu_tui.domain.verdict import (
    Aspect,
    Category,
    Language,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    TextVerdict,
)
from kefu_tui.i18n import N_, _, duration, language, ngettext
from kefu_tui.plain import one_line

_CATEGORIES: Mapping[Category, str] = {
    Category.COMPLAINT: N_("Complaint"),  # 投诉
    Category.QUESTION: N_("Question"),  # 咨询
    Category.AFTER_SALES: N_("Returns"),  # 售后退换
    Category.DELIVERY: N_("Delivery"),  # 物流
    Category.QUALITY: N_("Quality"),  # 质量
    Category.PRAISE: N_("Praise"),  # 表扬
    Category.SUGGESTION: N_("Suggestion"),  # 建议
    Category.COOPERATION: N_("Cooperation"),  # 合作
    Category.PRESS: N_("Press"),  # 媒体
    Category.SMALL_TALK: N_("Small talk"),  # 闲聊
    Category.NOISE: N_("Noise"),  # 噪声
}

_STATES: Mapping[WorkState, str] = {
    WorkState.WAITING_US: N_("Waiting for us"),  # 等我
    WorkState.WAITING_THEM: N_("Waiting for them"),  # 等客户
    WorkState.SNOOZED: N_("Snoozed"),  # 搁置
    WorkState.CLOSED: N_("Closed"),  # 已结
    WorkState.NO_REPLY: N_("No reply"),  # 不回
}

_VIEWS: Mapping[View, str] = {
    View.WAITING: N_("Waiting"),  # 等我
    View.DUE_SOON: N_("Due soon"),  # 快超时
    View.BIG: N_("Big accounts"),  # 大V
    View.RISKY: N_("At risk"),  # 危险客户
    View.SNOOZED: N_("Snoozed"),  # 搁置
    View.WAITING_THEM: N_("Waiting for them"),  # 等客户
    View.PRAISE: N_("Praise"),  # 表扬
    View.CLOSED: N_("Closed"),  # 已结
    View.ALL: N_("All"),  # 全部
    View.NOISE: N_("Noise"),  # 噪声
}

_STAGES: Mapping[Stage, str] = {
    Stage.STANCE: N_("Stance"),  # 表态
    Stage.CALM: N_("Calm"),  # 安抚
    Stage.ASK: N_("Ask"),  # 追问
    Stage.ORDER_NUMBER: N_("Order number"),  # 要单号
    Stage.TO_DM: N_("To a private message"),  # 转私信
    Stage.APOLOGY: N_("Apology"),  # 致歉
    Stage.PROGRESS: N_("Progress"),  # 进展
    Stage.AMENDS: N_("Amends"),  # 补偿
    Stage.FOLLOW_UP: N_("Follow-up"),  # 回访
    Stage.THANKS: N_("Thanks"),  # 感谢
}

_SENTIMENTS: Mapping[Sentiment, str] = {
    Sentiment.NEGATIVE: N_("displeased"),  # 不满
    Sentiment.NEUTRAL: N_("neutral"),  # 中性
    Sentiment.POSITIVE: N_("pleased"),  # 满意
}

_ASPECTS: Mapping[Aspect, str] = {
    Aspect.OVERALL: N_("overall"),  # 整体
    Aspect.QUALITY: N_("quality in use"),  # 质量体验
    Aspect.PRICE: N_("price"),  # 价格
    Aspect.DELIVERY: N_("delivery"),  # 物流
    Aspect.AUTHENTICITY: N_("authenticity"),  # 真伪
    Aspect.PACKAGING: N_("packaging"),  # 包装
    Aspect.SERVICE: N_("service"),  # 服务
    Aspect.FRESHNESS: N_("freshness"),  # 新鲜度
}

_LANGUAGES: Mapping[Language, str] = {
    Language.HANS: N_("Simplified Chinese"),  # 简体中文
    Language.HANT: N_("Traditional Chinese"),  # 繁体中文
    Language.ENGLISH: N_("English"),  # 英文
    Language.OTHER: N_("another language"),  # 其他语言
}

_OUTBOX_STATES: Mapping[OutboxState, str] = {
    OutboxState.HELD: N_("About to be sent"),  # 即将发出
    OutboxState.SENDING: N_("Sending"),  # 发送中
    OutboxState.UNKNOWN: N_("?To be checked"),  # ?待核对
    OutboxState.SENT: N_("Sent"),  # 已发出
    OutboxState.FAILED: N_("Not sent"),  # 未发出
    OutboxState.RECALLED: N_("Recalled"),  # 已撤回
    OutboxState.TO_CONFIRM: N_("To be confirmed"),  # 待确认
}

_VISIBILITIES: Mapping[Visibility, str] = {
    Visibility.PUBLIC: N_("public"),  # 公开
    Visibility.UNLISTED: N_("unlisted"),  # 不列出
    Visibility.FOLLOWERS: N_("followers only"),  # 仅关注者
    Visibility.DIRECT: N_("private message"),  # 私信
}

_KINDS: Mapping[Kind, str] = {
    Kind.MENTION: N_("mention"),  # 提及
    Kind.COMMENT: N_("comment"),  # 评论
    Kind.REPLY: N_("reply"),  # 回复
    Kind.QUOTE: N_("quote"),  # 引用
    Kind.REPOST: N_("repost"),  # 转发
    Kind.DIRECT: N_("private message"),  # 私信
    Kind.KEYWORD: N_("overheard"),  # 听到
}

_VERIFIED: Mapping[Verified, str] = {
    Verified.NONE: N_("not verified"),  # 未认证
    Verified.PERSON: N_("verified person"),  # 个人认证
    Verified.ORGANISATION: N_("verified organisation"),  # 机构认证
    Verified.MEDIA: N_("media"),  # 媒体
    Verified.GOVERNMENT: N_("government"),  # 政务
}

_SNOOZES: Mapping[str, str] = {
    "1h": N_("in an hour"),  # 1小时后
    "tonight": N_("tonight"),  # 今晚
    "tomorrow": N_("tomorrow morning"),  # 明早
    "monday": N_("Monday morning"),  # 周一
    "3d": N_("in three days"),  # 3天后
}

_FIGURES: Mapping[str, str] = {
    "first_response": N_("First response"),  # 首次响应
    "next_response": N_("Next response"),  # 后续响应
    "detection_lag": N_("Detection lag"),  # 发现延迟
    "waiting_since": N_("Waiting since"),  # 等待起点
    "resolution": N_("Resolution"),  # 解决用时
    "answered": N_("Answered"),  # 回复率
    "ignored": N_("Ignored"),  # 无人理
}

# Evidence in quotation marks, where the reason has words of the customer to show for it.
_REASONS: Mapping[ReasonKind, str] = {
    ReasonKind.HARM: N_("harm"),  # 人身安全
    ReasonKind.THREAT: N_("threatens in person"),  # 本人威胁
    ReasonKind.MONEY: N_("money"),  # 涉及钱款
    ReasonKind.DEMAND: N_("demands"),  # 要求
    ReasonKind.ANGER: N_("angry"),  # 生气
    ReasonKind.DECEIT: N_("feels deceived"),  # 觉得被骗
    ReasonKind.CONTACT: N_("wants to be contacted"),  # 求联系
    ReasonKind.OFFENCE: N_("offensive"),  # 辱骂
    ReasonKind.QUESTION: N_("asks"),  # 提问
    ReasonKind.SUGGESTION: N_("suggests"),  # 提建议
    ReasonKind.DISSATISFACTION: N_("displeased"),  # 不满
    ReasonKind.REMARK: N_("may want a word"),  # 可能要回一句
    ReasonKind.PRAISE: N_("praises"),  # 表扬
    ReasonKind.PRESS: N_("press"),  # 媒体
    ReasonKind.COOPERATION: N_("offers cooperation"),  # 谈合作
    ReasonKind.NOISE: N_("noise"),  # 噪声
    ReasonKind.SETTLED: N_("already settled"),  # 已经解决
    ReasonKind.DECOY: N_("not aimed at us"),  # 不是冲我们
    ReasonKind.REACH: N_("big account"),  # 大V
    ReasonKind.VERIFIED: N_("verified"),  # 已认证
    ReasonKind.REPEAT: N_("writes again"),  # 又来问
    ReasonKind.WAITING: N_("waiting"),  # 等待中
    ReasonKind.SPREAD: N_("reposted"),  # 被转发
    ReasonKind.RELATIONSHIP: N_("relationship"),  # 客户关系
    ReasonKind.SAME_CAUSE: N_("same cause"),  # 同类
    ReasonKind.VIP: N_("VIP"),  # 贵客
    ReasonKind.OUTLET: N_("media account"),  # 媒体账号
    ReasonKind.RULE: N_("rule"),  # 规则
    ReasonKind.CORRECTED: N_("corrected by hand"),  # 手工改正
    ReasonKind.LEARNED: N_("learned from your corrections"),  # 从你的改正学到
}


_BY_HAND: Mapping[Target, str] = {
    Target.PRIORITY: N_("priority set by hand"),  # 优先级手工改定
    Target.CATEGORY: N_("category set by hand"),  # 分类手工改定
    Target.SENTIMENT: N_("mood set by hand"),  # 情绪手工改定
    Target.NOISE: N_("noise set by hand"),  # 噪声手工改定
}

_TARGETS: Mapping[Target, str] = {
    Target.PRIORITY: N_("priority"),  # 优先级
    Target.CATEGORY: N_("category"),  # 分类
    Target.SENTIMENT: N_("mood"),  # 情绪
    Target.NOISE: N_("noise"),  # 噪声
}


def target(value: Target) -> str:
    """What of a verdict was corrected."""
    return _(_TARGETS[value])


_PRIORITIES: Mapping[Priority, str] = {
    Priority.P0: N_("now: harm, or a threat meant"),  # 马上：有人受伤害，或真要曝光投诉
    Priority.P1: N_("today: somebody is really annoyed"),  # 今天：客户真的生气了
    Priority.P2: N_("today or tomorrow: a plain question or problem"),  # 今明两天：普通问题
    Priority.P3: N_("when there is time"),  # 有空再说
}


def priority_choice(value: Priority) -> str:
    """A priority as it is offered: its name and what it asks of us."""
    return f"{value.name}  {_(_PRIORITIES[value])}"


def corrected_value(of: Target, value: str) -> str:
    """The value of a correction or a lesson in words: `P1`, `Complaint`, `displeased`, `noise`."""
    match of:
        case Target.CATEGORY:
            return category(Category(value))
        case Target.SENTIMENT:
            return sentiment(Sentiment(value))
        case Target.NOISE:
            return _("noise") if value == "true" else _("not noise")  # 噪声 / 不是噪声
        case Target.PRIORITY:
            return value


def correction(of: Target, value: str, previous: str = "") -> str:
    """What a correction did, for the thread: `priority set by hand: P1 (was P3)`."""
    if of is Target.NOISE:
        return _("put with the noise by hand") if value == "true" else _("taken out of the noise by hand")
    words = _("{what}: {value}").format(what=_(_BY_HAND[of]), value=corrected_value(of, value))
    if not previous or previous == value:
        return words
    return _("{words} (was {before})").format(words=words, before=corrected_value(of, previous))


def rule_name(proposal: Proposal, basis: Basis) -> str:
    """What a proposed rule is called: `“lid” → P1`, `@lin → noise`."""
    value = corrected_value(proposal.target, proposal.value)
    if basis is Basis.AUTHOR and proposal.writer is not None:
        return f"@{one_line(proposal.writer.handle)} → {value}"
    return _("“{words}” → {value}").format(words=one_line(proposal.keyword), value=value)


_RELATIONSHIPS: Mapping[Relationship, str] = {
    Relationship.PROSPECT: N_("prospective customer"),  # 潜在客户
    Relationship.NEW: N_("new customer"),  # 新客户
    Relationship.RETURNING: N_("returning customer"),  # 老客户
    Relationship.LOYAL: N_("loyal customer"),  # 忠实客户
    Relationship.AT_RISK: N_("customer at risk"),  # 危险客户
}


def category(value: Category) -> str:
    return _(_CATEGORIES[value])


def state(value: WorkState) -> str:
    return _(_STATES[value])


def view(value: View) -> str:
    return _(_VIEWS[value])


def stage(value: Stage) -> str:
    return _(_STAGES[value])


def sentiment(value: Sentiment) -> str:
    return _(_SENTIMENTS[value])


def aspect(value: Aspect) -> str:
    return _(_ASPECTS[value])


def text_language(value: Language) -> str:
    """The language a customer writes in."""
    return _(_LANGUAGES[value])


def outbox_state(value: OutboxState) -> str:
    return _(_OUTBOX_STATES[value])


def visibility(value: Visibility) -> str:
    return _(_VISIBILITIES[value])


def kind(value: Kind) -> str:
    return _(_KINDS[value])


def verified(value: Verified) -> str:
    return _(_VERIFIED[value])


def relationship(value: Relationship) -> str:
    return _(_RELATIONSHIPS[value])


def tags(values: Iterable[str]) -> str:
    """The tags of a case as they are written, `#recall #lid`; a tag is the founder's own word."""
    return " ".join(f"#{one_line(tag)}" for tag in values)


def tagged(tag: str, *, on: bool) -> str:
    """That a tag was put on a case, or taken off."""
    words = _("tagged #{tag}") if on else _("#{tag} taken off")
    return words.format(tag=one_line(tag))


def slow_rule(name: str) -> str:
    """A rule whose pattern is not tried any more."""
    return _("rule “{name}” is switched off: its pattern takes too long").format(name=one_line(name))


def snooze_choice(choice_id: str) -> str:
    """A preset of `services.desk.snooze_choices` in words."""
    return _(_SNOOZES[choice_id])


def figure(name: str) -> str:
    """The name of a printed number, one of `clocks.DEFINITIONS`."""
    return _(_FIGURES[name])


def definition(name: str) -> str:
    """How a printed number is computed, one of `clocks.DEFINITIONS`."""
    return _(DEFINITIONS[name])


def followers(count: int) -> str:
    """A follower count at a glance: `1234`, `82万`, `1.2亿`; `820k`, `1.2M` in English."""
    if count < 10_000:
        return str(count)
    if language().startswith("zh"):
        return _short(count, (100_000_000, "亿"), (10_000, "万"))
    return _short(count, (1_000_000, "M"), (1_000, "k"))


def _short(count: int, *units: tuple[int, str]) -> str:
    """`count` in the first unit it reaches, rounded down, with one decimal below ten."""
    size, sign = next(unit for unit in units if count >= unit[0])
    whole, tenth = count // size, count * 10 // size % 10
    return f"{whole}.{tenth}{sign}" if whole < 10 and tenth else f"{whole}{sign}"


def reason(value: Reason) -> str:
    """One ground of a verdict: `big account, 820k followers`, `“refund” money`, `waited 34m`."""
    evidence = one_line(value.evidence)
    words = _(_REASONS[value.kind])
    if not evidence:
        return words
    match value.kind:
        case ReasonKind.REACH if evidence.isdecimal():
            return _("big account, {followers} followers").format(followers=followers(int(evidence)))
        case ReasonKind.VERIFIED if evidence in list(Verified):
            return verified(Verified(evidence))
        case ReasonKind.REPEAT if evidence.isdecimal():
            times = int(evidence)
            return ngettext("wrote {n} time", "wrote {n} times", times).format(n=times)
        case ReasonKind.WAITING if evidence.isdecimal():
            waited = timedelta(minutes=int(evidence))
            return _("waited {duration}").format(duration=duration(waited))
        case ReasonKind.SAME_CAUSE if evidence.isdecimal():
            return _("same cause ×{n}").format(n=evidence)  # 同类×{n}
        case ReasonKind.CORRECTED if evidence in list(Target):
            return _(_BY_HAND[Target(evidence)])
        case ReasonKind.NOISE if evidence.startswith(COPIED) and evidence.removeprefix(COPIED).isdecimal():
            people = int(evidence.removeprefix(COPIED))
            return ngettext("{n} account wrote this text", "{n} accounts wrote this text", people).format(
                n=people
            )  # {n} 个号发了同样的话
        case ReasonKind.SPREAD if evidence.isdecimal():
            return _("reposted ×{n}").format(n=evidence)  # 转发×{n}
        case ReasonKind.RELATIONSHIP if evidence in list(Relationship):
            return relationship(Relationship(evidence))
        case ReasonKind.RULE:
            return _("rule “{name}”").format(name=evidence)  # 规则“{name}”
        case _:
            return _("“{evidence}” {reason}").format(evidence=evidence, reason=words)


def verdict_line(verdict: TextVerdict, extra: Iterable[Reason] = ()) -> str:
    """Why a mention stands where it stands, strongest first, joined by ` · `.

    `extra` are reasons known only at this moment, such as the wait. The priority itself is not part of
    the line: waiting may have raised it.
    """
    reasons = sorted(verdict.reasons, key=lambda found: -abs(found.steps))
    return " · ".join(dict.fromkeys(reason(found) for found in (*reasons, *extra)))


def done(verb: str, count: int, detail: str = "") -> str:
    """What a key press did: `12 cases closed`; the three are a `services.desk.Taken`."""
    match verb:
        case "close":
            words = ngettext("{n} case closed", "{n} cases closed", count)  # {n} 条结案
        case "no_reply":
            words = ngettext("{n} case closed without a reply", "{n} cases closed without a reply", count)
        case "reopen":
            words = ngettext("{n} case reopened", "{n} cases reopened", count)  # {n} 条重开
        case "snooze":
            words = ngettext("{n} case snoozed", "{n} cases snoozed", count)  # {n} 条搁置
        case "wake":
            words = ngettext("{n} case taken back", "{n} cases taken back", count)  # {n} 条取回
        case "correct_priority":
            # {n} 条优先级改为 {value}
            words = ngettext(
                "priority of {n} case set to {value}", "priority of {n} cases set to {value}", count
            )
            detail = corrected_value(Target.PRIORITY, detail)
        case "correct_category":
            # {n} 条分类改为{value}
            words = ngettext(
                "category of {n} case set to {value}", "category of {n} cases set to {value}", count
            )
            detail = corrected_value(Target.CATEGORY, detail)
        case "correct_sentiment":
            # {n} 条情绪改为{value}
            words = ngettext("mood of {n} case set to {value}", "mood of {n} cases set to {value}", count)
            detail = corrected_value(Target.SENTIMENT, detail)
        case "correct_noise" if detail == "true":
            words = ngettext("{n} case put with the noise", "{n} cases put with the noise", count)
        case "correct_noise":
            words = ngettext("{n} case taken out of the noise", "{n} cases taken out of the noise", count)
        case "tag":
            words = ngettext("{n} case tagged #{value}", "{n} cases tagged #{value}", count)
        case "untag":
            words = ngettext("#{value} taken off {n} case", "#{value} taken off {n} cases", count)
        case "note":
            words = ngettext("note written in {n} case", "note written in {n} cases", count)
        case "add_rule":
            words = _("rule made: {value}")
        case "refuse_rule":
            words = _("not proposed again: {value}")
        case "forget_rule":
            words = _("rule deleted: {value}")
        case "forget":
            words = _("everything your corrections taught is forgotten")
        case _:
            words = ngettext("{n} case changed", "{n} cases changed", count)  # {n} 条变更
    return words.format(n=count, value=one_line(detail))


def undone(verb: str, count: int, detail: str = "") -> str:
    """What an undo took back: `Undone: 12 cases closed`."""
    return _("Undone: {what}").format(what=done(verb, count, detail))  # 已撤销:{what}


def redone(verb: str, count: int, detail: str = "") -> str:
    """What a redo did again: `Redone: 12 cases closed`."""
    return _("Redone: {what}").format(what=done(verb, count, detail))  # 已重做:{what}


CLOSE_REASONS = ("not_needed", "answered_elsewhere", "spam", "abusive", "not_ours")

_CLOSE_REASONS = {
    "not_needed": N_("no reply is needed"),
    "answered_elsewhere": N_("answered elsewhere"),
    "spam": N_("spam or advertising"),
    "abusive": N_("only abuse"),
    "not_ours": N_("not about us"),
}


def close_reason(reason: str) -> str:
    """Why a case was closed without a reply: one of `CLOSE_REASONS`, or the founder's own words."""
    return _(_CLOSE_REASONS[reason]) if reason in _CLOSE_REASONS else one_line(reason)


_CLOCKS = {
    ClockKind.FIRST_RESPONSE: N_("first response"),
    ClockKind.NEXT_RESPONSE: N_("next response"),
    ClockKind.HEARTBEAT: N_("daily word"),
}


def clock(kind: ClockKind) -> str:
    """The name of the clock that runs out next."""
    return _(_CLOCKS[kind])


def alike(count: int, names: Iterable[str]) -> str:
    """Who else complains of the same: `same cause ×4: Lin, Ming, Dale`."""
    joined = _(", ").join(one_line(name) for name in names)
    return _("same cause ×{n}: {names}").format(n=count, names=joined)  # 同类×{n}：{names}
