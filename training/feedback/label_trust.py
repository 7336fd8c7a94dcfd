"""Decide which corrections to trust, by rules over people's labels and the champion's answers.

A stranger can send any label (data poisoning: Biggio et al. 2012, arXiv 1206.6389). Each rule loses some
honest corrections. In return, no single person can decide what the next model learns, not even with many
faces and many accounts.
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
    """The limits of the rules.

    Attributes:
        sure: The champion overrules a correction if the probability of its answer, times its evidence, is at
            least this. Of 400 happy and sad validation faces happy-sad-net 1.0.0 was that sure of 214, and
            wrong on one.
        agreeing: This many people with the same label for one face overrule a sure champion.
        joint_faces: Accounts that sent this many of the same faces count as one person. Two strangers seldom
            share a photo; one shared photo may be chance, so one is not enough. A gap remains: ten accounts,
            of which each two share one face, can overrule the champion on fifteen faces.
        doubtful_share: From this share of doubtful faces on, all faces of a person are left out. Of an honest
            person's corrections about one in seventeen is doubtful.
        doubtful_faces: With fewer doubtful faces than this, a person is never left out.
        per_day: Largest number of faces of one person on one day.
        per_person: Largest number of faces of one person in all.
        share_of_all: Largest share of one person among all kept faces.
        always: Each person may give this many faces whatever their share; it matters while few people give.
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
    """One correction, as far as the rules need it.

    Attributes:
        id: Identifier of the kept face.
        contributor: Pseudonym of the account that gave it.
        day: ISO date.
        label: "happy", "sad" or "neither".
        probability_happy: The champion's probability of happy against sad, in 0..1.
        evidence: The champion's evidence that the face is happy or sad at all, in 0..1.
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
        claims: Sorted by id, so that the same files give the same result.
        hashes: (N, 255) perceptual hashes of the faces, in the same order.
        known: (M, 255) hashes of faces that other prepared sets contain.
        limits: The limits of the rules.

    Returns:
        N reasons.
    """
    limits = limits or TrustLimits()
    reasons = [""] * len(claims)
    if not claims:
        return reasons
    # The order matters. Doubts come before copies are dropped: three people who send the same photo overrule
    # the champion, and after dropping copies one of them would be left. The caps come last: a face that is
    # left out for another reason must not use up its owner's quota.
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
    """Find accounts that probably belong to one person, because they sent several of the same faces.

    Args:
        claims: As for `decide`.
        hashes: As for `decide`.
        limits: `joint_faces` is the number of shared faces.

    Returns:
        Groups of two or more accounts, sorted. Accounts that share faces with a third are in one group.
    """
    shared: Counter[tuple[str, str]] = Counter()
    for group in _group_near_duplicates(hashes).values():
        accounts = sorted({claims[number].contributor for number in group})
        shared.update(itertools.combinations(accounts, 2))
    joint: dict[str, set[str]] = {}
    for (first, second), count in shared.items():
        if count >= limits.joint_faces:
            # Merge both groups, and let all their members point to the merged one (connected components).
            together = joint.get(first, {first}) | joint.get(second, {second})
            joint.update(dict.fromkeys(together, together))
    return sorted({tuple(sorted(together)) for together in joint.values()})


def is_opposed(claim: Claim, sure: float) -> bool:
    """Return whether the champion is sure of an answer other than the label."""
    # The probability only compares happy with sad. Times the evidence it is small for a face that is neither,
    # so a neutral face with a probability of 0.99 counts as no sure answer.
    happy = claim.probability_happy * claim.evidence
    sad = (1 - claim.probability_happy) * claim.evidence
    against = {"happy": sad, "sad": happy, "neither": max(happy, sad)}[claim.label]
    return against >= sure


