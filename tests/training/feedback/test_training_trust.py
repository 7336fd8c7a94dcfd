"""Which corrections are believed, and which caps hold."""

from __future__ import annotations

import numpy as np
import pytest
from training_people import draw_crop

from training.data.near_duplicates import hash_face
from training.feedback.label_trust import (
    CAP,
    CONTRADICTION,
    DISTRUSTED,
    DOUBTFUL,
    FLOOD,
    KNOWN,
    Claim,
    TrustLimits,
    cap_for_each,
    decide,
    find_joint_accounts,
    is_opposed,
)

NOTHING_KNOWN = np.zeros((0, 255), dtype=np.int8)


def build_claim(
    number: int, label: str = "happy", person: str = "a", probability: float = 0.5, day: str = "2026-03-02"
) -> Claim:
    return Claim(f"{number:032x}", person, day, label, probability, evidence=0.9)


def hash_seeds(*seeds: int) -> np.ndarray:
    """Faces of one seed are copies, of two seeds are not."""
    return np.stack([hash_face(draw_crop("neutral", seed)) for seed in seeds])


def test_what_nobody_doubts_is_kept():
    """Different faces of a few people, none of which the champion is sure of."""
    claims = [build_claim(n, person="abc"[n % 3]) for n in range(6)]

    assert decide(claims, hash_seeds(*range(6)), NOTHING_KNOWN) == [""] * 6


def test_one_face_with_two_labels_is_dropped_whole():
    """Nobody knows which is right; a third copy does not outvote them."""
    claims = [
        build_claim(0, "happy"),
        build_claim(1, "sad", "b"),
        build_claim(2, "happy", "c"),
        build_claim(3),
    ]

    assert decide(claims, hash_seeds(1, 1, 1, 2), NOTHING_KNOWN) == [CONTRADICTION] * 3 + [""]


def test_of_copies_with_one_label_the_first_is_kept():
    """Whoever gave it."""
    claims = [build_claim(0), build_claim(1, person="b"), build_claim(2)]

    reasons = decide(claims, hash_seeds(1, 1, 2), NOTHING_KNOWN)

    assert reasons == ["", f"near copy of {claims[0].id}", ""]


def test_a_face_that_another_set_holds_is_dropped():
    """A test face must not train, and a training face must not be labelled anew."""
    claims = [build_claim(0), build_claim(1)]

    assert decide(claims, hash_seeds(1, 2), hash_seeds(2, 9)) == ["", KNOWN]


@pytest.mark.parametrize(
    ("label", "probability", "opposed"),
    [("sad", 0.99, True), ("sad", 0.7, False), ("happy", 0.01, True), ("happy", 0.99, False),
     ("neither", 0.99, True), ("neither", 0.01, True), ("neither", 0.5, False)],
)  # fmt: skip
def test_a_champion_opposes_what_it_is_sure_is_wrong(label: str, probability: float, opposed: bool):
    """Sure means its answer among all emotions: probability times evidence."""
    assert is_opposed(build_claim(0, label, probability=probability), sure=0.8) == opposed


def test_what_a_sure_champion_denies_is_set_aside_until_three_people_say_it():
    """One person who says it three times is one person."""
    hashes = hash_seeds(1, 1, 1, 2)
    rest = build_claim(3, person="a")
    alone = [*(build_claim(n, "sad", "a", 0.99) for n in range(3)), rest]
    together = [*(build_claim(n, "sad", person, 0.99) for n, person in enumerate("abc")), rest]
    limits = TrustLimits(doubtful_faces=9)

    assert decide(alone, hashes, NOTHING_KNOWN, limits) == [DOUBTFUL] * 3 + [""]
    assert decide(together, hashes, NOTHING_KNOWN)[0] == ""


def test_accounts_that_give_the_same_faces_are_one_person():
    """Three accounts with the same two false faces overrule nobody; with one face in common they may."""
    people, limits = "abc", TrustLimits(doubtful_faces=9)
    claims = [
        build_claim(10 * n + face, "sad", person, 0.99) for n, person in enumerate(people) for face in (0, 1)
    ]
    both = hash_seeds(*(1, 2) * 3)
    one = hash_seeds(1, 2, 1, 3, 1, 4)

    assert decide(claims, both, NOTHING_KNOWN, limits) == [DOUBTFUL] * 6
    assert decide(claims, one, NOTHING_KNOWN, limits)[0] == ""
    assert find_joint_accounts(claims, both, limits) == [("a", "b", "c")]
    assert find_joint_accounts(claims, one, limits) == []


