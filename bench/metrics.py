"""The figures a reading is judged by: `gold` is what stands in the data, `told` what was read."""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from itertools import combinations_with_replacement

CLASSES_OF_PRIORITY = ("P0", "P1", "P2", "P3")


def precision(gold: Sequence[bool], told: Sequence[bool]) -> float:
    """Of what was flagged, how much deserved it; 0 where nothing was flagged."""
    return _share(_hits(gold, told), sum(told))


def recall(gold: Sequence[bool], told: Sequence[bool]) -> float:
    """Of what deserved a flag, how much got one; 0 where nothing deserved it."""
    return _share(_hits(gold, told), sum(gold))


def f1(gold: Sequence[bool], told: Sequence[bool]) -> float:
    """The harmonic mean of precision and recall."""
    return _share(2 * _hits(gold, told), sum(gold) + sum(told))


def accuracy(gold: Sequence[Hashable], told: Sequence[Hashable]) -> float:
    return _share(sum(a == b for a, b in zip(gold, told, strict=True)), len(gold))


def macro_f1(gold: Sequence[Hashable], told: Sequence[Hashable]) -> float:
    """The mean F1 over the classes that stand in the data: a rare class counts as much as a common one."""
    classes = set(gold)
    return _share(sum(f1([g == c for g in gold], [t == c for t in told]) for c in classes), len(classes))


def best_macro_f1(gold: Sequence[str], scores: Sequence[float], *, steps: int = 60) -> float:
    """The macro-F1 of neg, neu, pos with the two thresholds that suit these very rows best.

    Whatever threshold a user might choose, a score gets no further (on a grid of `steps` quantiles).
    """
    return max(
        macro_f1(gold, ["neg" if s < low else "pos" if s > high else "neu" for s in scores])
        for low, high in combinations_with_replacement(_quantiles(scores, steps), 2)
    )


def best_accuracy(gold: Sequence[str], scores: Sequence[float], *, steps: int = 60) -> float:
    """The accuracy of neg, pos with the threshold that suits these very rows best."""
    return max(
        accuracy(gold, ["neg" if s < limit else "pos" for s in scores]) for limit in _quantiles(scores, steps)
    )


def _quantiles(scores: Sequence[float], steps: int) -> list[float]:
    """Up to `steps` of the distinct scores, evenly by rank, the smallest and the largest among them."""
    ranked = sorted(scores)
    return sorted({ranked[step * (len(ranked) - 1) // steps] for step in range(steps + 1)})


def micro_f1(gold: Sequence[Collection[str]], told: Sequence[Collection[str]]) -> float:
    """F1 over all single labels of all texts, for texts that have several.

    Labels that never stand in the data do not count against who tells them: the data cannot judge them.
    """
    known = {label for labels in gold for label in labels}
    judged = [set(labels) & known for labels in told]
    hits = sum(len(set(a) & b) for a, b in zip(gold, judged, strict=True))
    return _share(2 * hits, sum(len(set(labels)) for labels in gold) + sum(map(len, judged)))


def quadratic_kappa(gold: Sequence[str], told: Sequence[str]) -> float:
    """Cohen's kappa over P0..P3 with quadratic weights (Cohen 1968): one class off weighs 1, three weigh 9.

    1 is agreement, 0 what two readers with these habits reach by chance.
    """
    ours = Counter(CLASSES_OF_PRIORITY.index(value) for value in gold)
    theirs = Counter(CLASSES_OF_PRIORITY.index(value) for value in told)
    observed = sum(
        (CLASSES_OF_PRIORITY.index(a) - CLASSES_OF_PRIORITY.index(b)) ** 2
        for a, b in zip(gold, told, strict=True)
    )
    by_chance = sum((a - b) ** 2 * ours[a] * theirs[b] for a in ours for b in theirs) / len(gold)
    return 1 - observed / by_chance if by_chance else 1.0


def average_precision(relevant: Sequence[bool], scores: Sequence[float]) -> float:
    """The mean, over the relevant, of the precision at their rank when the highest score comes first.

    Equal scores keep the order of the data.
    """
    total, found = 0.0, 0
    for rank, index in enumerate(_ranked(scores), start=1):
        if relevant[index]:
            found += 1
            total += found / rank
    return _share(total, found)


def recall_at_top(relevant: Sequence[bool], scores: Sequence[float], share: float = 0.2) -> float:
    """How much of the relevant stands in the top `share` of the queue."""
    top = _ranked(scores)[: int(len(scores) * share)]
    return _share(sum(relevant[index] for index in top), sum(relevant))


def _ranked(scores: Sequence[float]) -> list[int]:
    return sorted(range(len(scores)), key=lambda index: -scores[index])


def _hits(gold: Sequence[bool], told: Sequence[bool]) -> int:
    return sum(a and b for a, b in zip(gold, told, strict=True))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