def cap_for_each(counts: Iterable[int], limits: TrustLimits) -> int:
    """Return the most faces that one person may give.

    The cap is a share of all kept faces, but a lower cap also lowers the number of kept faces. So it is
    lowered again and again until it fits, or has reached `always`. Example with a share of 0.1: one person
    with 40 faces among 160 of others may give 20, then (of 180) 18, then (of 178) 17, a tenth of 177.

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
    """Return groups of near copies as lists of face numbers, by the first face of each group."""
    groups: dict[int, list[int]] = defaultdict(list)
    for number, first in enumerate(find_near_duplicates(hashes)):
        groups[first].append(number)
    return groups


def _name_people(claims: Sequence[Claim], joint: Iterable[Sequence[str]]) -> list[Claim]:
    """Give all accounts of one person the pseudonym of the first."""
    person = {account: accounts[0] for accounts in joint for account in accounts}
    return [
        dataclasses.replace(claim, contributor=person.get(claim.contributor, claim.contributor))
        for claim in claims
    ]


def _mark(reasons: list[str], numbers: Iterable[int], reason: str) -> None:
    """Set the reason of these corrections; a correction that has one keeps it."""
    for number in numbers:
        reasons[number] = reasons[number] or reason


def _drop_contradictions(claims: Sequence[Claim], groups: Iterable[list[int]], reasons: list[str]) -> None:
    """Drop all copies of a face with different labels: which label is right cannot be told."""
    for group in groups:
        if len({claims[number].label for number in group}) > 1:
            _mark(reasons, group, CONTRADICTION)


def _drop_doubtful(
    claims: Sequence[Claim], groups: Iterable[list[int]], reasons: list[str], limits: TrustLimits
) -> None:
    """Drop corrections of which a sure champion says the opposite, unless several people agree."""
    for group in groups:
        if len({claims[number].contributor for number in group}) < limits.agreeing:
            _mark(reasons, (n for n in group if is_opposed(claims[n], limits.sure)), DOUBTFUL)


def _drop_distrusted(claims: Sequence[Claim], reasons: list[str], limits: TrustLimits) -> None:
    """Drop the other faces of people with too many doubtful ones."""
    given = Counter(claim.contributor for claim in claims)
    doubtful = Counter(
        claim.contributor for claim, reason in zip(claims, reasons, strict=True) if reason == DOUBTFUL
    )
    # A count and a share: one mistake of two faces is no pattern, and neither are three of a hundred.
    distrusted = {
        person
        for person, count in doubtful.items()
        if count >= limits.doubtful_faces and count >= limits.doubtful_share * given[person]
    }
    _mark(reasons, (n for n, claim in enumerate(claims) if claim.contributor in distrusted), DISTRUSTED)


def _drop_near_duplicates(claims: Sequence[Claim], groups: Iterable[list[int]], reasons: list[str]) -> None:
    """Keep the first of several copies of a face."""
    for group in groups:
        first, *others = [number for number in group if not reasons[number]] or [group[0]]
        _mark(reasons, others, f"{COPY} of {claims[first].id}")


def _drop_floods(claims: Sequence[Claim], reasons: list[str], limits: TrustLimits) -> None:
    """Keep `per_day` of a person's faces of one day. Ids are random, so a person cannot choose which."""
    by_day: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, claim in enumerate(claims):
        if not reasons[number]:
            by_day[claim.contributor, claim.day].append(number)
    for numbers in by_day.values():
        _mark(reasons, numbers[limits.per_day :], FLOOD)


def _drop_over_cap(claims: Sequence[Claim], reasons: list[str], limits: TrustLimits) -> None:
    """Keep no more of a person's faces than `cap_for_each` allows."""
    by_person: dict[str, list[int]] = defaultdict(list)
    for number, claim in enumerate(claims):
        if not reasons[number]:
            by_person[claim.contributor].append(number)
    cap = cap_for_each((len(numbers) for numbers in by_person.values()), limits)
    for numbers in by_person.values():
        _mark(reasons, numbers[cap:], CAP)
