"""What passed because of a tolerance, as a clause of a sentence."""

from app.vision.region import ToleranceName
from app.vision.tolerances import Allowed

CLAUSES: dict[ToleranceName, str] = {
    "min_size": "{regions} with at most {largest} changed pixels, fewer than min_size {limit}, {are} not reported",
    "allow_tone": "{regions} {differ} by at most {largest} of 255 levels, which allow_tone {limit} permits",
    "allow_smoothing": "{regions} {differ} in smoothing only, which allow_smoothing permits",
    "allow_shift": "{regions} moved by at most {largest} px, which allow_shift {limit} permits",
    "allow_pixels": "{regions} {differ} in {largest} pixels, which allow_pixels {limit} permits",
    "allow_share": "{regions} {differ} in {share} % of the pixels, which allow_share {limit:g} permits",
    "allow_window": "{regions} {differ} in at most {largest} pixels of a window, which allow_window {limit} permits",
}


def describe_allowed(allowed: Allowed) -> str:
    """Such as "2 regions moved by at most 1 px, which allow_shift 2 permits"."""
    one = allowed.regions == 1
    number = f"{allowed.regions:,} {'region' if one else 'regions'}"
    return CLAUSES[allowed.tolerance].format(
        regions=number if allowed.regions else "the pictures",
        differ="differs" if one else "differ",
        are="is" if one else "are",
        limit=allowed.limit,
        largest=f"{allowed.largest or 0:,}",
        share=f"{(allowed.largest or 0) * 100:.2g}",
    )
