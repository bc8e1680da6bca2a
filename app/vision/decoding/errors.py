"""What can be wrong with a picture that someone sends. Each message is written for the sender."""


class PictureError(Exception):
    """The picture cannot be compared; the text names the reason and the limit, not the file."""


class UnsupportedFormat(PictureError):
    """The bytes are not a picture of an accepted format."""


class BrokenPicture(PictureError):
    """The format is accepted, but the bytes cannot be decoded."""


class PictureTooLarge(PictureError):
    """The header declares more pixels than may be decoded."""
