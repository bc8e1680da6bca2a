"""The pixels of an opened image as upright sRGB of 8 bits, and alpha."""

import io
from collections.abc import Callable
from contextlib import nullcontext

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from app.vision.arrays import UInt8
from app.vision.decoding.metadata import UNUSABLE, base_mode
from app.vision.decoding.stderr import suppress_stderr

MAX_PROFILE = 4 << 20

Transform = tuple[ImageCms.ImageCmsTransform | None, str | None]


def upright(pixels: UInt8, orientation: int) -> UInt8:
    """Apply an EXIF orientation to (height, width, ...): 5 to 8 swap the axes, then one or both axes are mirrored."""
    turned = cv2.transpose(pixels) if orientation >= 5 else pixels
    mirror = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    if mirror is not None:
        turned = cv2.flip(turned, mirror)
    return turned.astype(np.uint8, copy=False)


def build_transform(icc: bytes, mode: str) -> Transform:
    """The transform of an ICC profile from a mode of base_mode() to sRGB, and its name. It can take 50 ms.

    None, name: the profile is sRGB already. None, `UNUSABLE`: it is broken, too large, or for another colour model.
    """
    try:
        if len(icc) > MAX_PROFILE:
            return None, UNUSABLE
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name = "".join(filter(str.isprintable, ImageCms.getProfileDescription(profile).strip()))[:60]
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
        return None if _is_identity(transform, mode) else transform, name or "unnamed"
    except Exception:  # PyCMSError, OSError, TypeError and ValueError
        return None, UNUSABLE


def colour_transform(image: ImageFile, build: Callable[[bytes, str], Transform] = build_transform) -> Transform:
    """The transform from the image's colours to sRGB, and the name of its ICC profile; None, None without a profile.

    build: build_transform(), or a cache of it.
    """
    icc = image.info.get("icc_profile")
    return (None, None) if icc is None else build(icc, base_mode(image.mode))


def _is_identity(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a transform changes no colour by more than one level: sRGB by any name, whose pixels stay exact."""
    if mode not in ("L", "RGB"):
        return False
    steps = np.linspace(0, 255, 16).astype(np.uint8)
    probe = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(64, 64, 3) if mode == "RGB" else steps[None]
    before = Image.fromarray(np.ascontiguousarray(probe))
    after = np.asarray(transform.apply(before), np.int16)
    return bool(np.abs(after - np.asarray(before.convert("RGB"), np.int16)).max() <= 1)


def to_rgb(image: Image.Image, bits: int, transform: ImageCms.ImageCmsTransform | None) -> tuple[UInt8, UInt8 | None]:
    """Decode a Pillow image: uint8 (height, width, 3), and alpha, uint8 (height, width), if it has transparency.

    bits: per channel, as stored.
    """
    # libtiff reports damage on stderr.
    with suppress_stderr() if isinstance(image, TiffImageFile) else nullcontext():
        image.load()
    colours, alpha = _split_wide(image) if image.mode[0] in "IF" else _split(image, bits)
    rgb = colours.convert("RGB") if transform is None else transform.apply(colours)
    return np.asarray(rgb, np.uint8), alpha


def _split(image: Image.Image, bits: int) -> tuple[Image.Image, UInt8 | None]:
    mode = base_mode(image.mode)
    if not image.has_transparency_data:
        return image if image.mode == mode else image.convert(mode), None
    if image.mode in ("L", "RGB"):
        image = image.copy()  # the info of the image itself is needed again for the next frame
        image.info["transparency"] = _eight_bit_key(image.info["transparency"], bits)
    both = image.convert(mode + "A")
    return both.convert(mode), np.asarray(both.getchannel("A"), np.uint8)


def _eight_bit_key(key: int | tuple[int, ...], bits: int) -> int | tuple[int, ...]:
    """PNG's transparent colour at 8 bits: it is stored at the file's depth, and Pillow compares it at 8 bits."""
    if isinstance(key, int):
        return key * 255 // ((1 << bits) - 1)
    return tuple(level >> (bits - 8) for level in key)


def _split_wide(image: Image.Image) -> tuple[Image.Image, UInt8 | None]:
    """Gray of 16 or 32 bits as 8 bits, and alpha; Pillow's own conversion would clip at 255."""
    samples = np.asarray(image)
    key = image.info.get("transparency")
    alpha = None if key is None else np.where(samples == key, 0, 255).astype(np.uint8)
    return Image.fromarray(_to_eight_bits(samples)), alpha


def _to_eight_bits(samples: npt.NDArray[np.generic]) -> UInt8:
    """Gray samples of any type as uint8.

    uint16 keeps the high byte, which inverts both usual ways to widen 8 bits (× 256 and × 257), as Pillow does for
    16-bit RGB. Wider types have no fixed white level: it is the least of 1 (floats only), 255, 65535 and 2³² − 1 that
    no sample exceeds. Samples with values below 0 or above 2³² − 1 are scaled from their minimum to their maximum.
    """
    if samples.dtype.kind == "u" and samples.dtype.itemsize == 2:
        return (samples.astype(np.uint16) >> 8).astype(np.uint8)
    levels = np.nan_to_num(samples.astype(np.float32), copy=False, posinf=0, neginf=0)
    black, white = float(levels.min()), float(levels.max())
    limits = (1, 255, 65535, 2**32 - 1)[samples.dtype.kind != "f" :]
    if black >= 0 and white <= limits[-1]:
        black, white = 0, next(limit for limit in limits if white <= limit)
    if white - black > float(np.finfo(np.float32).max):  # of both signs: their difference would overflow
        levels *= 0.25
        black, white = black / 4, white / 4
    levels -= black  # in place: at 50 megapixels each copy is 200 MB
    levels *= 255 / max(white - black, 1e-30)
    return np.rint(levels, out=levels).astype(np.uint8)
