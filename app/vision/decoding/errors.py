"""Errors of uploaded pictures. Each message is written for the sender."""


class PictureError(Exception):
    """The picture cannot be compared. The message has the reason and the limit, but not the file name."""


class UnsupportedFormat(PictureError):
    """The bytes are not a picture of an accepted format."""


class BrokenPicture(PictureError):
    """The format is accepted, but the bytes cannot be decoded."""


class PictureTooLarge(PictureError):
    """The header declares more pixels than may be decoded."""
