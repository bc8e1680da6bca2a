import numpy as np
import pytest

from training.network import DESCRIPTOR, build

RNG = np.random.default_rng(0)
A, B = (RNG.integers(0, 256, (2, 64, 96, 3)).astype(np.uint8) for _ in "ab")


@pytest.fixture(scope="module")
def outputs() -> dict[str, np.ndarray]:
    model = build()
    reported = {"forth": model([A, B], training=False), "back": model([B, A], training=False)}
    return {f"{way} {name}": np.asarray(value) for way, out in reported.items() for name, value in out.items()}


def test_the_mask_has_half_the_size_and_descriptors_stand_for_cells(outputs: dict[str, np.ndarray]) -> None:
    assert outputs["forth mask"].shape == (2, 32, 48, 1)
    assert outputs["forth descriptors"].shape == (2, 4, 6, 2, DESCRIPTOR)


def test_descriptors_are_unit_vectors_of_either_picture(outputs: dict[str, np.ndarray]) -> None:
    described = outputs["forth descriptors"]
    np.testing.assert_allclose(np.linalg.norm(described, axis=-1), 1, atol=1e-4)
    np.testing.assert_allclose(described, outputs["back descriptors"][..., ::-1, :], atol=1e-5)


def test_the_other_way_round_the_mask_is_the_same(outputs: dict[str, np.ndarray]) -> None:
    np.testing.assert_allclose(outputs["forth mask"], outputs["back mask"], atol=1e-5)
