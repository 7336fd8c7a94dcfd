"""What a network learns from which face, how often it sees it, and when a run ends."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from training.data.dataset import Faces
from training.data.samples import EMOTIONS, HAPPINESS, NEUTRAL, SADNESS, UNREADABLE
from training.errors import TrainingError
from training.fit.augment import Augmentation, _cover, _degrade, _move, _relight, augment_face
from training.fit.batches import FaceBatches, draw_weights, happy_shares, happy_targets
from training.fit.hyperparameters import SEED_CNN, Hyperparameters
from training.fit.train import (
    _count_steps,
    _EpochEnd,
    _Material,
    build_network,
    check_data,
    has_same_numbers,
    is_over,
)
from training.networks.inputs import network_input, resize_faces
from training.networks.losses import votes_loss

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from training.fit.distillation import Teacher

STILL = Augmentation(rotation=0, scale=0, shift=0, shear=0, chance=0, masked=0)


def build_votes(**shares: float) -> list[float]:
    return [shares.get(name, 0.0) for name in EMOTIONS]


def build_faces(votes: list[list[float]], source: str = "web", *, with_jaw: bool = True) -> Faces:
    """Build faces, each of a grey of its own."""
    crops = np.stack([np.full((16, 16, 3), 10 * n + 5, dtype=np.uint8) for n in range(len(votes))])
    outlines = np.random.default_rng(1).uniform(0.3, 0.7, (len(votes), 22, 2)).astype(np.float32)
    return Faces(
        crops,
        np.array(votes, dtype=np.float32),
        np.array([source] * len(votes)),
        np.array(["train"] * len(votes)),
        outlines if with_jaw else np.full_like(outlines, np.nan),
    )


def build_parameters(**changes: Any) -> Hyperparameters:
    return Hyperparameters(
        **{"augmentation": STILL, "batch_size": 4, "source_repeats": {"*": 1.0}, **changes}
    )


def test_votes_are_soft_labels() -> None:
    """Six for happy and two for sad are 0.75; without any for either it is even; a tie counts as sad."""
    votes = [
        build_votes(happiness=0.6, sadness=0.2, neutral=0.2),
        build_votes(neutral=1.0),
        build_votes(happiness=0.5, sadness=0.5),
        build_votes(sadness=0.3, fear=0.7),
    ]
    faces = build_faces(votes)
    assert happy_shares(faces)[:, 0].tolist() == pytest.approx([0.75, 0.5, 0.5, 0.0])
    assert happy_targets(faces)[:, 0].tolist() == [1, 0, 0, 0]


def test_a_batch_carries_the_votes_and_not_the_winner() -> None:
    """Four of ten said sad: that is what makes a face hard to tell."""
    votes = [build_votes(happiness=0.6, sadness=0.4)] * 4
    faces = build_faces(votes)
    batches = FaceBatches(faces, faces.votes, np.ones(4), 16, build_parameters(), 0)
    _, targets = batches[0]
    assert targets == pytest.approx(np.array(votes))


def test_how_often_a_face_is_drawn_is_told_by_its_emotion_and_its_source() -> None:
    """The share of an emotion times the repeats of its source; source/emotion goes before the source."""
    parameters = build_parameters(
        keep_share={"happiness": 0.7, "*": 0.5},
        source_repeats={"web": 2.0, "web/sadness": 4.0, "*": 3.0},
    )
    votes = [build_votes(happiness=1), build_votes(sadness=1), build_votes(fear=1)]
    assert draw_weights(build_faces(votes), parameters).tolist() == pytest.approx([1.4, 2.0, 1.0])
    assert draw_weights(build_faces(votes, "other"), parameters).tolist() == pytest.approx([2.1, 1.5, 1.5])


def test_a_weight_is_the_mean_number_of_draws() -> None:
    """A weight of 1.7 gives one or two draws, one of 0 none, a whole one exactly that many."""
    weights = np.array([1.7, 0.0, 2.0, 0.3])
    faces = build_faces([build_votes(happiness=1)] * 4)
    parameters = build_parameters(batch_size=1)
    batches = FaceBatches(faces, faces.votes, weights, 16, parameters, 0)
    counts = []
    for _ in range(300):
        counts.append(np.bincount(batches._order, minlength=4))
        batches.on_epoch_end()
    drawn = np.array(counts)
    assert len(batches) == 4
    assert set(drawn[:, 0]) <= {1, 2, 3}  # what is missing of an epoch is filled up with faces of it
    assert not drawn[:, 1].any()
    assert drawn.mean(axis=0) == pytest.approx([1.7, 0, 2, 0.3], abs=0.25)


def test_each_epoch_draws_anew_and_a_resumed_one_draws_the_same() -> None:
    """Seed, epoch and step decide a batch."""
    faces = build_faces([build_votes(happiness=1)] * 12)
    parameters = build_parameters(augmentation=Augmentation(), batch_size=3)

    def build(first_epoch: int) -> FaceBatches:
        return FaceBatches(faces, faces.votes, np.ones(12), 16, parameters, first_epoch)

    whole = build(0)
    first = whole[1][0]
    whole.on_epoch_end()
    assert np.array_equal(whole[1][0], build(1)[1][0])
    assert not np.array_equal(whole[1][0], first)
    assert np.array_equal(build(0)[1][0], first)


def test_one_face_is_changed_anew_in_every_epoch_and_every_batch() -> None:
    """Seen twice in the same way it would be learnt by heart."""
    faces = build_faces([build_votes(happiness=1)])
    noise = np.random.default_rng(2).integers(0, 256, (1, 16, 16, 3), dtype=np.uint8)
    faces = dataclasses.replace(faces, crops=noise)
    parameters = build_parameters(augmentation=Augmentation(masked=0), batch_size=2)
    seen = []
    for seed, epoch in ((1, 0), (1, 1), (2, 0)):
        numbers = dataclasses.replace(parameters, seed=seed)
        batches = FaceBatches(faces, faces.votes, np.array([4.0]), 16, numbers, epoch)
        seen += [batches[step][0][n].tobytes() for step in (0, 1) for n in (0, 1)]
    assert len(set(seen)) == 12


@pytest.mark.parametrize(("architecture", "outputs"), [("happy_sad_net", 9), ("seed_cnn", 1)])
def test_nobody_tells_a_smile_behind_a_mask(architecture: str, outputs: int) -> None:
    """Its target becomes unreadable, or even; where the jaw is not known nothing is covered."""
    votes = [build_votes(happiness=1)] * 4
    parameters = build_parameters(
        architecture=architecture, augmentation=dataclasses.replace(STILL, masked=1.0)
    )
    for with_jaw in (True, False):
        faces = build_faces(votes, with_jaw=with_jaw)
        targets = faces.votes if outputs == 9 else happy_shares(faces)
        _, learnt = FaceBatches(faces, targets, np.ones(4), 16, parameters, 0)[0]
        if not with_jaw:
            assert np.array_equal(learnt, targets)
        elif outputs == 1:
            assert (learnt == 0.5).all()
        else:
            assert np.array_equal(learnt, np.eye(9, dtype=np.float32)[[UNREADABLE] * 4])


def test_as_many_mouths_are_covered_as_the_numbers_say() -> None:
    """A share of the faces of an epoch."""
    faces = build_faces([build_votes(happiness=1)] * 4)
    parameters = build_parameters(augmentation=dataclasses.replace(STILL, masked=0.25))
    batches = FaceBatches(faces, faces.votes, np.full(4, 100.0), 16, parameters, 0)
    covered = np.concatenate([batches[n][1][:, UNREADABLE] for n in range(len(batches))])
    assert covered.mean() == pytest.approx(0.25, abs=0.07)


def test_a_teachers_share_of_the_targets_is_the_one_that_is_set() -> None:
    """The rest are votes; the teacher is shown the changed faces."""

    class Said:
        def answer(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
            """Say sadness of every face."""
            assert crops.shape[1:] == (16, 16, 3)
            return np.tile(np.eye(9, dtype=np.float32)[SADNESS], (len(crops), 1))

    faces = build_faces([build_votes(happiness=1)] * 4)
    teacher: Teacher = Said()
    for share in (0.0, 0.3, 1.0):
        parameters = build_parameters(teacher_share=share)
        _, targets = FaceBatches(faces, faces.votes, np.ones(4), 16, parameters, 0, teacher)[0]
        assert targets[:, SADNESS] == pytest.approx(share)
        assert targets[:, HAPPINESS] == pytest.approx(1 - share)


def test_a_batch_is_fed_as_the_network_is_served() -> None:
    """Grey from 0 to 1 by the weights of brightness, or color from -1 to 1."""
    colors = np.array([[[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]]], dtype=np.uint8)
    assert network_input(colors, "happy_sad_net")[0, ..., 0].ravel().tolist() == pytest.approx(
        [0.299, 0.587, 0.114, 1.0]
    )
    assert network_input(colors, "seed_cnn")[0, 0, 0].tolist() == pytest.approx([1, -1, -1])
    assert network_input(colors, "seed_cnn").dtype == np.float32


def test_faces_are_resized_by_their_mean() -> None:
    """Fine stripes become grey; none are picked out."""
    stripes = np.zeros((1, 96, 96, 3), dtype=np.uint8)
    stripes[:, :, ::2] = 254
    assert (resize_faces(stripes, 48) == 127).all()


def softplus(value: float) -> float:
    return float(np.log1p(np.exp(value)))


@pytest.mark.parametrize("weight", [0.0, 1.0, 2.5])
def test_the_loss_is_a_cross_entropy_to_the_votes_and_one_of_the_pair(weight: float) -> None:
    """Both by the votes as they are; a face that nobody called happy or sad has no part in the second."""
    votes = np.array([build_votes(happiness=0.6, sadness=0.4), build_votes(neutral=1.0)], dtype=np.float32)
    logits = np.zeros((2, 9), dtype=np.float32)
    logits[:, HAPPINESS], logits[:, SADNESS], logits[:, NEUTRAL] = 2.0, 0.5, 1.0
    total = np.log(np.exp(logits[0]).sum())
    over_all = [total - 0.6 * 2.0 - 0.4 * 0.5, total - 1.0]
    pair = [0.6 * softplus(-1.5) + 0.4 * softplus(1.5), 0.0]
    expected = [one + weight * other for one, other in zip(over_all, pair, strict=True)]
    assert np.asarray(votes_loss(votes, logits, weight)).tolist() == pytest.approx(expected, rel=1e-5)


def test_the_learning_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    """Warm-up, then a cosine; neither biases nor normalization decay."""
    parameters = build_parameters(learning_rate=0.01, warmup_steps=10, weight_decay=0.03, widths=(4, 4, 4, 4))
    network = build_network(parameters, 200)
    rate = network.optimizer._learning_rate
    rates = [float(rate(step)) for step in (0, 5, 10, 105, 200)]
    assert rates == pytest.approx([0.0, 0.005, 0.01, 0.005, 0.0], abs=1e-6)
    assert network.optimizer.weight_decay == 0.03
    network.optimizer.build(network.trainable_variables)
    decaying = {v.name for v in network.trainable_variables if network.optimizer._use_weight_decay(v)}
    assert decaying == {"kernel"}
    # A run too short for its warm-up warms up over a fifth of it.
    short = build_network(parameters, 20).optimizer._learning_rate
    assert [float(short(step)) for step in (2, 4)] == pytest.approx([0.005, 0.01])


def test_an_unknown_architecture_is_refused() -> None:
    """With a sentence that names the known ones."""
    with pytest.raises(TrainingError, match="happy_sad_net or seed_cnn"):
        build_network(build_parameters(architecture="resnet"), 10)


def build_material(drawn: float) -> _Material:
    faces = build_faces([build_votes(happiness=1)])
    return _Material(faces, faces.votes, np.array([drawn]), faces)


@pytest.mark.parametrize(("drawn", "steps"), [(64, 3), (127.4, 3), (128, 6)])
def test_an_epoch_is_of_whole_batches(drawn: float, steps: int) -> None:
    """What does not fill one is left for another epoch."""
    assert _count_steps(build_material(drawn), Hyperparameters(epochs=3, batch_size=64)) == steps


def test_faces_that_fill_no_batch_are_refused() -> None:
    """One face less than a batch."""
    with pytest.raises(TrainingError, match="63 faces"):
        _count_steps(build_material(63), Hyperparameters(epochs=3, batch_size=64))


def write_log(folder: Path, accuracies: list[float]) -> None:
    lines = [
        json.dumps({"epoch": n + 1, "balanced_accuracy/*": value, "minutes": n})
        for n, value in enumerate(accuracies)
    ]
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("accuracies", "patience", "over"),
    [
        ([0.5, 0.8, 0.7], 2, False),
        ([0.5, 0.8, 0.7, 0.79], 2, True),
        ([0.5, 0.8, 0.7, 0.8], 2, True),
        ([0.5, 0.8, 0.7, 0.81], 2, False),
        ([0.5, 0.4, 0.3, 0.2, 0.1], 0, False),
    ],
)
def test_a_run_ends_when_validation_has_not_improved_for_so_many_epochs(
    tmp_path: Path, accuracies: list[float], patience: int, over: bool
) -> None:
    """As good again is no improvement; without patience it runs to its end."""
    write_log(tmp_path, accuracies)
    assert is_over(tmp_path, Hyperparameters(patience=patience)) == over


def test_a_run_that_has_not_begun_is_not_over(tmp_path: Path) -> None:
    """Nothing has been measured."""
    assert not is_over(tmp_path, Hyperparameters(patience=1))


def test_validation_is_measured_on_the_faces_as_they_are(tmp_path: Path) -> None:
    """At the size of serving, unchanged, by source and over all."""
    seen = []

    class Network:
        def predict(self, inputs: NDArray[np.float32], **_: Any) -> NDArray[np.float32]:
            """Call bright faces happy."""
            seen.append(inputs)
            return (inputs.mean(axis=(1, 2, 3)) > 0.06).astype(np.float32)[:, None]

    votes = [
        build_votes(sadness=1),
        build_votes(happiness=1),
        build_votes(sadness=1),
        build_votes(happiness=1),
    ]
    faces = dataclasses.replace(
        build_faces(votes), sources=np.array(["a", "a", "b", "b"]), splits=np.array(["validation"] * 4)
    )
    parameters = dataclasses.replace(Hyperparameters(), sizes=((0.5, 8), (1.0, 24)))
    end = _EpochEnd(tmp_path, parameters, faces)
    end.set_model(Network())
    measured = end._measure()
    # Two bright ones are called happy: of each source and of all together half of the answers are right.
    assert measured == {f"balanced_accuracy/{name}": 0.5 for name in ("a", "b", "*")}
    for inputs in seen:
        assert np.array_equal(inputs, network_input(resize_faces(faces.crops, 24), "happy_sad_net"))


def test_a_run_does_not_go_on_with_other_faces(tmp_path: Path) -> None:
    """Faces that it has learnt could be among the test faces of another set."""
    (tmp_path / "manifest.csv").write_text("key\n", encoding="utf-8")
    digest = hashlib.sha256(b"key\n").hexdigest()
    record = tmp_path / "run.json"
    record.write_text(json.dumps({"data": {"manifest_sha256": digest}}), encoding="utf-8")
    check_data(tmp_path, tmp_path)
    (tmp_path / "manifest.csv").write_text("key\nother\n", encoding="utf-8")
    with pytest.raises(TrainingError, match="other faces"):
        check_data(tmp_path, tmp_path)


def test_a_run_goes_on_with_its_own_numbers_only() -> None:
    """A number that an older record does not know is no difference; any other is."""
    numbers = json.loads(json.dumps(dataclasses.asdict(SEED_CNN)))
    assert has_same_numbers(numbers, SEED_CNN)
    assert not has_same_numbers({**numbers, "learning_rate": 1.0}, SEED_CNN)
    assert not has_same_numbers(
        {**numbers, "augmentation": {**numbers["augmentation"], "blur": 0.5}}, SEED_CNN
    )
    del numbers["patience"]
    assert has_same_numbers(numbers, SEED_CNN)


SPOT = np.zeros((65, 65, 3), dtype=np.uint8)
SPOT[30:35, 40:45] = 255


def find_spot(face: NDArray[np.uint8]) -> tuple[float, float]:
    """Return where the bright spot is, from the middle of the face."""
    weights = face[..., 0].astype(float)
    rows, columns = np.indices(weights.shape)
    middle = (face.shape[0] - 1) / 2
    return (
        float((weights * columns).sum() / weights.sum()) - middle,
        float((weights * rows).sum() / weights.sum()) - middle,
    )


def test_a_face_is_moved_within_its_bounds() -> None:
    """Turned by at most 30 degrees about the middle, mirrored half of the time."""
    wild = dataclasses.replace(STILL, rotation=1000)
    places = [find_spot(_move(SPOT, 65, wild, np.random.default_rng(n))) for n in range(80)]
    angles = [np.degrees(np.arctan2(y, abs(x))) for x, y in places]
    assert max(map(abs, angles)) == pytest.approx(30, abs=1.5)
    assert np.hypot(*np.array(places).T) == pytest.approx(np.full(80, 10), abs=0.5)
    right = sum(x > 0 for x, _ in places)
    assert 20 < right < 60


def test_a_face_is_shifted_and_scaled_within_its_bounds() -> None:
    """A share of the side in each direction; a factor up or down."""
    shifted = dataclasses.replace(STILL, shift=0.1)
    places = np.abs([find_spot(_move(SPOT, 65, shifted, np.random.default_rng(n))) for n in range(200)])
    assert np.abs(places[:, 1]).max() == pytest.approx(6.5, abs=0.7)
    scaled = dataclasses.replace(STILL, scale=0.25)
    far = [abs(find_spot(_move(SPOT, 65, scaled, np.random.default_rng(n)))[0]) for n in range(200)]
    assert max(far) == pytest.approx(12.5, abs=0.4)
    assert min(far) == pytest.approx(8.0, abs=0.4)


def test_what_is_moved_in_is_the_face_mirrored_at_its_edge() -> None:
    """Black corners would tell how far it was turned."""
    grey = np.full((40, 40, 3), 130, dtype=np.uint8)
    wild = Augmentation(rotation=30, scale=0.5, shift=0.4, shear=0.3)
    for n in range(20):
        assert (_move(grey, 40, wild, np.random.default_rng(n)) == 130).all()


@pytest.mark.parametrize(("chance", "least", "most"), [(0.0, 0, 0), (0.5, 60, 140), (1.0, 180, 200)])
def test_a_photographic_change_comes_as_often_as_its_chance(chance: float, least: int, most: int) -> None:
    """Covering, blur, shrinking, noise and compression each by itself; light twice as often."""
    face = np.random.default_rng(0).integers(60, 190, (48, 48, 3), dtype=np.uint8)
    nothing = dataclasses.replace(
        Augmentation(color=0, gamma=0, ramp=0, blur=0, shrink=1, noise=0, jpeg=100, cover=0), chance=chance
    )

    def count(change: Any, **strength: float) -> int:
        numbers = dataclasses.replace(nothing, **strength)
        changed = (change(face, numbers, np.random.default_rng(n)) for n in range(200))
        return sum(not np.array_equal(one, face) for one in changed)

    assert least <= count(_cover, cover=0.4) <= most
    assert least <= count(_degrade, blur=0.05) <= most
    assert least <= count(_degrade, shrink=0.3) <= most
    assert least <= count(_degrade, noise=20.0) <= most
    assert least <= count(_degrade, jpeg=25) <= most
    assert least <= count(_relight, ramp=0.5) <= most
    assert 2 * least <= count(_relight, color=0.25) or chance == 1
    assert count(_degrade) == count(_cover) == 0


def test_a_large_crop_is_moved_at_twice_its_size_and_averaged_down() -> None:
    """Moved straight to a small size it would skip pixels, and thin lines would flicker."""
    stripes = np.zeros((144, 144, 3), dtype=np.uint8)
    stripes[:, ::2] = 254
    face = augment_face(stripes, 48, STILL, np.random.default_rng(3))
    assert face.shape == (48, 48, 3)
    assert face.std() < 100  # every third column alone would be black or white
