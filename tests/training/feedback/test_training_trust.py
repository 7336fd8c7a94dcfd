"""Which corrections are believed, and which caps hold."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from training_people import draw_crop

from training.data.near_duplicates import hash_face
from training.feedback.correction_set import build_votes
from training.feedback.feedback_report import measure_drift
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
from training.feedback.press_counts import Count, find_band_middle, start_of_week

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


def hash_apart(count: int) -> np.ndarray:
    """Hashes of so many different faces."""
    return np.where(np.random.default_rng(7).random((count, 255)) < 0.5, 1, -1).astype(np.int8)


@pytest.mark.parametrize(
    ("label", "probability", "evidence", "opposed"),
    [
        ("sad", 0.8, 1.0, True),
        ("sad", 0.799, 1.0, False),
        ("sad", 1.0, 0.799, False),
        ("happy", 0.2, 1.0, True),
        ("happy", 0.201, 1.0, False),
        ("neither", 0.2, 1.0, True),
        ("neither", 0.8, 1.0, True),
        ("neither", 0.5, 1.0, False),
    ],
)
def test_sure_begins_at_its_border(label: str, probability: float, evidence: float, opposed: bool):
    """Probability times evidence, from 0.8 on."""
    claim = Claim("0", "a", "2026-03-02", label, probability, evidence)
    assert is_opposed(claim, TrustLimits().sure - 1e-12) == opposed


def test_two_people_do_not_overrule_a_sure_champion_and_three_do():
    """Each with the same label for the same face."""
    for people, is_believed in (("ab", False), ("abc", True)):
        claims = [build_claim(n, "sad", person, 0.99) for n, person in enumerate(people)]
        reasons = decide(claims, np.repeat(hash_apart(1), len(people), axis=0), NOTHING_KNOWN)
        assert (reasons[0] == "") == is_believed


def test_two_shared_faces_join_two_accounts_and_one_does_not():
    """One shared photo may be chance."""
    claims = [build_claim(n, person=person) for n, person in enumerate("aabb")]
    hashes = hash_apart(4)
    assert find_joint_accounts(claims, hashes[[0, 1, 0, 2]], TrustLimits()) == []
    assert find_joint_accounts(claims, hashes[[0, 1, 0, 1]], TrustLimits()) == [("a", "b")]


@pytest.mark.parametrize(
    ("doubtful", "given", "is_distrusted"),
    [(2, 4, False), (3, 9, True), (3, 10, False), (4, 12, True), (4, 13, False), (3, 3, True)],
)
def test_a_third_of_doubtful_faces_and_three_of_them_are_too_many(
    doubtful: int, given: int, is_distrusted: bool
):
    """Both: a count and a share."""
    claims = [
        build_claim(n, "sad", probability=0.99 if n < doubtful else 0.5, day=f"2026-03-{n + 1:02d}")
        for n in range(given)
    ]
    reasons = decide(claims, hash_apart(given), NOTHING_KNOWN, TrustLimits(always=100))
    assert reasons.count(DOUBTFUL) == doubtful
    assert (DISTRUSTED in reasons) == (is_distrusted and given > doubtful)


@pytest.mark.parametrize(("given", "kept"), [(10, 10), (11, 10)])
def test_ten_faces_of_a_day_are_taken(given: int, kept: int):
    """The eleventh is a flood."""
    claims = [build_claim(n) for n in range(given)]
    assert decide(claims, hash_apart(given), NOTHING_KNOWN, TrustLimits(always=100)).count("") == kept


@pytest.mark.parametrize(
    ("given", "cap"),
    [([40] + [1] * 360, 40), ([41] + [1] * 360, 40), ([40] + [4] * 40, 17), ([5, 1], 5), ([6, 1], 5)],
)
def test_the_cap_is_the_tenth_of_what_is_kept_with_it(given: list[int], cap: int):
    """Forty at most, five in any case, and lowered until it fits."""
    assert cap_for_each(given, TrustLimits()) == cap


def test_the_limits_are_those_that_the_page_names():
    """Any change of them is a choice, with its reason beside it."""
    assert TrustLimits() == TrustLimits(
        sure=0.8,
        agreeing=3,
        joint_faces=2,
        doubtful_share=1 / 3,
        doubtful_faces=3,
        per_day=10,
        per_person=40,
        share_of_all=0.1,
        always=5,
    )


def build_count(**changes: object) -> Count:
    fields = {
        "day": dt.date(2026, 3, 4),
        "model": "m 1",
        "answer": "happy",
        "confidence": 0.9,
        "verdict": "right",
        "count": 1,
    }
    return Count(**{**fields, **changes})


@pytest.mark.parametrize(
    ("edge", "middle"),
    [(0.5, 0.55), (0.6, 0.65), (0.7, 0.75), (0.8, 0.85), (0.9, 0.925), (0.95, 0.97), (0.99, 0.995)],
)
def test_the_middle_of_a_band_stands_for_its_answers(edge: float, middle: float):
    """The last band ends at 1."""
    assert find_band_middle(edge) == pytest.approx(middle)


def test_drift_is_what_was_promised_less_what_was_right():
    """By week and model; what was hard to tell promised nothing."""
    counts = [
        build_count(count=8),
        build_count(count=2, verdict="sad"),
        build_count(count=90, answer="unsure", confidence=0.5, verdict="wrong"),
        build_count(day=dt.date(2026, 3, 9), confidence=0.5, count=4),
    ]
    found = measure_drift(counts)
    assert found["m 1"][dt.date(2026, 3, 2)] == pytest.approx(0.925 - 0.8)
    assert found["m 1"][dt.date(2026, 3, 9)] == pytest.approx(0.55 - 1)
    assert start_of_week(dt.date(2026, 3, 8)) == dt.date(2026, 3, 2)


@pytest.mark.parametrize("label", ["happy", "sad", "neither"])
def test_a_correction_is_trusted_with_four_fifths_of_the_votes(label: str):
    """One person chose it; the rest goes to other classes."""
    votes = build_votes(label)
    assert sum(votes) == pytest.approx(1)
    chosen = {"happy": 0, "sad": 1}.get(label)
    if chosen is not None:
        assert votes[chosen] == pytest.approx(0.8)
        assert votes[1 - chosen] < 0.2
    else:
        assert votes[0] == votes[1] < 0.11
