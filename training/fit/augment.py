"""Changes to training faces that a phone, a chat, a hand or a mask would make. Serving never sees this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Augmentation:
    """How far each change goes, and how often. A strength of 0 switches a change off.

    Attributes:
        rotation: Standard deviation in degrees: heads tilt, and key points are off by a little.
        scale: Largest factor up or down, less 1: detectors frame faces differently.
        shift: Largest shift as a share of the side.
        shear: Largest shear: a camera from above or below.
        color: Largest change of a channel's gain: lamps and shadows.
        gamma: Largest change of the exponent, as a power of 2.
        ramp: Largest change of brightness across the face: light from one side.
        blur: Largest standard deviation of a Gaussian, as a share of the side.
        shrink: Smallest side, as a share, that a face is scaled down to and up again: faces far away.
        noise: Largest standard deviation of sensor noise, of 255.
        jpeg: Lowest JPEG quality.
        cover: Largest side of a patch over the face, as a share: hands, hair, microphones.
        chance: Of each photographic change, in 0..1.
        masked: Share of the faces whose mouth is covered; their target becomes "unreadable".
    """

    rotation: float = 9.0
    scale: float = 0.18
    shift: float = 0.07
    shear: float = 0.08
    color: float = 0.25
    gamma: float = 0.7
    ramp: float = 0.5
    blur: float = 0.025
    shrink: float = 0.45
    noise: float = 14.0
    jpeg: int = 25
    cover: float = 0.4
    chance: float = 0.15
    masked: float = 0.1


GEOMETRY_ONLY = Augmentation(color=0, gamma=0, ramp=0, blur=0, shrink=1, noise=0, jpeg=100, cover=0, chance=0)
"""Shift, turn and scale alone: for networks too weak to learn from more, and as an ablation."""
_EVEN_CHANCE = 0.5
_BEST_QUALITY = 100  # of a JPEG: with it as the lowest quality nothing is compressed
_MASK_SHARE = 0.75  # of the covered mouths; the others are behind a hand
_SCARF_SHARE = 0.2  # of the masks
_PLAIN_SHARE = 0.4  # of the masks: one color
_PATCHWORK_SHARE = 0.3  # of the masks: many


def augment_face(
    crop: NDArray[np.uint8], size: int, augmentation: Augmentation, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Return one changed face.

    Args:
        crop: (S, S, 3) RGB.
        size: Side of the result.
        augmentation: How far.
        random: Source of all random numbers.

    Returns:
        (size, size, 3) uint8 RGB.
    """
    # The order is that of the world: the head turns, light falls on it, something covers it, and only then
    # come the lens, the sensor and the chat's compression. The face is moved at up to twice its final size
    # and averaged down afterwards. Moving it straight to a small size would skip pixels, and thin lines
    # such as lips would flicker.
    face = _move(crop, max(size, min(crop.shape[0], 2 * size)), augmentation, random)
    if face.shape[0] != size:
        face = _resize(face, size, cv2.INTER_AREA)
    face = _relight(face, augmentation, random)
    face = _cover(face, augmentation, random)
    return _degrade(face, augmentation, random)


def cover_mouth(
    crop: NDArray[np.uint8], outline: NDArray[np.float32], random: np.random.Generator
) -> NDArray[np.uint8]:
    """Return a face whose mouth nobody can see: behind a mask, or behind a hand.

    Args:
        crop: (S, S, 3) RGB, aligned.
        outline: (22, 2) the bridge of the nose and the jaw from ear to ear, as fractions of the side.
        random: Source of all random numbers.

    Returns:
        (S, S, 3) uint8 RGB, a copy.
    """
    side = crop.shape[0]
    bridge, jaw = outline[0] * side, outline[1:] * side
    covered = crop.copy()
    if random.random() < _MASK_SHARE:
        _draw_mask(covered, bridge, jaw, random)
    else:
        _draw_hand(covered, bridge, jaw, random)
    return covered