def test_accounts_are_joined_through_a_third():
    """And with them their caps: ten faces of one day, whoever of them gives them."""
    seeds = [1, 2, 1, 2, 3, 4, 3, 4, *range(10, 20)]
    accounts = ["a", "a", "b", "b", "b", "b", "c", "c", *"abcabcabca"]
    claims = [build_claim(n, person=account) for n, account in enumerate(accounts)]

    reasons = decide(claims, hash_seeds(*seeds), NOTHING_KNOWN, TrustLimits(always=100))

    assert find_joint_accounts(claims, hash_seeds(*seeds), TrustLimits()) == [("a", "b", "c")]
    assert reasons.count("") == TrustLimits().per_day
    assert reasons.count(FLOOD) == 4


def test_a_crowd_of_accounts_with_the_same_lies_gets_none_of_them_through():
    """Ten accounts, each with the same twenty faces that the champion is sure of: as one account alone."""
    claims = [
        build_claim(100 * account + face, "sad", f"{account:x}", 0.99, day=f"2026-03-{face + 1:02d}")
        for account in range(10)
        for face in range(20)
    ]
    hashes = hash_seeds(*range(20))

    assert not decide(claims, np.tile(hashes, (10, 1)), NOTHING_KNOWN).count("")


def test_nothing_is_believed_of_whom_the_champion_contradicts_again_and_again():
    """Three doubtful faces of six: the other three go too; somebody else's stay."""
    claims = [build_claim(n, "sad", "liar", 0.99 if n < 3 else 0.5) for n in range(6)] + [build_claim(6)]

    assert decide(claims, hash_seeds(*range(7)), NOTHING_KNOWN) == [DOUBTFUL] * 3 + [DISTRUSTED] * 3 + [""]


def test_an_honest_person_who_is_doubted_once_is_still_believed():
    """One of four."""
    claims = [build_claim(n, "sad", "a", 0.99 if n == 0 else 0.5) for n in range(4)]

    assert decide(claims, hash_seeds(*range(4)), NOTHING_KNOWN) == [DOUBTFUL, "", "", ""]


def test_a_flood_of_one_day_is_cut():
    """Ten a day; the next day counts anew."""
    claims = [build_claim(n) for n in range(12)] + [build_claim(12, day="2026-03-03")]
    limits = TrustLimits(always=100)

    reasons = decide(claims, hash_seeds(*range(13)), NOTHING_KNOWN, limits)

    assert reasons == [""] * 10 + [FLOOD] * 2 + [""]


def test_nobody_gives_more_than_a_tenth_once_many_give():
    """Forty people with ten faces each, and one with a face a day for a hundred days."""
    claims = [build_claim(n, person=f"p{n // 10}", day=f"2026-03-{n % 28 + 1:02d}") for n in range(400)]
    claims += [
        build_claim(1_000 + n, person="busy", day=f"2026-{n // 25 + 4:02d}-{n % 25 + 1:02d}")
        for n in range(100)
    ]
    hashes = np.where(np.random.default_rng(0).random((500, 255)) < 0.5, 1, -1).astype(np.int8)

    reasons = decide(claims, hashes, NOTHING_KNOWN)

    kept = sum(not reason for reason in reasons[400:])
    assert reasons[:400] == [""] * 400
    assert kept == 40
    assert set(reasons[400:]) == {"", CAP}


@pytest.mark.parametrize(
    ("given", "cap"),
    [([3, 2], 5), ([100], 5), ([100, 100, 100], 5), ([10] * 50, 40), ([100] + [1] * 200, 24)],
    ids=["few", "one", "three", "many", "one-of-many"],
)
def test_the_cap_follows_what_all_together_give(given: list[int], cap: int):
    """At most a tenth of what is kept, never under five, never over forty."""
    found = cap_for_each(given, TrustLimits())

    kept = sum(min(count, found) for count in given)
    assert found == pytest.approx(cap, abs=2)
    assert all(min(count, found) <= max(5, 0.1 * kept) for count in given)


def test_nothing_in_is_nothing_out():
    """An empty folder is no error here."""
    assert decide([], NOTHING_KNOWN, NOTHING_KNOWN) == []
