"""Find the faces of a photo, also small ones, those that the frame cuts, that fill it, or that lie turned.

The detector sees 256 x 256 pixels and knows upright faces between about 1/10 and 1/2 of that. So a photo is
looked at once more from closer by when its faces are small, from further off when a face fills it or lies at
its edge, and turned when nobody is upright in it. The common photo, one or two clear faces, costs one look.
As every candidate is verified, the detector may propose a lot.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classifier.faces.face_detection import FaceFinder
from classifier.faces.face_verification import FaceVerifier
from classifier.opencv import cv2
from classifier.types import Box, Keypoints, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from numpy.typing import NDArray

    from classifier.faces.face_verification import VerifiedFace
    from classifier.types import DetectedFace

FIRST_LOOK_SCORE = 0.4
LATER_LOOK_SCORE = 0.5
"""What further looks ask of a candidate: there are more of them, and each is verified."""

SMALLEST_FACE = 10
"""Pixels of a face's side: nobody could say what a smaller one expresses."""

_LOOK_SIZE = 256  # the detector's own resolution
_UPRIGHT_SCORE = 0.7  # a face scored so, with level eyes, settles which way is up
_LEVEL_EYES = 60  # degrees that the line through the eyes may be off for "upright"
_TURN_MARGIN = 0.05  # how much better a face must score in a turned photo
_SMALLEST_TURNED_FACE = 0.05  # of the longer side: tiny ones look upright whichever way they lie
_AT_EDGE = 0.25  # of a face's side: a face so close to the photo's edge may have neighbors that the edge cuts
_FILLS_FRAME = 0.6  # of the shorter side: from here on the key points are off
_SMALL_FACE = 0.1  # of the view's side: below it faces are missed
_ROUGH_FACE = 0.18  # of the view's side: below it boxes may be twice too large
_TILE_OVERLAP = 0.3  # of a tile's side
_SMALLEST_TILE = 192  # pixels: from closer by there is nothing more to see
_LEVELS = 3  # tiles of 1/2, 1/4 and 1/8 of the longer side
_SAME_FACE = 0.3  # intersection over union
_PIECE = 0.5  # of a box inside another face's box: no face of its own
_CUT_OFF = 0.1  # of a box outside its tile
_ONE_PERSON = 0.35  # of a face's width: two faces whose middles lie closer are one