def _draw_mask(
    face: NDArray[np.uint8],
    bridge: NDArray[np.float32],
    jaw: NDArray[np.float32],
    random: np.random.Generator,
) -> None:
    """Paint cloth from somewhere on the nose to the chin, or further down, and from ear to ear."""
    side = face.shape[0]
    chin = jaw[len(jaw) // 2]
    ears = int(random.integers(0, 4))
    below = jaw[ears : len(jaw) - ears] + random.normal(0, 0.01, 2) * side
    if random.random() < _SCARF_SHARE:  # a scarf hides the neck, too
        below[:, 1] += np.clip(below[:, 1] - bridge[1], 0, None) * random.uniform(0.2, 1.0)
    rim = bridge + (chin - bridge) * random.uniform(0.0, 0.42)
    # From a point on the nose, or straight across the cheeks, or anything between.
    cheeks = (below[[0, -1]] - rim) * random.uniform(0.5, 0.9) * (1, random.uniform(0, 1)) + rim
    corners = np.vstack([cheeks[0], rim, cheeks[1], below[::-1]])
    corners += (corners - corners.mean(axis=0)) * random.uniform(0.0, 0.08)
    outline = np.zeros(face.shape[:2], dtype=np.float32)
    cv2.fillPoly(outline, [corners.astype(np.int32)], 1.0)
    cloth = cv2.GaussianBlur(outline, (0, 0), random.uniform(0.004, 0.015) * side)[:, :, None]
    painted = _weave(side, random) * _shade(side, (rim + chin) / 2, random)
    # Light and shadow of the face fall on the cloth, more or less.
    glow = cv2.GaussianBlur(face.mean(axis=2).astype(np.float32), (0, 0), side / 10)
    light = np.clip(glow / max(1.0, float(glow.mean())), 0.5, 1.5)
    painted *= light[:, :, None] ** random.uniform(0, 1)
    painted += random.normal(0, random.uniform(0, 6), face.shape)
    face[:] = np.clip(face * (1 - cloth) + painted * cloth, 0, 255).astype(np.uint8)


def _weave(side: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return (side, side, 3) cloth: of one color, or of a second one in stripes, checks, dots or patches."""
    first, second = _cloth_color(random), _cloth_color(random)
    if random.random() < _PLAIN_SHARE:
        second = first
    where = _waves(side, random) if random.random() < _EVEN_CHANCE else _patches(side, random)
    if random.random() < _EVEN_CHANCE:  # sharp borders between the two
        where = (where > random.uniform(0.3, 0.7)).astype(np.float64)
    woven = first + (second - first) * where[:, :, None]
    if random.random() < _PATCHWORK_SHARE:  # a print of many colors
        woven += 90 * (_patches(side, random, channels=3) - 0.5)
    return np.asarray(np.clip(woven, 5, 250), dtype=np.float64)


def _waves(side: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return (side, side) stripes, or checks and dots where two sets of stripes cross, in 0..1."""
    turn = random.uniform(0, np.pi)
    y, x = np.mgrid[0:side, 0:side] / side
    stripes = []
    for angle in (turn, turn + np.pi / 2):
        place = x * np.cos(angle) + y * np.sin(angle)
        stripes.append(np.sin(2 * np.pi * (place * random.uniform(6, 40) + random.random())) / 2 + 0.5)
    return np.asarray(stripes[0] if random.random() < _EVEN_CHANCE else stripes[0] * stripes[1])


def _patches(side: int, random: np.random.Generator, channels: int = 1) -> NDArray[np.float64]:
    """Return (side, side) or (side, side, 3) noise, coarse or fine, soft or in squares, in 0..1."""
    count = int(random.integers(4, 40))
    soft = cv2.INTER_LINEAR if random.random() < _EVEN_CHANCE else cv2.INTER_NEAREST
    grown = cv2.resize(random.random((count, count, channels)), (side, side), interpolation=soft)
    return np.asarray(grown, dtype=np.float64)


def _shade(side: int, middle: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float64]:
    """Return (side, side, 1) factors: darker towards the chin, towards the rim of a cup, and in folds."""
    y, x = np.mgrid[0:side, 0:side]
    shade = np.linspace(1.08, random.uniform(0.6, 1.0), side)[:, None] * np.ones((side, side))
    away = np.hypot(x - middle[0], y - middle[1]) / (0.5 * side)
    shade *= 1 - random.uniform(0, 0.5) * np.clip(away, 0, 1)
    for _ in range(int(random.integers(0, 5))):
        fold = round(float(middle[1] + random.uniform(-0.25, 0.25) * side))
        shade[max(0, fold - 1) : max(0, fold + 1)] *= random.uniform(0.75, 1.1)
    return np.asarray(shade[:, :, None], dtype=np.float64)


def _cloth_color(random: np.random.Generator) -> NDArray[np.float64]:
    """Return the color of a mask: white, surgical blue, black or anything else."""
    base = ((235, 235, 235), (150, 190, 215), (35, 35, 40), tuple(random.uniform(20, 240, 3)))[
        int(random.integers(0, 4))
    ]
    return np.clip(np.array(base) + random.normal(0, 10, 3), 5, 250)


def _draw_hand(
    face: NDArray[np.uint8],
    bridge: NDArray[np.float32],
    jaw: NDArray[np.float32],
    random: np.random.Generator,
) -> None:
    """Paint a palm or fingers over the mouth, in the shade of the face's own skin."""
    side = face.shape[0]
    chin = jaw[len(jaw) // 2]
    mouth = bridge + (chin - bridge) * random.uniform(0.58, 0.72)
    tip = np.clip(bridge + (chin - bridge) * 0.2, 0, side - 1).astype(int)
    skin = face[tip[1], tip[0]].astype(float) * random.uniform(0.7, 1.1)
    angle = random.uniform(-40, 40)
    count = int(random.integers(1, 5))
    for number in range(count):
        shade = [int(v) for v in np.clip(skin * random.uniform(0.85, 1.05), 0, 255)]
        offset = (number - (count - 1) / 2) * 0.11 * side
        turn = np.deg2rad(angle + 90)
        center = mouth + np.array([np.cos(turn), np.sin(turn)]) * offset
        axes = (
            round(side * random.uniform(0.24, 0.4)),
            round(side * (0.07 if count > 1 else random.uniform(0.14, 0.2))),
        )
        cv2.ellipse(face, tuple(center.astype(int).tolist()), axes, angle, 0, 360, shade, -1)


def _move(
    crop: NDArray[np.uint8], size: int, augmentation: Augmentation, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Mirror, turn, scale, shear and shift in one resampling."""
    side = crop.shape[0]
    # Serving turns every face upright first, so only its small errors are left to learn. A normal
    # distribution has no bound; an aligned face is never turned by more than 30 degrees.
    angle = np.deg2rad(np.clip(random.normal(0, augmentation.rotation), -30, 30))
    scale = (1 + augmentation.scale) ** random.uniform(-1, 1) * size / side
    mirror = random.choice((-1.0, 1.0))  # a mirrored smile is a smile: twice as many faces for nothing
    shear = random.uniform(-augmentation.shear, augmentation.shear)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = scale * rotation @ np.array([[mirror, shear], [0, 1]])
    shift = random.uniform(-augmentation.shift, augmentation.shift, 2) * size
    center = np.full(2, (side - 1) / 2)
    # The middle of the crop goes to the middle of the result, plus the shift: turning about a corner would
    # move the face out of the picture.
    offset = np.full(2, (size - 1) / 2) + shift - linear @ center
    matrix = np.column_stack([linear, offset])
    # The edges are reflected. Black corners would tell the network how far the face was turned.
    moved = cv2.warpAffine(
        crop, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(moved, dtype=np.uint8)


def _relight(
    face: NDArray[np.uint8], augmentation: Augmentation, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Change channel gains, exposure and the direction of light."""
    light = face.astype(np.float32) / 255
    if augmentation.color and random.random() < 2 * augmentation.chance:
        # Each channel by its own factor: evening light is red, a screen is blue.
        light *= random.uniform(1 - augmentation.color, 1 + augmentation.color, 3).astype(np.float32)
    if augmentation.gamma and random.random() < 2 * augmentation.chance:
        light = np.clip(light, 0, 1) ** np.float32(
            2 ** random.uniform(-augmentation.gamma, augmentation.gamma)
        )
    if augmentation.ramp and random.random() < augmentation.chance:
        direction = random.uniform(0, 2 * np.pi)
        axis = np.linspace(-1, 1, face.shape[0], dtype=np.float32)
        slope = axis[None, :] * np.float32(np.cos(direction)) + axis[:, None] * np.float32(np.sin(direction))
        light *= (1 + np.float32(random.uniform(0, augmentation.ramp)) * slope)[..., None]
    return np.asarray(np.clip(light, 0, 1) * 255, dtype=np.uint8)


def _cover(
    face: NDArray[np.uint8], augmentation: Augmentation, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Lay an ellipse or a rectangle of one shade over part of the face."""
    if not augmentation.cover or random.random() >= augmentation.chance:
        return face
    side = face.shape[0]
    width, height = (random.uniform(0.1, augmentation.cover, 2) * side / 2 + 1).astype(int).tolist()
    x, y = random.integers(0, side, 2).tolist()
    pixel = face[random.integers(0, side), random.integers(0, side)]
    # Half of the patches have a shade of the face itself: a patch that always stood out would be easy to
    # ignore.
    drawn = pixel if random.random() < _EVEN_CHANCE else random.integers(0, 256, 3)
    shade = [int(value) for value in drawn]
    covered = face.copy()
    if random.random() < _EVEN_CHANCE:
        cv2.ellipse(covered, (x, y), (width, height), random.uniform(0, 180), 0, 360, shade, -1)
    else:
        cv2.rectangle(covered, (x - width, y - height), (x + width, y + height), shade, -1)
    return covered


def _degrade(
    face: NDArray[np.uint8], augmentation: Augmentation, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Blur, lose detail, add sensor noise, compress: in the order in which a camera and a chat do."""
    side, chance = face.shape[0], augmentation.chance
    if augmentation.blur and random.random() < chance:
        sigma = random.uniform(0.2, max(0.25, augmentation.blur * side))
        face = np.asarray(cv2.GaussianBlur(face, (0, 0), sigma), dtype=np.uint8)
    if augmentation.shrink < 1 and random.random() < chance:
        small = max(8, round(side * random.uniform(augmentation.shrink, 1)))
        face = _resize(_resize(face, small, cv2.INTER_AREA), side, cv2.INTER_LINEAR)
    if augmentation.noise and random.random() < chance:
        grain = random.standard_normal(face.shape, dtype=np.float32) * random.uniform(0, augmentation.noise)
        face = np.clip(face + grain, 0, 255).astype(np.uint8)
    if augmentation.jpeg < _BEST_QUALITY and random.random() < chance:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(augmentation.jpeg, 95))]
        face = np.asarray(cv2.imdecode(cv2.imencode(".jpg", face, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    return face


def _resize(face: NDArray[np.uint8], side: int, interpolation: int) -> NDArray[np.uint8]:
    """Scale a square face to another side."""
    return np.asarray(cv2.resize(face, (side, side), interpolation=interpolation), dtype=np.uint8)
