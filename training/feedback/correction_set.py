"""Make a prepared set of the faces whose answer people corrected.

    python -m training corrections export --corrections DATA_DIR/corrections --key-file key \
        --out data/corrections-prepared

Each time the whole set is written again from the existing files. A face that its owner withdrew with /forget,
or that has expired, has no file any more, so it is not in the next set. The same files give the same set.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.atomic_write import PARTIAL
from classifier.face_encryption import FILE_SUFFIX, FaceKeyError, SealedFaceError, load_key, open_face
from classifier.faces.face_alignment import CROP_SIZE
from classifier.types import ImageError
from classifier.workers.confined_decoder import ConfinedDecoder
from training.data.dataset import STORED_SIZE, load_prepared
from training.data.face_crops import resize_crop
from training.data.near_duplicates import HASH_BITS, hash_face
from training.data.prepare import NothingToPrepareError, Row, write_prepared
from training.data.samples import EMOTIONS, HAPPINESS, NEUTRAL, SADNESS
from training.errors import TrainingError
from training.evaluation.inference import Predictor
from training.feedback.label_trust import (
    COPY,
    DISTRUSTED,
    DOUBTFUL,
    Claim,
    TrustLimits,
    decide,
    find_joint_accounts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classifier.face_encryption import FaceKey, KeptFace

SOURCE = "corrections"

LABEL_TRUST = 0.8
"""Share of the votes that a correction's label gets; the rest goes to other classes.

Less than the 0.85 of a labelled photo: one person chose this face out of many, had seen the model's answer,
and may have told the feeling behind the face instead of its expression.
"""

NOISE_FILE, NOISE_PAGE = "label-noise.json", "label-noise.md"


@dataclass(frozen=True, slots=True)
class Given:
    """A decrypted face.

    Attributes:
        face: The decrypted file: picture, label, the answer at that time.
        crop: (256, 256, 3) RGB.
    """

    face: KeptFace
    crop: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a folder of encrypted faces.

    Attributes:
        given: The decrypted faces, sorted by id.
        unreadable: Why a file could not be decrypted, by file name.
    """

    given: list[Given]
    unreadable: dict[str, str]


@dataclass(frozen=True)
class ExportOptions:
    """The options of `export_corrections`.

    Attributes:
        corrections_dir: The bot's folder of encrypted faces.
        key_file: The text file with the key.
        out_dir: The prepared set to write.
        champion: A model folder; a correction is doubtful when this model is sure of the opposite.
        unlike: Prepared sets; copies of their faces, of any split, are left out.
        limits: How many corrections to accept from whom.
    """

    corrections_dir: Path
    key_file: Path
    out_dir: Path
    champion: Path
    unlike: tuple[Path, ...] = ()
    limits: TrustLimits = field(default_factory=TrustLimits)


def read_key(key_file: Path) -> FaceKey:
    """Read the key with which the bot encrypts faces.

    Raises:
        TrainingError: The file holds no key.
    """
    try:
        return load_key(key_file.read_text(encoding="utf-8"))
    except (FaceKeyError, UnicodeDecodeError) as error:
        raise TrainingError(f"{key_file} holds no key ({error}).") from error


def open_folder(corrections_dir: Path, key: FaceKey) -> Opened:
    """Decrypt all faces of a folder. A file that cannot be decrypted is listed; the others are still read.

    Raises:
        TrainingError: There is no such folder, or no file in it can be decrypted with this key.
    """
    if not corrections_dir.is_dir():
        raise TrainingError(f"{corrections_dir} is no folder. Name the folder corrections/ in DATA_DIR.")
    given, unreadable = [], {}
    with ConfinedDecoder() as decoder:  # the PNG is from a process that decoded strangers' photos: no trust
        for path in sorted(corrections_dir.glob(f"*{FILE_SUFFIX}")):
            if path.name.startswith(PARTIAL):
                continue  # the bot is writing this file, or crashed while it wrote
            try:
                face = open_face(path.read_bytes(), key, path.stem)
                given.append(Given(face, resize_crop(decoder.decode(face.crop_png).pixels, CROP_SIZE)))
            except FileNotFoundError:
                continue  # its owner withdrew it just now
            except (SealedFaceError, ImageError) as error:
                unreadable[path.name] = str(error)
    if unreadable and not given:
        raise TrainingError(f"None of {len(unreadable)} files opens. {next(iter(unreadable.values()))}")
    return Opened(sorted(given, key=lambda one: one.face.id), unreadable)


