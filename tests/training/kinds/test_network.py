import numpy as np

from app.vision.networks.kind_classifier import KINDS, SIDE, inputs
from training.kinds.network import build

VIEWS = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 7)).astype(np.uint8)
EXCHANGED = VIEWS[..., [3, 4, 5, 0, 1, 2, 6]]


def test_exchanging_the_pictures_exchanges_appeared_and_disappeared_only() -> None:
    model = build()
    forth, back = (np.asarray(model(inputs(x), training=False)["logits"]) for x in (VIEWS, EXCHANGED))
    assert forth.shape == (3, len(KINDS))
    assert KINDS[:2] == ("appeared", "disappeared")
    np.testing.assert_allclose(forth, back[:, [1, 0, 2, 3, 4, 5]], atol=1e-5)
