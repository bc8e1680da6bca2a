"""Train the network that classifies changed regions, from the beginning or from where the last run stopped."""

import logging
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import keras
import numpy as np

from app.vision.arrays import Float32
from app.vision.networks.kind_classifier import KINDS, inputs
from training.batches import stream
from training.command_line import parse
from training.export import Keep
from training.kinds.events import Source
from training.kinds.examples import Examples, batch
from training.kinds.export import export
from training.kinds.network import build
from training.kinds.things import save_cut_outs

log = logging.getLogger(__name__)

# Steps between two looks at the held-out examples, the examples of a step, and how many are held out.
EPOCH, SIZE, HELD_OUT = 250, 64, 2048
SEED, HELD_OUT_SEED = 1, 2
RATE, WARM_UP, DECAY = 2e-3, 200, 0.02
CUT_OUTS, HELD_OUT_CUT_OUTS = 700, 80
# Of the truth so much is spread over the other kinds, since it cannot always be seen.
SMOOTHING = 0.04
# Batches that are kept to draw from, and the batches that are drawn for each new one.
BUFFER, REPLAYS = 100, 4


# The network's inputs, and the wanted probability of each kind.
Targets = tuple[dict[str, Float32], dict[str, Float32]]


def main() -> None:
    """The command line."""
    options = parse("python -m training.kinds", __doc__, 10000, f"{SIZE} views", Path("var/kinds"))
    trained_on, held_out = options.photos
    log.info("Cutting things out of photographs.")
    cut_outs = save_cut_outs(trained_on, options.run / "things", CUT_OUTS)
    unseen = save_cut_outs(held_out, options.run / "things-held-out", HELD_OUT_CUT_OUTS)
    sources = Source(trained_on, cut_outs), Source(held_out, unseen)
    train(*sources, options.steps, options.run, options.processes)


def train(source: Source, held_out: Source, steps: int, run: Path, processes: int) -> None:
    """Train up to so many steps in all; leaves `kind_classifier.pb`, `curve.csv` and the checkpoint in `run`."""
    model = build()
    warm_up = min(WARM_UP, steps // 5)
    rate = keras.optimizers.schedules.CosineDecay(0.0, steps, warmup_target=RATE, warmup_steps=warm_up)
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=DECAY, global_clipnorm=2.0),
        loss={"logits": keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING)},
        metrics={"logits": ["accuracy"]},
    )
    checkpoint = run / "checkpoint.weights.h5"
    if checkpoint.exists():
        model.optimizer.build(model.trainable_variables)
        model.load_weights(checkpoint)
    done = int(model.optimizer.iterations.numpy())
    log.info("%d things, %d held out; %d of %d steps done.", len(source.cut_outs), len(held_out.cut_outs), done, steps)
    unseen = min(HELD_OUT, 8 * steps)
    model.fit(
        replayed(stream(partial(numbered_batch, source, SEED), done // REPLAYS, processes)),
        initial_epoch=done // EPOCH,
        epochs=-(-steps // EPOCH),
        steps_per_epoch=min(EPOCH, steps),
        validation_data=_targets(batch(held_out, unseen, np.random.default_rng(HELD_OUT_SEED))),
        callbacks=[
            Keep(checkpoint, run / "kind_classifier.pb", export),
            keras.callbacks.CSVLogger(run / "curve.csv", append=True),
        ],
        shuffle=False,
        verbose=2,
    )


def replayed(batches: Iterator[Targets]) -> Iterator[Targets]:
    """Random examples of the last BUFFER batches, mirrored or not; REPLAYS batches for each new one.

    Making examples took four times as long as learning from them.
    """
    rng = np.random.default_rng(SEED)
    kept: deque[Targets] = deque(maxlen=BUFFER)
    for new in batches:
        kept.append(new)
        for _ in range(REPLAYS):
            rows = [_row(kept[rng.integers(len(kept))], rng) for _ in range(SIZE)]
            values, targets = (
                {name: np.stack([row[part][name] for row in rows]) for name in rows[0][part]} for part in (0, 1)
            )
            yield values, targets


def _row(made: Targets, rng: np.random.Generator) -> Targets:
    row = int(rng.integers(SIZE))
    values, targets = ({name: rows[row] for name, rows in part.items()} for part in made)
    if rng.random() < 0.5:
        values["features"] = values["features"][::-1]
    return values, targets


def numbered_batch(source: Source, seed: int, number: int) -> Targets:
    """The batch with this number: the same one for the same seed."""
    return _targets(batch(source, SIZE, np.random.default_rng([seed, number])))


def _targets(made: Examples) -> Targets:
    views, kinds = made
    return inputs(views), {"logits": np.eye(len(KINDS), dtype=np.float32)[kinds]}
