"""How often a photo is looked at, and which proposals of the detector are one face."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from classifier.faces.face_detection import FaceFinder, _intersection_over_union, _merge_overlapping
from classifier.faces.face_landmarks import Landmarks, view_of
from classifier.faces.face_search import (
    FaceSearch,
    _best_upright_score,
    _is_at_edge,
    _is_cut_off,
    _is_near,
    _merge,
    _one_each,
    _tile_starts,
)
from classifier.faces.face_verification import VerifiedFace
from classifier.types import Box, DetectedFace, Keypoints, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray


def build_face(box: tuple[int, int, int, int], score: float = 0.9, tilt: float = 0.0) -> DetectedFace:
    """Build a proposal; `tilt` degrees are between its eyes and the horizontal."""
    x, y, width, height = box
    step = np.array([np.cos(np.radians(tilt)), np.sin(np.radians(tilt))]) * width / 4
    middle = np.array([x + width / 2, y + height / 2])
    left, right = (Point(*(middle + sign * step).tolist()) for sign in (-1, 1))
    other = Point(*middle.tolist())
    return DetectedFace(Box(*box), Keypoints(left, right, other, other, left, right), score)


def build_verified(
    box: tuple[int, int, int, int], *, presence: float = 1.0, is_readable: bool = False, score: float = 0.9
) -> VerifiedFace:
    x, y, width, height = box
    points = np.full((468, 3), (x + width / 2, y + height / 2, 0.0))
    # So that its width by landmarks is the box's.
    points[0, :2], points[3, :2] = (x, y), (x + width, y + width)
    return VerifiedFace(build_face(box, score), Landmarks(points, presence), is_readable)


class Finder:
    """Stands in for the detector: gives one answer for each look, and notes the shapes that it saw."""

    def __init__(self, *answers: list[DetectedFace]) -> None:
        self._answers = list(answers)
        self.shapes: list[tuple[int, int]] = []

    def find(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        """Give the next answer; no face once there is none."""
        self.shapes.append(image.shape[:2])
        return self._answers.pop(0) if self._answers else []


class Verifier:
    """Stands in for the verifier: takes every proposal for a face."""

    def __init__(self, *, is_readable: bool = True) -> None:
        self._is_readable = is_readable
        self.asked: list[Box] = []

    def verify(self, _image: NDArray[np.uint8], face: DetectedFace) -> VerifiedFace:
        """Take it for a face."""
        self.asked.append(face.box)
        return replace(build_verified(face.box), face=face, is_readable=self._is_readable)


def look(
    shape: tuple[int, int], *answers: list[DetectedFace], verifier: Verifier | None = None
) -> tuple[list[VerifiedFace], Finder]:
    """Search a picture with a detector that gives these answers."""
    search = FaceSearch.__new__(FaceSearch)
    search._finder, search._verifier = finder, _ = Finder(*answers), verifier or Verifier()
    return search.find(np.zeros((*shape, 3), dtype=np.uint8)), finder


@pytest.mark.parametrize(("side", "count"), [(9, 0), (10, 1)])
def test_a_face_of_ten_pixels_is_the_smallest(side: int, count: int) -> None:
    """Nobody could say what a smaller one expresses; the longer side counts."""
    found, _ = look((256, 256), [build_face((100, 100, side - 2, side))])
    assert len(found) == count


@pytest.mark.parametrize(
    ("score", "tilt", "looks"),
    [(0.7, 0, 1), (0.69, 0, 5), (0.9, 59.9, 1), (0.9, -59.9, 1), (0.9, 60.1, 5), (0.9, 180, 5)],
)
def test_one_clear_upright_face_settles_which_way_is_up(score: float, tilt: float, looks: int) -> None:
    """From a score of 0.7, with eyes that are level to 60 degrees; else also from afar and in three turns."""
    _, finder = look((256, 256), [build_face((100, 100, 60, 60), score, tilt)])
    assert len(finder.shapes) == looks


def test_a_face_that_cannot_be_read_does_not_settle_which_way_is_up() -> None:
    """Its eyes may be anything."""
    _, finder = look((256, 256), [build_face((100, 100, 60, 60))], verifier=Verifier(is_readable=False))
    assert len(finder.shapes) == 5


@pytest.mark.parametrize(("side", "looks"), [(153, 1), (154, 2)])
def test_a_face_that_fills_the_frame_is_looked_at_from_afar(side: int, looks: int) -> None:
    """From six tenths of the shorter side on: there its key points are off."""
    _, finder = look((256, 400), [build_face((50, 50, side, side))])
    assert len(finder.shapes) == looks


@pytest.mark.parametrize(("x", "looks"), [(15, 1), (14, 2)])
def test_beside_a_face_at_the_edge_of_a_group_more_are_looked_for(x: int, looks: int) -> None:
    """A neighbor may be cut by the frame: one look more from afar, but not for somebody who is alone."""
    at_edge, other = build_face((x, 100, 60, 60)), build_face((120, 100, 60, 60))
    _, finder = look((256, 256), [at_edge, other])
    assert len(finder.shapes) == looks
    _, finder = look((256, 256), [at_edge])
    assert len(finder.shapes) == 1


@pytest.mark.parametrize(("side", "looks"), [(103, 1), (102, 10)])
def test_small_faces_are_looked_at_from_closer_by(side: int, looks: int) -> None:
    """Below a tenth of the view's side faces are missed: the photo is looked at in nine overlapping tiles."""
    _, finder = look((1024, 1024), [build_face((500, 500, side, side))])
    assert len(finder.shapes) == looks
    assert set(finder.shapes[1:]) <= {(512, 512)}


