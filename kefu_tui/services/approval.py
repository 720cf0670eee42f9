"""What may be sent: the rules between a written text and its way out."""

from kefu_tui.domain.errors import N_, NotAllowed, NotFound
from kefu_tui.domain.mention import Visibility, mention_key
from kefu_tui.domain.outbox import OPEN_STATES, OutboxState, ReplyRequest
from kefu_tui.domain.script import broken_braces, open_fields
from kefu_tui.ports import Channel, StoreView

_ON_ITS_WAY = OPEN_STATES - {OutboxState.FAILED}
_FROM_WIDEST = tuple(Visibility)


def check_text(request: ReplyRequest, channel: Channel) -> None:
    """Refuse a text the channel cannot take or a person should not read; raises `NotAllowed`."""
    if not (channel.capabilities.reply or channel.capabilities.by_hand):
        raise NotAllowed(N_("{platform} cannot be answered, only read"), platform=channel.platform)
    if not request.text.strip():
        raise NotAllowed(N_("the reply is empty"))
    if open_field := next(open_fields(request.text), None):
        raise NotAllowed(N_("{field} is still to be filled in"), field=f"{{{open_field.name}}}")
    if broken_braces(request.text):
        raise NotAllowed(N_("a brace without its partner: a placeholder is broken"))
    length = channel.length(request)
    if not length.fits:
        raise NotAllowed(N_("too long: {used} of {limit}"), used=length.used, limit=length.limit)


def check_binding(request: ReplyRequest, view: StoreView) -> None:
    """Refuse a reply that is not bound to its case, or follows one still on its way.

    Raises `NotFound` where the case is gone, else `NotAllowed`.
    """
    case = view.case(request.case_id)
    if case is None:
        raise NotFound(N_("this case does not exist any more"))
    if request.account != case.account or request.target not in case.post_ids:
        raise NotAllowed(N_("this reply belongs to another conversation"))
    target = view.mention(mention_key(request.account, request.target))
    if target is not None and _FROM_WIDEST.index(request.visibility) < _FROM_WIDEST.index(
        target.post.visibility
    ):
        raise NotAllowed(N_("more people would read this reply than the post it answers"))
    if any(i.request.case_id == case.id and i.state in _ON_ITS_WAY for i in view.outbox()):
        raise NotAllowed(N_("a reply to this case is still on its way"))
