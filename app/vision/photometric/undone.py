"""What a program did to a whole photograph, such as a conversion or a frame, is undone before changes are sought."""

from dataclasses import dataclass

from app.vision.pair import Pair, once_per_pair
from app.vision.photometric.colour_conversion import undo_conversion
from app.vision.photometric.frame import leave_out_frame


@dataclass(frozen=True)
class Undone:
    """A pair to seek changes in, and what was undone, as phrases about B."""

    pair: Pair
    phrases: tuple[str, ...]


def undo(pair: Pair) -> Undone:
    """The pair as both pictures would be without a frame and without a conversion of colours."""
    # What a pair remembers must not refer to it: the memory of such a cycle is freed much later.
    return _undone(pair) or Undone(pair, ())


@once_per_pair
def _undone(pair: Pair) -> Undone | None:
    """As of undo(); None if nothing was undone."""
    unframed, frame = leave_out_frame(pair)
    converted = undo_conversion(unframed)
    phrases = tuple(phrase for phrase in (converted.phrase, frame) if phrase)
    return None if converted.pair is pair else Undone(converted.pair, phrases)
