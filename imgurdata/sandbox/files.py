"""Where the sample world lives: beside the package in a checkout, inside it in the wheel."""

from __future__ import annotations

from pathlib import Path

from imgurdata.errors import ImgurDataError

__all__ = ["world_folder"]

_MANIFEST = "manifest.json"


def world_folder(package: Path | None = None) -> Path:
    """Find the folder that holds the world's files.

    An installed wheel carries the world inside the package; a checkout (and so an editable
    install) has it in ``data/world``. The wheel's copy goes first: a checkout has none.

    Parameters
    ----------
    package : pathlib.Path, optional
        Folder of ``imgurdata/sandbox``. The default is the one that is running.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ImgurDataError
        Neither folder holds a ``manifest.json``.

    Examples
    --------
    >>> (world_folder() / "manifest.json").is_file()
    True
    """
    here = Path(__file__).resolve().parent if package is None else package
    candidates = [here / "world_data", here.parent.parent / "data" / "world"]
    for folder in candidates:
        if (folder / _MANIFEST).is_file():
            return folder
    looked = " or ".join(str(folder) for folder in candidates)
    raise ImgurDataError(
        f"The sandbox's sample world was not found in {looked}. Install imgurdata again; in a "
        "checkout, write it with: python data/make_world.py"
    )
