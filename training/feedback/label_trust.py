"""Which corrections are believed: pure rules over what people sent and the champion's answers.

A stranger can send anything. Each rule loses some honest corrections. In return nobody alone, however busy
and with however many accounts, can decide what the next model learns.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.data.near_duplicates import find_near_duplicates, is_near_duplicate_of_any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TrustLimits:
    """How much is believed of whom.

    Attributes:
        sure: The champion overrules a correction if the probability of its answer, times its evidence, is at
            least this. Of 400 happy and sad validation faces happy-sad-net 1.0.0 was that sure of 214, and
            wrong on one.
        agreeing: So many people who say the same of one face overrule a sure champion.
        joint_faces: Accounts that gave so many of the same faces count as one person. Strangers seldom have
            even one photo in common, but that may be chance. The price: ten accounts that share one face each
            with one another can overrule the champion on fifteen faces.
        doubtful_share: A person with at least this share of doubtful faces is not believed at all. Of the
            corrections of an honest person about one in seventeen is doubtful.
        doubtful_faces: Nobody is distrusted with fewer doubtful faces than this.
        per_day: Most faces of one person on one day.
        per_person: Most faces of one person in all.
        share_of_all: Largest share of all kept faces that one person may give.
        always: Faces that each person may give whatever their share, while few people give any.
    """

    sure: float = 0.8
    agreeing: int = 3
    joint_faces: int = 2
    doubtful_share: float = 1 / 3
    doubtful_faces: int = 3
    per_day: int = 10
    per_person: int = 40
    share_of_all: float = 0.1
    always: int = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """What the rules need to know of one correction.

    Attributes:
        id: Of the kept face.
        contributor: Who gave it, as digits that name nobody.
        day: ISO date.
        label: "happy", "sad" or "neither".
        probability_happy: What the champion says of the face, in 0..1.
        evidence: How much it finds it happy or sad at all, in 0..1.
    """

    id: str
    contributor: str
    day: str
    label: str
    probability_happy: float
    evidence: float


CONTRADICTION = "contradiction"
KNOWN = "copy in another prepared set"
DOUBTFUL = "doubtful"
DISTRUSTED = "given by somebody doubtful"
COPY = "near copy"
FLOOD = "flood of one day"
CAP = "more than one person may give"


def decide(
    claims: Sequence[Claim],
    hashes: NDArray[np.int8],
    known: NDArray[np.int8],
    limits: TrustLimits | None = None,
) -> list[str]:
    """Return for each correction why it is left out, or "" if it is kept.

    Args:
        claims: In the order of their ids, so that the same files give the same answer.
        hashes: (N, 255) perceptual hashes of the faces.
        known: (M, 255) of faces that other sets hold already.
        limits: How much is believed of whom.

    Returns:
        For each, the reason; "" for what is kept.
    """
    limits = limits or TrustLimits()
    reasons = [""] * len(claims)
    if not claims:
        return reasons
    # The order matters: doubts count before copies are dropped, since three people with the same photo are
    # what overrules the champion; and the caps come last, so that nobody's quota is used up by what is
    # dropped anyway.
    groups = _group_near_duplicates(hashes)
    claims = _name_people(claims, find_joint_accounts(claims, hashes, limits))
    _drop_contradictions(claims, groups.values(), reasons)
    _mark(reasons, np.flatnonzero(is_near_duplicate_of_any(hashes, known)).tolist(), KNOWN)
    _drop_doubtful(claims, groups.values(), reasons, limits)
    _drop_distrusted(claims, reasons, limits)
    _drop_near_duplicates(claims, groups.values(), reasons)
    _drop_floods(claims, reasons, limits)
    _drop_over_cap(claims, reasons, limits)
    return reasons


def find_joint_accounts(
    claims: Sequence[Claim], hashes: NDArray[np.int8], limits: TrustLimits
) -> list[tuple[str, ...]]:
    """Find accounts that gave the same faces again and again: one person can have several accounts.

    Args:
        claims: As for `decide`.
        hashes: As for `decide`.
        limits: Says how many faces in common are too many.

    Returns:
        Sets of two accounts or more, also joined through a third, each in the order of their digits.
    """
    shared: Counter[tuple[str, str]] = Counter()
    for group in _group_near_duplicates(hashes).values():
        accounts = sorted({claims[number].contributor for number in group})
        shared.update(itertools.combinations(accounts, 2))
    joint: dict[str, set[str]] = {}
    for (first, second), count in shared.items():
        if count >= limits.joint_faces:
            # Who is joint with one of a set is joint with all of it.
            together = joint.get(first, {first}) | joint.get(second, {second})
            joint.update(dict.fromkeys(together, together))
    return sorted({tuple(sorted(together)) for together in joint.values()})


def is_opposed(claim: Claim, sure: float) -> bool:
    """Tell whether the champion is sure of another answer than the label."""
    happy = claim.probability_happy * claim.evidence
    sad = (1 - claim.probability_happy) * claim.evidence
    against = {"happy": sad, "sad": happy, "neither": max(happy, sad)}[claim.label]
    return against >= sure


def cap_for_each(counts: Iterable[int], limits: TrustLimits) -> int:
    """Return the most faces that one person may give.

    Each lowering of the cap makes the total smaller, and with it what a tenth of it is. So it is repeated
    until nobody has more than the allowed share of what is then kept, or than `always`.

    Args:
        counts: Number of faces of each person.
        limits: The caps.
    """
    given = list(counts)
    cap = limits.per_person
    while True:
        kept = sum(min(count, cap) for count in given)
        allowed = max(limits.always, math.floor(limits.share_of_all * kept))
        if cap <= allowed:
            return cap
        cap = allowed


def _group_near_duplicates(hashes: NDArray[np.int8]) -> dict[int, list[int]]:
    """Return the numbers of the faces that are copies of each other, by the first of them."""
    groups: dict[int, list[int]] = defaultdict(list)
    for number, first in enumerate(find_near_duplicates(hashes)):
        groups[first].append(number)
    return groups


def _name_people(claims: Sequence[Claim], joint: Iterable[Sequence[str]]) -> list[Claim]:
    """Give all accounts of one person the digits of the first."""
    person = {account: accounts[0] for accounts in joint for account in accounts}
    return [
        dataclasses.replace(claim, contributor=person.get(claim.contributor, claim.contributor))
        for claim in claims
    ]


def _mark(reasons: list[str], numbers: Iterable[int], reason: str) -> None:
    """Give a reason to those that have none yet."""
    for number in numbers:
        reasons[number] = reasons[number] or reason


def _drop_contradictions(claims: Sequence[Claim], groups: Iterable[list[int]], reasons: list[str]) -> None:
    """Drop every copy of a face that was given different labels: nobody knows which is right."""
    for group in groups:
        if len({claims[number].label for number in group}) > 1:
            _mark(reasons, group, CONTRADICTION)


def _drop_doubtful(
    claims: Sequence[Claim], groups: Iterable[list[int]], reasons: list[str], limits: TrustLimits
) -> None:
    """Set aside corrections that a sure champion denies, unless several people agree on the face."""
    for group in groups:
        if len({claims[number].contributor for number in group}) < limits.agreeing:
            _mark(reasons, (n for n in group if is_opposed(claims[n], limits.sure)), DOUBTFUL)


def _drop_distrusted(claims: Sequence[Claim], reasons: list[str], limits: TrustLimits) -> None:
    """Set aside all other faces of people whose faces are doubtful too often."""
    given = Counter(claim.contributor for claim in claims)
    doubtful = Counter(
        claim.contributor for claim, reason in zip(claims, reasons, strict=True) if reason == DOUBTFUL
    )
    distrusted = {
        person
        for person, count in doubtful.items()
        if count >= limits.doubtful_faces and count >= limits.doubtful_share * given[person]
    }
    _mark(reasons, (n for n, claim in enumerate(claims) if claim.contributor in distrusted), DISTRUSTED)


def _drop_near_duplicates(claims: Sequence[Claim], groups: Iterable[list[int]], reasons: list[str]) -> None:
    """Keep the first of each face."""
    for group in groups:
        first, *others = [number for number in group if not reasons[number]] or [group[0]]
        _mark(reasons, others, f"{COPY} of {claims[first].id}")


def _drop_floods(claims: Sequence[Claim], reasons: list[str], limits: TrustLimits) -> None:
    """Keep so many of a person's faces of one day; ids are random, so nobody chooses which."""
    by_day: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, claim in enumerate(claims):
        if not reasons[number]:
            by_day[claim.contributor, claim.day].append(number)
    for numbers in by_day.values():
        _mark(reasons, numbers[limits.per_day :], FLOOD)


def _drop_over_cap(claims: Sequence[Claim], reasons: list[str], limits: TrustLimits) -> None:
    """Keep so many of a person's faces in all."""
    by_person: dict[str, list[int]] = defaultdict(list)
    for number, claim in enumerate(claims):
        if not reasons[number]:
            by_person[claim.contributor].append(number)
    cap = cap_for_each((len(numbers) for numbers in by_person.values()), limits)
    for numbers in by_person.values():
        _mark(reasons, numbers[cap:], CAP)
