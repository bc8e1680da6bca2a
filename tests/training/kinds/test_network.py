import numpy as np

from app.vision.networks.kind_classifier import KINDS, SIDE
from training.kinds.network import build

CROPS = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 7)).astype(np.uint8)
EXCHANGED = CROPS[..., [3, 4, 5, 0, 1, 2, 6]]


def test_exchanging_the_pictures_exchanges_appeared_and_disappeared_only() -> None:
    model = build()
    forth, back = (np.asarray(model(crops, training=False)["logits"]) for crops in (CROPS, EXCHANGED))
    assert forth.shape == (3, len(KINDS))
    assert KINDS[:2] == ("appeared", "disappeared")
    np.testing.assert_allclose(forth, back[:, [1, 0, 2, 3, 4, 5]], atol=1e-5)