class FaceSearch:
    """Looks at a photo as often as it needs, and verifies what it finds. Not thread-safe: one a worker."""

    def __init__(self) -> None:
        self._finder = FaceFinder(FIRST_LOOK_SCORE)
        self._verifier = FaceVerifier()

    def find(self, image: NDArray[np.uint8]) -> list[VerifiedFace]:
        """Find all faces.

        Args:
            image: (H, W, 3) RGB.

        Returns:
            Clearest first, in pixels of `image`. Boxes may reach over its edges.
        """
        seen = _Seen(image, self._verifier)
        faces = self._find_either_way(image, seen)
        return _one_each(
            [found for face in faces if _side(face) >= SMALLEST_FACE and (found := seen.verify(face))]
        )

    def _find_either_way(self, image: NDArray[np.uint8], seen: _Seen) -> list[DetectedFace]:
        """Look at the photo as it lies; if nobody is upright in it, also turned."""
        faces = self._finder.find(image)
        # The cheapest question first. Most photos have somebody upright in them, and are never turned.
        if seen.has_upright(faces):
            return self._look_again(image, faces)
        # A face that fills the frame is too large for the first look: it is looked for before anything turns.
        faces = self._look_again(image, _merge(faces, self._look_from_afar(image)))
        if seen.has_upright(faces):
            return faces
        turns = self._choose_turns(image, _best_upright_score(faces))
        if not turns:
            return faces
        turned = np.ascontiguousarray(np.rot90(image, turns))
        found = self._look_again(turned, _merge(self._finder.find(turned), self._look_from_afar(turned)))
        found = [_turn_back(face, turns, image.shape[0], image.shape[1]) for face in found]
        # Turned, a thing may look like a face, too: the photo stays as it lies unless a face is verified.
        return found if any(seen.verify(face) for face in found) else faces

    def _look_again(self, image: NDArray[np.uint8], faces: list[DetectedFace]) -> list[DetectedFace]:
        """Look from further off, or from closer by, where the faces found so far call for it."""
        height, width = image.shape[:2]
        # With a margin around the photo a face that fills it has room, and one that its edge cuts is whole.
        if any(_side(face) > _FILLS_FRAME * min(height, width) for face in faces) or (
            len(faces) > 1 and any(_is_at_edge(face, height, width) for face in faces)
        ):
            faces = _merge(faces, self._look_from_afar(image))
        view = max(height, width)
        # Each level halves the view, so that the detector sees a face twice as large.
        for level in range(_LEVELS):
            small = [face for face in faces if _side(face) < _SMALL_FACE * view]
            if view // 2 < _SMALLEST_TILE or not (small or (level == 0 and not faces)):
                break
            rough = {face.box for face in faces if _side(face) < _ROUGH_FACE * view}
            view //= 2
            # After the first level, look only where small faces are: they stand together.
            faces = _merge(faces, self._look_at_tiles(image, view, near=small if level else None), rough)
        return sorted(faces, key=lambda face: -face.score)

    def _look_from_afar(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        """Look for large faces, with as much margin around the photo as to halve it."""
        height, width = image.shape[:2]
        scale = _LOOK_SIZE / 2 / max(height, width)
        small = _shrink(image, scale)
        margin = _LOOK_SIZE // 4
        faces = self._finder.find(
            cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_REPLICATE)  # type: ignore[arg-type]
        )
        ratio_x, ratio_y = width / small.shape[1], height / small.shape[0]
        return [
            _move(face, lambda p: Point((p.x - margin) * ratio_x, (p.y - margin) * ratio_y))
            for face in faces
            if face.score >= LATER_LOOK_SCORE
        ]

    def _look_at_tiles(
        self, image: NDArray[np.uint8], tile: int, near: list[DetectedFace] | None
    ) -> list[DetectedFace]:
        """Look at the overlapping squares of side `tile` that cover the photo, or those near some faces."""
        height, width = image.shape[:2]
        found: list[DetectedFace] = []
        for top in _tile_starts(height, tile):
            for left in _tile_starts(width, tile):
                if near is not None and not any(_is_near(face.box, left, top, tile) for face in near):
                    continue
                view = image[top : top + tile, left : left + tile]
                # What a tile's edge cuts off is whole in the next tile: tiles overlap.
                faces = [
                    face
                    for face in self._finder.find(view)
                    if face.score >= LATER_LOOK_SCORE
                    and not _is_cut_off(face.box, view.shape, image.shape, top, left)
                ]
                moved = [_shift(face, left, top) for face in faces]
                found = _merge(found, moved)
        return found

    def _choose_turns(self, image: NDArray[np.uint8], upright_score: float) -> int:
        """Count the quarter turns (counterclockwise) that show faces clearly better; 0 for none."""
        small = _shrink(image, min(1.0, _LOOK_SIZE / max(image.shape[:2])))
        smallest = _SMALLEST_TURNED_FACE * max(small.shape[:2])
        scores = {}
        # Of equal scores the first wins: photos lie on a side more often than on their head.
        for turns in (1, 3, 2):
            faces = self._finder.find(np.ascontiguousarray(np.rot90(small, turns)))
            scores[turns] = _best_upright_score([face for face in faces if _side(face) >= smallest])
        best = max(scores, key=lambda turns: scores[turns])
        return best if scores[best] >= max(LATER_LOOK_SCORE, upright_score + _TURN_MARGIN) else 0


class _Seen:
    """Remembers the verifier's answers for one photo, so that no candidate is verified twice."""

    def __init__(self, image: NDArray[np.uint8], verifier: FaceVerifier) -> None:
        self._image, self._verifier = image, verifier
        self._said: dict[DetectedFace, VerifiedFace | None] = {}

    def verify(self, face: DetectedFace) -> VerifiedFace | None:
        """Return the candidate as a face, None when it is none."""
        if face not in self._said:
            self._said[face] = self._verifier.verify(self._image, face)
        return self._said[face]

    def has_upright(self, faces: list[DetectedFace]) -> bool:
        """Tell whether one clear candidate with level eyes is a face that can be read."""
        level = (
            face
            for face in faces
            if face.score >= _UPRIGHT_SCORE and abs(_tilt(face.keypoints)) <= _LEVEL_EYES
        )
        return any(found.is_readable for face in level if (found := self.verify(face)))


def _one_each(faces: list[VerifiedFace]) -> list[VerifiedFace]:
    """Keep the clearest of several proposals for one person, whose middles coincide."""
    kept: list[VerifiedFace] = []
    for face in sorted(
        faces, key=lambda face: (-face.is_readable, -face.landmarks.presence, -face.face.score)
    ):
        x, y = face.middle()
        near = (
            other
            for other in kept
            if math.hypot(x - other.middle()[0], y - other.middle()[1])
            < _ONE_PERSON * max(face.width(), other.width())
        )
        if next(near, None) is None:
            kept.append(face)
    return kept


def _is_at_edge(face: DetectedFace, height: int, width: int) -> bool:
    """Tell whether a face lies at the photo's edge, or nearly."""
    slack = _AT_EDGE * _side(face)
    box = face.box
    return (
        min(box.x, box.y) < slack or box.x + box.width > width - slack or box.y + box.height > height - slack
    )