@pytest.mark.parametrize(("side", "looks"), [(383, 5), (384, 14)])
def test_from_closer_by_than_192_pixels_there_is_nothing_to_see(side: int, looks: int) -> None:
    """Where nobody was found: as it lies, from afar, in tiles if these are of 192 pixels or more, turned."""
    _, finder = look((side, side))
    assert len(finder.shapes) == looks


def test_tiles_shrink_three_times_and_only_around_small_faces() -> None:
    """Halves, quarters and eighths of the longer side: small faces stand together."""
    tiny = build_face((2000, 2000, 20, 20))
    _, finder = look((4096, 4096), [tiny])
    assert finder.shapes.count((2048, 2048)) == 9
    quarters, eighths = finder.shapes.count((1024, 1024)), finder.shapes.count((512, 512))
    assert 0 < quarters < 36
    assert 0 < eighths < 144
    assert {shape[0] for shape in finder.shapes} == {4096, 2048, 1024, 512}


@pytest.mark.parametrize(("score", "count"), [(0.5, 1), (0.49, 0)])
def test_later_looks_ask_for_more(score: float, count: int) -> None:
    """There are more of them than the first: from a score of 0.5."""
    for answers in (
        [[], [build_face((80, 80, 60, 60), score)]],
        [[], [], [build_face((50, 50, 60, 60), score)]],
    ):
        found, _ = look((512, 512), *answers)
        assert len(found) == count


@pytest.mark.parametrize(
    ("upright", "turned", "is_turned"),
    [(0.5, 0.55, True), (0.5, 0.54, False), (0.0, 0.5, True), (0.0, 0.49, False), (0.68, 0.72, False)],
)
def test_a_photo_is_turned_only_for_clearly_better_faces(
    upright: float, turned: float, is_turned: bool
) -> None:
    """By 0.05 of the score, and to no less than 0.5."""
    first = [build_face((100, 100, 60, 60), upright)] if upright else []
    lying = [build_face((100, 100, 60, 60), turned)]
    _, finder = look((256, 256), first, [], lying, [], [])
    # As it lies, from afar, three turns; then the turned photo as it lies and from afar.
    assert len(finder.shapes) == (7 if is_turned else 5)


@pytest.mark.parametrize(("side", "is_turned"), [(13, True), (12, False)])
def test_tiny_faces_turn_no_photo(side: int, is_turned: bool) -> None:
    """Below a twentieth of the longer side they look upright whichever way they lie."""
    _, finder = look((256, 256), [], [], [build_face((100, 100, side, side))])
    assert len(finder.shapes) > 5 if is_turned else len(finder.shapes) == 5


def test_where_turning_shows_no_face_the_photo_stays_as_it_lies() -> None:
    """What the turned look proposes must be a face, too."""

    class Doubter(Verifier):
        def verify(self, image: NDArray[np.uint8], face: DetectedFace) -> VerifiedFace | None:
            """Take a face for one only where it was seen first."""
            return super().verify(image, face) if face.box == Box(30, 30, 60, 60) else None

    first, lying = [build_face((30, 30, 60, 60), 0.6)], [build_face((100, 100, 60, 60), 0.9)]
    found, _ = look((256, 256), first, [], lying, [], [], lying, verifier=Doubter())
    assert [one.face.box for one in found] == [Box(30, 30, 60, 60)]


def test_no_candidate_is_verified_twice() -> None:
    """It costs milliseconds."""
    verifier = Verifier(is_readable=False)
    look((256, 256), [build_face((100, 100, 60, 60))], verifier=verifier)
    assert verifier.asked == [Box(100, 100, 60, 60)]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((10, 50, 40, 40), False),
        ((9, 50, 40, 40), True),
        ((50, 9, 40, 40), True),
        ((150, 50, 40, 40), False),
        ((151, 50, 40, 40), True),
        ((50, 50, 40, 40), False),
        ((50, 51, 40, 40), True),
    ],
)
def test_an_edge_is_near_within_a_quarter_of_the_face(box: tuple[int, int, int, int], expected: bool) -> None:
    """Of its longer side."""
    assert _is_at_edge(build_face(box), 100, 200) == expected


