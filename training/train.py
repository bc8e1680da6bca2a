"""Train the network, from the beginning or from where the last run stopped."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.batches import batch, stream
from training.command_line import parse
from training.export import Keep, export
from training.losses import Precision, mask_loss, match_loss
from training.network import build

log = logging.getLogger(__name__)

# Steps between two looks at the held-out pairs, and how many batches of those there are.
EPOCH = 250
HELD_OUT_BATCHES = 20
SEED, HELD_OUT_SEED = 1, 2
RATE, WARM_UP, DECAY = 2e-3, 300, 0.02


def main() -> None:
    """The command line."""
    options = parse("python -m training", __doc__, 13500, "16 pairs", Path("var/training"))
    trained_on, held_out = options.photos
    train(trained_on, held_out, options.steps, options.run, options.processes)


def train(trained_on: list[Path], held_out: list[Path], steps: int, run: Path, processes: int) -> None:
    """Train up to so many steps in all; leaves `network.pb`, `curve.csv` and the checkpoint in the folder `run`."""
    model = build()
    model.compile(
        optimizer=_optimizer(steps),
        loss={"mask": mask_loss, "descriptors": match_loss},
        loss_weights={"mask": 1.0, "descriptors": 0.1},
        metrics={"mask": Precision()},
    )
    checkpoint = run / "checkpoint.weights.h5"
    if checkpoint.exists():
        model.optimizer.build(model.trainable_variables)
        model.load_weights(checkpoint)
    done = int(model.optimizer.iterations.numpy())
    log.info("%d photographs, %d held out; %d of %d steps done.", len(trained_on), len(held_out), done, steps)
    model.fit(
        stream(partial(batch, trained_on, SEED), done, processes),
        initial_epoch=done // EPOCH,
        epochs=-(-steps // EPOCH),
        steps_per_epoch=min(EPOCH, steps),
        validation_data=_held_out(held_out),
        callbacks=[
            Keep(checkpoint, run / "network.pb", export),
            keras.callbacks.CSVLogger(run / "curve.csv", append=True),
        ],
        shuffle=False,
        verbose=2,
    )


def _optimizer(steps: int) -> Any:
    rate = keras.optimizers.schedules.CosineDecay(0.0, steps, warmup_target=RATE, warmup_steps=min(WARM_UP, steps // 5))
    return keras.optimizers.AdamW(rate, weight_decay=DECAY, global_clipnorm=2.0)


def _held_out(paths: list[Path]) -> tuple[dict[str, Any], dict[str, Any]]:
    batches = [batch(paths, HELD_OUT_SEED, number) for number in range(HELD_OUT_BATCHES)]
    inputs, targets = (
        {name: np.concatenate([b[part][name] for b in batches]) for name in batches[0][part]} for part in (0, 1)
    )
    return inputs, targets