def _shrink(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Resize by a factor."""
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return np.asarray(small, dtype=np.uint8)


def _side(face: DetectedFace) -> int:
    return max(face.box.width, face.box.height)


def _is_near(box: Box, left: int, top: int, tile: int) -> bool:
    """Tell whether a box's middle is in a tile, or less than half a tile away from it."""
    x, y = box.x + box.width / 2 - left, box.y + box.height / 2 - top
    return -tile / 2 < x < 1.5 * tile and -tile / 2 < y < 1.5 * tile


def _best_upright_score(faces: list[DetectedFace]) -> float:
    """Give the score of the best face whose eyes are level or nearly so; 0.0 if there is none."""
    return max((face.score for face in faces if abs(_tilt(face.keypoints)) <= _LEVEL_EYES), default=0.0)


def _tilt(keypoints: Keypoints) -> float:
    """Give the angle of the line through the eyes in degrees; 0 is upright, 180 upside down."""
    (x0, y0), (x1, y1) = keypoints.left_eye, keypoints.right_eye
    return math.degrees(math.atan2(y1 - y0, x1 - x0))


def _tile_starts(length: int, tile: int) -> list[int]:
    """Space tiles evenly over a side so that neighbors overlap by `_TILE_OVERLAP` or more."""
    if length <= tile:
        return [0]
    count = math.ceil((length - tile) / (tile * (1 - _TILE_OVERLAP))) + 1
    return [round(start) for start in np.linspace(0, length - tile, count)]


def _is_cut_off(box: Box, view: tuple[int, ...], whole: tuple[int, ...], top: int, left: int) -> bool:
    """Tell whether a face reaches over an edge of its tile that is not the photo's edge."""
    slack = _CUT_OFF * max(box.width, box.height)
    return (
        (left > 0 and box.x < -slack)
        or (top > 0 and box.y < -slack)
        or (left + view[1] < whole[1] and box.x + box.width > view[1] + slack)
        or (top + view[0] < whole[0] and box.y + box.height > view[0] + slack)
    )


def _merge(
    faces: list[DetectedFace], later: list[DetectedFace], rough: Container[Box] = frozenset()
) -> list[DetectedFace]:
    """Merge the faces of a later look: it may improve known faces, and pieces of known faces are dropped.

    Args:
        faces: Known so far.
        later: Found from closer by, or from further off.
        rough: Boxes of known faces that were too small for their size to be trusted.
    """
    kept = list(faces)
    added: list[DetectedFace] = []
    # Clearest first: what comes later gives way to it.
    for face in sorted(later, key=lambda face: -face.score):
        others = [known for known in kept if not _is_same(known.box, face.box, rough)]
        # From closer by a face is seen whole that was known in pieces only, such as an eye or a chin.
        inside = [known for known in others if _overlap(known.box, face.box)[1] > _PIECE]
        if any(_overlap(face.box, known.box)[1] > _PIECE for known in others + added) or any(
            known.score > face.score for known in inside
        ):
            continue
        kept = [known for known in others if known not in inside]
        added.append(face)
    return kept + added


def _is_same(known: Box, later: Box, rough: Container[Box]) -> bool:
    """Tell whether two boxes hold one face."""
    same, _, of_later = _overlap(known, later)
    return same > _SAME_FACE or (known in rough and of_later > _PIECE)


def _overlap(a: Box, b: Box) -> tuple[float, float, float]:
    """Give the intersection over the union, over `a` and over `b`."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    common = max(0, width) * max(0, height)
    area_a, area_b = a.width * a.height, b.width * b.height
    return common / (area_a + area_b - common), common / area_a, common / area_b


def _move(face: DetectedFace, move: Callable[[Point], Point]) -> DetectedFace:
    """Move a face's box and key points to other coordinates."""
    x, y, width, height = face.box
    (x0, y0), (x1, y1) = move(Point(x, y)), move(Point(x + width, y + height))
    left, top, right, bottom = (round(v) for v in (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    box = Box(left, top, max(1, right - left), max(1, bottom - top))
    return replace(face, box=box, keypoints=Keypoints(*(move(point) for point in face.keypoints)))


def _shift(face: DetectedFace, left: int, top: int) -> DetectedFace:
    return _move(face, lambda p: Point(p.x + left, p.y + top))


def _turn_back(face: DetectedFace, turns: int, height: int, width: int) -> DetectedFace:
    """Undo `np.rot90(image, turns)` for a face; height and width are those of `image` before it."""
    moves: dict[int, Callable[[Point], Point]] = {
        1: lambda p: Point(width - p.y, p.x),
        2: lambda p: Point(width - p.x, height - p.y),
        3: lambda p: Point(p.y, height - p.x),
    }
    return _move(face, moves[turns])