def export_corrections(options: ExportOptions) -> dict[str, Any]:
    """Decrypt the faces, ask the champion about them, apply the trust rules, write the set.

    Returns:
        The label-noise report, which is also written beside the set.

    Raises:
        TrainingError: No face can be decrypted.
        NothingToPrepareError: All corrections were left out; the report says why.
    """
    opened = open_folder(options.corrections_dir, read_key(options.key_file))
    given = opened.given
    claims = _build_claims(given, options.champion)
    crops = [resize_crop(one.crop, STORED_SIZE) for one in given]
    hashes = np.array([hash_face(crop) for crop in crops], dtype=np.int8).reshape(-1, HASH_BITS)
    reasons = decide(claims, hashes, _hash_known(options.unlike), options.limits)
    joint = find_joint_accounts(claims, hashes, options.limits)
    report = _report_noise(claims, reasons, joint, opened.unreadable)
    _clear(options.out_dir)
    _write_report(report, options.out_dir)
    # The manifest also lists the corrections that were left out, with the reason. Only the kept ones have a
    # crop, so only they are numbered: `index` is the row in crops.npy.
    rows = [_build_row(one, reason) for one, reason in zip(given, reasons, strict=True)]
    kept = [crop for crop, row in zip(crops, rows, strict=True) if not row.dropped]
    if not kept:
        raise NothingToPrepareError(
            f"Of {len(given)} corrections none is left. {options.out_dir / NOISE_PAGE} says why."
        )
    for index, row in enumerate(row for row in rows if not row.dropped):
        row.index = index
    write_prepared(rows, np.stack(kept), options.out_dir)
    return report


def build_votes(label: str) -> tuple[float, ...]:
    """Turn a label into soft votes, one share for each of EMOTIONS, sum 1.

    The label gets LABEL_TRUST. The rest of happy and sad goes to neutral: people confuse these most often.
    "neither" counts as neutral; its rest goes in equal parts to all other classes but happiness and sadness.
    """
    votes = np.zeros(len(EMOTIONS))
    if label == "neither":
        others = [n for n in range(len(EMOTIONS)) if n not in {HAPPINESS, SADNESS, NEUTRAL}]
        votes[others] = (1 - LABEL_TRUST) / len(others)
        votes[NEUTRAL] = LABEL_TRUST
    else:
        votes[NEUTRAL] = 1 - LABEL_TRUST
        votes[HAPPINESS if label == "happy" else SADNESS] = LABEL_TRUST
    return tuple(votes.tolist())


def _build_claims(given: Sequence[Given], champion: Path) -> list[Claim]:
    """Ask today's champion about every face, and not the model whose answer the person saw.

    That model may have been weaker, and its answer is known to be disputed.
    """
    if not given:
        return []
    probabilities, evidence = Predictor(champion).answer(np.stack([one.crop for one in given]))
    return [
        Claim(
            id=one.face.id,
            contributor=one.face.contributor,
            day=one.face.created,
            label=one.face.label,
            probability_happy=float(probability),
            evidence=float(amount),
        )
        for one, probability, amount in zip(given, probabilities, evidence, strict=True)
    ]


def _hash_known(prepared_dirs: Sequence[Path]) -> NDArray[np.int8]:
    """Return (M, 255) perceptual hashes of all faces of prepared sets."""
    hashes = [hash_face(crop) for folder in prepared_dirs for crop in load_prepared(folder).crops]
    return np.array(hashes, dtype=np.int8).reshape(-1, HASH_BITS)


