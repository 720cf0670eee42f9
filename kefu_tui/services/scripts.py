"""Choosing a script, rendering it for one customer, and keeping a reply as a new one."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from kefu_tui.domain.case import Case, Outbound
from kefu_tui.domain.episodes import current_episode
from kefu_tui.domain.errors import N_, NotFound
from kefu_tui.domain.mention import Author, Mention
from kefu_tui.domain.script import (
    STAGE_WORDS,
    NewScript,
    RenderContext,
    Rendered,
    Script,
    Stage,
    as_template,
    canonical,
    render,
)
from kefu_tui.domain.tone import Finding, score
from kefu_tui.domain.verdict import Category, Language
from kefu_tui.ports import Classifier, Scripts, ScriptUses

_FIRST_STAGE = {
    Category.COMPLAINT: Stage.STANCE,
    Category.QUALITY: Stage.STANCE,
    Category.AFTER_SALES: Stage.ORDER_NUMBER,
    Category.DELIVERY: Stage.ORDER_NUMBER,
    Category.PRAISE: Stage.THANKS,
    Category.SUGGESTION: Stage.THANKS,
}


class ScriptDesk:
    """Finds and renders scripts. `me` is how we call ourselves, `products` the brand's own product words."""

    def __init__(
        self,
        scripts: Scripts,
        classifier: Classifier,
        *,
        me: str,
        products: Sequence[str],
        uses: ScriptUses | None = None,
    ) -> None:
        self._scripts = scripts
        self._uses = uses
        self._classifier = classifier
        self._me = me
        self._products = tuple(products)

    def problems(self) -> Sequence[str]:
        return self._scripts.problems()

    def find(self, typed: str, case: Case, lead: Mention, category: Category | None = None) -> list[Script]:
        """Scripts that match what was typed, best first; with nothing typed, the likeliest next ones.

        Words apart must all be found; letters apart may be (`kwg` finds 看到了我来管). Among equals the one
        used most comes first.

        `category` is what the case is about where that is not what its newest mention is about.
        Scripts in the customer's language come first; typed text matches title, keywords and body as
        folded substrings, and the title's pinyin initials.
        """
        fold = self._classifier.fold
        needle = fold(typed.strip())
        ranked: list[tuple[tuple[int, int, int, int, int], Script]] = []
        uses = self.uses()
        next_stage = self._next_stage(case, category or lead.verdict.category)
        stages = list(Stage)
        for position, script in enumerate(self._scripts.all()):
            match = self._match(needle, script)
            if match is None:
                continue
            foreign = int(script.language is not self._language(lead))
            distance = (stages.index(script.stage) - stages.index(next_stage)) % len(stages)
            used = uses.get(script.id, 0)
            ranked.append(((foreign, match, distance, -used, position), script))
        return [script for _, script in sorted(ranked, key=lambda item: item[0])]

    def named(self, script_id: str, lead: Mention) -> Script:
        """The script of this id; without a language in it, the one in the customer's. Raises `NotFound`."""
        wanted = (script_id, f"{self._language(lead)}/{script_id}")
        for script in self._scripts.all():
            if script.id in wanted:
                return script
        raise NotFound(N_("no script is called {id}; kefu scripts lists them"), id=script_id)

    def _match(self, needle: str, script: Script) -> int | None:
        """How well a script matches, 0 best; None when it does not."""
        ranks = [self._match_word(word, script) for word in needle.split()]
        found = [rank for rank in ranks if rank is not None]
        return max(found, default=0) if len(found) == len(ranks) else None

    def _match_word(self, needle: str, script: Script) -> int | None:
        fold = self._classifier.fold
        title = fold(script.title)
        if title.startswith(needle) or script.initials.startswith(needle):
            return 0
        if needle in title or needle in script.initials or needle in script.stage.value:
            return 1
        if any(needle in word for word in STAGE_WORDS[script.stage]):
            return 1
        if any(needle in fold(keyword) for keyword in script.keywords):
            return 2
        if needle in fold(script.body):
            return 3
        if len(needle) > 1 and (_in_order(needle, title) or _in_order(needle, script.initials)):
            return 4
        return None

    def _next_stage(self, case: Case, category: Category) -> Stage:
        """Where the conversation stands: the first word shows our stance, later ones report progress.

        A customer who comes back after a close is at the beginning again.
        """
        if not any(isinstance(event, Outbound) for event in current_episode(case.events)):
            return _FIRST_STAGE.get(category, Stage.STANCE)
        if category is Category.PRAISE:
            return Stage.THANKS
        return Stage.PROGRESS

    def _language(self, lead: Mention) -> Language:
        language = lead.verdict.language
        return Language.HANS if language is Language.OTHER else language

    def render(self, script: Script, case: Case, lead: Mention, now: datetime) -> Rendered:
        """The script for this customer; `now` is local time."""
        return self._render(script.body, script.language, case, lead, now)

    def render_text(self, body: str, case: Case, lead: Mention, now: datetime) -> Rendered:
        """A text with fields for this customer, as a script would be rendered."""
        return self._render(body, self.language_of(body), case, lead, now)

    def _render(self, body: str, language: Language, case: Case, lead: Mention, now: datetime) -> Rendered:
        values = {
            "name": salutation(lead.post.author),
            "me": self._me,
            "product": next((p for p in self._products if p in lead.post.text), ""),
        }
        values.update({canonical(name): value for name, value in case.memory})
        return render(body, RenderContext(values=values, now=now, language=language))

    def language_of(self, body: str) -> Language:
        """The language a text is written in; Simplified where nobody can tell."""
        language = self._classifier.classify(body).language
        return Language.HANS if language is Language.OTHER else language

    def score(self, body: str) -> tuple[int, tuple[Finding, ...]]:
        """How well a script sounds, of 100, and what is wrong with it."""
        return score(body, self._classifier.fold)

    def uses(self) -> Mapping[str, int]:
        """How often each script was inserted, by id."""
        return self._uses.counts() if self._uses else {}

    async def note_use(self, script_id: str) -> None:
        """One more use of a script; raises `KefuError` when it cannot be kept."""
        if self._uses is not None:
            await asyncio.to_thread(self._uses.note, script_id)

    def as_template(self, text: str, case: Case, lead: Mention) -> str:
        """A reply with what belongs to this customer and to us turned back into fields."""
        name, order, product, me = _FIELDS[self.language_of(text)]
        memory = {canonical(key): value for key, value in case.memory}
        values = {
            name: salutation(lead.post.author),
            me: self._me,
            order: memory.pop("order", ""),
            product: next((p for p in self._products if p in lead.post.text), ""),
            **{f"{{?{key}}}": value for key, value in memory.items()},
        }
        return as_template(text.strip(), values)

    async def add(self, new: NewScript) -> Script:
        """Keep a new script among the founder's own files; raises `KefuError` when it cannot be written."""
        return await asyncio.to_thread(self._scripts.add, new)


_FIELDS = {
    Language.HANS: ("{称呼|您好}", "{?订单号}", "{商品|东西}", "{我}"),
    Language.HANT: ("{稱呼|您好}", "{?訂單號}", "{商品|東西}", "{我}"),
    Language.ENGLISH: ("{name|Hello}", "{?order number}", "{product|item}", "{me}"),
    Language.OTHER: ("{name}", "{?order number}", "{product}", "{me}"),
}


def _in_order(needle: str, hay: str) -> bool:
    """Whether the characters of the one stand in the other in their order, others between them or not."""
    left = iter(hay)
    return all(character in left for character in needle)


def salutation(author: Author) -> str:
    """How to call somebody: the display name as it is, never split; empty when it is no name.

    A Chinese name is never cut into surname and given name: which part is which cannot be known. What
    would call a third person or advertise a link in our reply is no name, and invisible characters
    that reorder the text around them are left out.
    """
    name = " ".join("".join(c for c in author.name if c.isprintable() or c.isspace()).split())
    if not any(char.isalpha() for char in name) or len(name) > 24:
        return ""
    return "" if any(sign in name.lower() for sign in ("@", "＠", "://", "www.")) else name