@pytest.mark.parametrize(
    ("x", "expected"), [(-50, False), (-49, True), (149, True), (150, False), (50, True)]
)
def test_a_tile_is_near_within_half_of_its_side(x: int, expected: bool) -> None:
    """Of the middle of a face, in either direction."""
    assert _is_near(Box(x - 5, 45, 10, 10), 0, 0, 100) == expected
    assert _is_near(Box(45, x - 5, 10, 10), 0, 0, 100) == expected


@pytest.mark.parametrize(
    ("length", "starts"),
    [(80, [0]), (100, [0]), (101, [0, 1]), (170, [0, 70]), (171, [0, 36, 71]), (240, [0, 70, 140])],
)
def test_tiles_overlap_by_three_tenths_or_more(length: int, starts: list[int]) -> None:
    """A face of that size that one tile cuts is whole in the next."""
    assert _tile_starts(length, 100) == starts


@pytest.mark.parametrize(
    ("box", "place", "expected"),
    [
        ((-5, 20, 50, 50), (0, 50), False),
        ((-6, 20, 50, 50), (0, 50), True),
        ((-6, 20, 50, 50), (0, 0), False),
        ((20, -6, 50, 50), (50, 0), True),
        ((20, -6, 50, 50), (0, 0), False),
        ((55, 20, 50, 50), (0, 50), False),
        ((56, 20, 50, 50), (0, 50), True),
        ((56, 20, 50, 50), (0, 100), False),
        ((20, 56, 50, 50), (50, 0), True),
        ((20, 56, 50, 50), (100, 0), False),
    ],
)
def test_a_face_is_cut_off_by_an_edge_of_its_tile_but_not_of_the_photo(
    box: tuple[int, int, int, int], place: tuple[int, int], expected: bool
) -> None:
    """By more than a tenth of its side; another tile has it whole."""
    assert _is_cut_off(Box(*box), (100, 100, 3), (200, 200, 3), *place) == expected


def boxes_of(faces: list[DetectedFace]) -> set[Box]:
    return {face.box for face in faces}


def test_a_later_look_improves_what_is_the_same_face() -> None:
    """Of two boxes that share more than three tenths of their union the later one stays."""
    known = build_face((0, 0, 100, 100), 0.9)
    same, other = build_face((53, 0, 100, 100), 0.5), build_face((54, 0, 100, 100), 0.5)
    assert boxes_of(_merge([known], [same])) == {same.box}
    assert boxes_of(_merge([known], [other])) == {known.box, other.box}


def test_a_piece_of_a_face_is_no_face() -> None:
    """More than half of it lies inside another: it goes, and so does a known piece that scores less."""
    known = build_face((0, 0, 100, 100), 0.9)
    half, piece = build_face((90, 40, 20, 20), 0.95), build_face((89, 40, 20, 20), 0.95)
    assert boxes_of(_merge([known], [half])) == {known.box, half.box}
    assert boxes_of(_merge([known], [piece])) == {known.box}
    weak = build_face((40, 40, 20, 20), 0.6)
    whole = build_face((0, 0, 100, 100), 0.6)
    assert boxes_of(_merge([weak], [whole])) == {whole.box}
    assert boxes_of(_merge([replace(weak, score=0.61)], [whole])) == {weak.box}


def test_a_rough_box_gives_way_to_a_face_inside_it() -> None:
    """Boxes of faces too small for their look may be twice too large."""
    rough, exact = build_face((0, 0, 100, 100), 0.9), build_face((30, 30, 40, 40), 0.6)
    assert boxes_of(_merge([rough], [exact], {rough.box})) == {exact.box}
    assert boxes_of(_merge([rough], [exact])) == {rough.box}


@pytest.mark.parametrize(("apart", "count"), [(34, 1), (35, 2)])
@pytest.mark.parametrize("is_readable", [True, False])
def test_two_middles_within_a_third_of_a_face_are_one_person(
    apart: int, count: int, is_readable: bool
) -> None:
    """35% of the wider face."""
    one, other = (build_verified((x, 0, 100, 100), is_readable=is_readable) for x in (0, apart))
    assert len(_one_each([one, other])) == count


def test_of_several_proposals_for_a_person_the_clearest_stays() -> None:
    """A readable one first, then the one whose face is surer, then the detector's favorite."""
    readable = build_verified((0, 0, 100, 100), presence=0.6, is_readable=True, score=0.5)
    present = build_verified((1, 0, 100, 100), presence=0.9, score=0.5)
    scored = build_verified((2, 0, 100, 100), presence=0.9, score=0.8)
    assert _one_each([present, scored, readable]) == [readable]
    assert _one_each([present, scored]) == [scored]