def _build_row(given: Given, reason: str) -> Row:
    """Build one row of the manifest.

    Corrections are only trained on. Anybody can send a label, so labels from outside must not decide on
    hyperparameters, calibration, thresholds (validation) or promotion (test).
    """
    return Row(
        key=f"{SOURCE}/{given.face.id}",
        source=SOURCE,
        identity=given.face.contributor,
        split="" if reason else "train",
        votes=build_votes(given.face.label),
        sha256=hashlib.sha256(given.face.crop_png).hexdigest(),
        aligned=1,
        dropped=reason,
    )


def _clear(out_dir: Path) -> None:
    """Delete an older set: it may contain faces that their owners have withdrawn since."""
    for name in ("crops.npy", "manifest.csv", NOISE_FILE, NOISE_PAGE):
        (out_dir / name).unlink(missing_ok=True)
    out_dir.mkdir(parents=True, exist_ok=True)


def _report_noise(
    claims: Sequence[Claim],
    reasons: Sequence[str],
    joint: Sequence[Sequence[str]],
    unreadable: dict[str, str],
) -> dict[str, Any]:
    """Count the kept corrections and the reasons of the others; list those that a person should look at."""
    by_person: dict[str, Counter[str]] = defaultdict(Counter)
    for claim, reason in zip(claims, reasons, strict=True):
        by_person[claim.contributor][_shorten(reason) or "kept"] += 1
    decided = list(zip(claims, reasons, strict=True))
    return {
        "corrections": len(claims),
        "kept": sum(not reason for reason in reasons),
        "kept_by_label": dict(sorted(Counter(c.label for c, reason in decided if not reason).items())),
        "left_out": dict(sorted(Counter(_shorten(reason) for reason in reasons if reason).items())),
        "doubtful_share": reasons.count(DOUBTFUL) / max(1, len(reasons)),
        "doubtful": [
            {
                "id": claim.id,
                "label": claim.label,
                "champion_probability_happy": round(claim.probability_happy, 3),
                "champion_evidence": round(claim.evidence, 3),
            }
            for claim, reason in decided
            if reason == DOUBTFUL
        ],
        "distrusted": sorted({claim.contributor for claim, reason in decided if reason == DISTRUSTED}),
        "joint_accounts": joint,
        "contributors": {person: dict(counts) for person, counts in sorted(by_person.items())},
        "unreadable": unreadable,
    }


def _shorten(reason: str) -> str:
    """Remove the id from a reason, so that equal reasons are counted together."""
    return COPY if reason.startswith(COPY) else reason


def _write_report(report: dict[str, Any], out_dir: Path) -> None:
    """Write the report as JSON for programs and as a page for people."""
    (out_dir / NOISE_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    by_label = ", ".join(f"{count} {label}" for label, count in report["kept_by_label"].items())
    joint = report["joint_accounts"]
    summary = (
        f"{report['kept']} of {report['corrections']} corrections, "
        f"of {len(report['contributors'])} accounts, are kept ({by_label or 'none'}). "
        f"{report['doubtful_share']:.1%} deny what the champion is sure of. "
        f"{sum(map(len, joint))} accounts gave the same faces as others of them and count as {len(joint)}.\n"
    )
    lines = [
        "# Corrections: what was kept, and how much of it is noise\n",
        summary,
        "| left out because | corrections |",
        "|---|---:|",
        *(f"| {reason} | {count} |" for reason, count in report["left_out"].items()),
        f"| file does not open | {len(report['unreadable'])} |",
        "\nFaces that were taken back, or whose time is over, are not among these: their files are gone.\n",
        "## Doubtful, set aside\n",
        "| id | label | champion: probability of happy | happy or sad at all |",
        "|---|---|---:|---:|",
    ]
    lines += [
        f"| {one['id']} | {one['label']} | {one['champion_probability_happy']} | {one['champion_evidence']} |"
        for one in report["doubtful"]
    ]
    (out_dir / NOISE_PAGE).write_text("\n".join(lines) + "\n", encoding="utf-8")