def test_the_best_score_is_that_of_a_face_with_level_eyes() -> None:
    """One that lies on its side counts for nothing."""
    lying, level = build_face((0, 0, 50, 50), 0.9, 61), build_face((0, 0, 50, 50), 0.4, 60)
    assert _best_upright_score([lying, level]) == 0.4
    assert _best_upright_score([lying]) == 0


def test_boxes_that_share_three_tenths_of_their_union_are_two_faces() -> None:
    """More than that is one: its points are the mean, weighted by the scores."""
    points = np.zeros((2, 8, 2), dtype=np.float32)
    points[:, 1] = 100
    points[:, 2:] = 40
    scores = np.array([0.9, 0.6], dtype=np.float32)
    points[:, 1, 0] = 13
    for apart, count in ((7, 2), (6.9, 1)):
        points[1, 0, 0] = apart
        assert len(_merge_overlapping(points, scores)) == count
    points[:, 1, 0], points[1, 0, 0] = 100, 53
    points[1, 2:] = 90
    (face,) = _merge_overlapping(points, scores)
    assert face.score == pytest.approx(0.9)
    assert face.keypoints.nose.x == pytest.approx((0.9 * 40 + 0.6 * 90) / 1.5)
    assert face.box.x + face.box.width / 2 == pytest.approx(0.6 * 53 / 1.5, abs=1)


def test_the_share_of_two_boxes_is_that_of_their_union() -> None:
    """Boxes that do not touch share nothing, however they lie."""
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [10, 10, 20, 20], [50, 50, 60, 60]], dtype=np.float32)
    assert _intersection_over_union(boxes[0], boxes).tolist() == pytest.approx([1, 1 / 3, 0, 0])


def test_a_face_is_proposed_from_the_score_that_was_asked_for(astronaut: NDArray[np.uint8]) -> None:
    """Not from another one."""
    (face,) = FaceFinder(0.3).find(astronaut)
    assert FaceFinder(face.score - 0.001).find(astronaut)
    assert not FaceFinder(face.score + 0.001).find(astronaut)


def test_what_was_looked_at_before_leaves_nothing_behind(astronaut: NDArray[np.uint8]) -> None:
    """Beside a wide photo the detector sees black, not a part of the photo before."""
    wide = np.ascontiguousarray(astronaut[:400])
    fresh, used = FaceFinder(0.05), FaceFinder(0.05)
    used.find(np.full((512, 512, 3), 255, dtype=np.uint8))
    on_black = cv2.copyMakeBorder(wide, 0, 112, 0, 0, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    assert used.find(wide) == fresh.find(wide)
    assert [face.box for face in fresh.find(wide)] == [face.box for face in used.find(on_black)]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((192, 256), (192, 256)),
        ((193, 256), (256, 256)),
        ((256, 192), (256, 192)),
        ((256, 193), (256, 256)),
        ((1, 256), (192, 256)),
    ],
)
def test_the_detector_sees_no_more_than_holds_the_photo(
    shape: tuple[int, int], expected: tuple[int, int]
) -> None:
    """A quarter of the time of a wide photo is saved."""
    finder = FaceFinder(0.5)
    finder._pick_detector(np.zeros((*shape, 3), dtype=np.uint8))
    assert set(finder._detectors) == {(256, 256), expected}


@pytest.mark.parametrize("tilt", [0, 30, -90])
def test_a_candidate_is_shown_level_in_the_middle_with_room_around_it(tilt: float) -> None:
    """The view is as many times as large as the longer side of the box."""
    face = build_face((20, 40, 60, 80), tilt=tilt)
    matrix = view_of(face, 1.5, 192)
    middle = matrix[:, :2] @ (50, 80) + matrix[:, 2]
    assert middle == pytest.approx((96, 96))
    left, right = (matrix[:, :2] @ point + matrix[:, 2] for point in face.keypoints[:2])
    assert left[1] == pytest.approx(right[1])
    assert right[0] - left[0] == pytest.approx(30 * 192 / (1.5 * 80))


def test_the_first_look_of_a_photo_asks_for_four_tenths() -> None:
    """As every candidate is verified, the detector may propose a lot."""
    finder = FaceSearch()._finder
    assert 1 / (1 + np.exp(-finder._minimum_logit)) == pytest.approx(0.4)


def test_depth_is_in_pixels_of_the_photo(astronaut: NDArray[np.uint8]) -> None:
    """In a photo of twice the size a face is twice as wide and as deep: its yaw is the same."""
    search = FaceSearch()
    (small,) = search.find(astronaut)
    (large,) = search.find(cv2.resize(astronaut, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR))
    for axis in range(3):
        ranges = (np.ptp(found.landmarks.points[:, axis]) for found in (large, small))
        assert next(ranges) / next(ranges) == pytest.approx(2, rel=0.1)
