"""Pseudonyms for people, by a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pandas as pd

from imgurdata._secret import Secret, seal, without_frames
from imgurdata._validate import refuse
from imgurdata.errors import InvalidArgument

__all__ = ["pseudonymise"]

#: A shorter key could be found by trying.
_SHORTEST_KEY = 16
#: Columns of user names, and of numbers of accounts.
_NAMES = ("account_url", "author", "username", "with_account", "from_user")
_NUMBERS = ("account_id", "author_id", "with_account_id", "sender_id")
#: Columns of an account's own row that hold its name or a link to it.
_OF_ACCOUNTS = ("avatar", "cover", "bio")


def pseudonymise(frame: pd.DataFrame, key: Any) -> pd.DataFrame:
    """Return a frame with pseudonyms in place of user names and account numbers.

    The same person gets the same pseudonym with the same key, in every frame. Without the key
    nobody can compute them from a name; whoever has it can. Throw it away after the study, and the
    data can no longer be linked to names by it.

    Parameters
    ----------
    frame : pandas.DataFrame
        Frame of a loader or an archive.
    key : str, bytes or Secret
        Secret of at least 16 characters, for example ``secrets.token_hex(32)``.

    Returns
    -------
    pandas.DataFrame
        A copy with the same columns and dtypes (names and numbers that came as objects, categories
        or floats are ``str`` and ``Int64``). User names become ``u_`` and 16 hex characters,
        also in the ``listing`` of a person's posts; numbers of accounts other numbers; ``avatar``,
        ``cover``, ``bio`` and ``blocked_users`` of accounts are NA;
        ``attrs`` lose parameters and missing ids.

    Raises
    ------
    InvalidArgument
        It is no frame, a column of account numbers holds something else, or the key is too short.

    Notes
    -----
    Names in titles, descriptions, comments and other texts stay. Ids of posts and comments stay,
    too: Imgur shows their author to everybody. To share data without that, drop or hash those
    columns, or share ids only (:meth:`imgurdata.Archive.export`).

    Examples
    --------
    >>> import pandas as pd
    >>> import imgurdata as imd
    >>> frame = pd.DataFrame({"account_url": ["some_body", "Some_Body", None]}, dtype="str")
    >>> names = imd.pseudonymise(frame, "a key of this example")["account_url"]
    >>> names[0] == names[1], names[0][:2], int(names.isna().sum())
    (True, 'u_', 1)
    """
    key = seal(key)
    if not isinstance(frame, pd.DataFrame):
        refuse("frame", "a DataFrame", frame)
    if not frame.columns.is_unique or frame.columns.nlevels > 1:
        refuse("frame", "a DataFrame whose columns have one name each", list(frame.columns))
    secret = seal(_key_bytes(key))  # a verbose traceback shows this frame's variables
    out = frame.copy()
    is_account = "reputation" in out.columns and "url" in out.columns
    names = [*_NAMES, *(["url"] if is_account else [])]
    numbers = [*_NUMBERS, *(["id"] if is_account else [])]
    for name in names:
        if name in out.columns:
            out[name] = _mapped(_texts(out[name]), lambda value: _name(secret, value))
    for name in numbers:
        if name in out.columns:
            out[name] = _mapped(_integers(out[name]), lambda value: _number(secret, value))
    if "listing" in out.columns:  # lists of a person have the name in their path
        out["listing"] = _mapped(_texts(out["listing"]), lambda value: _listing(secret, value))
    for name in (*(_OF_ACCOUNTS if is_account else ()), "blocked_users"):
        if name in out.columns:
            out[name] = pd.Series(pd.NA, index=out.index, dtype=out[name].dtype)
    attrs = out.attrs.get("imgurdata")
    if isinstance(attrs, dict):
        private = {"params", "missing", "missing_reasons", "endpoint"}
        out.attrs = {**out.attrs, "imgurdata": {k: v for k, v in attrs.items() if k not in private}}
    return out


def _texts(column: pd.Series) -> pd.Series:
    """Return a column of texts, of categories and objects, too, which CSV files and merges give."""
    is_text = pd.api.types.is_string_dtype(column.dtype) and column.dtype != object
    if is_text:
        return column
    # Half a surrogate pair, which no column of texts can hold, becomes a question mark.
    texts = [
        None if is_missing else str(value).encode(errors="replace").decode()
        for value, is_missing in zip(column.tolist(), column.isna().tolist(), strict=True)
    ]
    return pd.Series(texts, index=column.index, name=column.name, dtype="str")


def _integers(column: pd.Series) -> pd.Series:
    """Return a column that holds 64-bit integers; one with gaps from a CSV file holds floats."""
    if str(column.dtype) in {"int64", "Int64", "int64[pyarrow]"}:
        return column
    try:
        return column.astype("Int64")
    except (ValueError, TypeError, OverflowError):
        refuse(f"frame[{column.name!r}]", "a column of whole numbers", column)


@without_frames
def _key_bytes(key: Any) -> bytes:
    text = key.reveal() if isinstance(key, Secret) else key
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if not isinstance(data, bytes) or len(data) < _SHORTEST_KEY:
        # The message must not quote it.
        raise InvalidArgument(
            f"key must be a secret text of at least {_SHORTEST_KEY} characters, such as "
            "secrets.token_hex(32)."
        )
    return data


def _mapped(column: pd.Series, pseudonym: Any) -> pd.Series:
    known = {value: pseudonym(value) for value in column.dropna().unique().tolist()}
    # Series.map turns integers beside missing values into floats, which lose their last digits.
    values = [known.get(value) for value in column.tolist()]
    return pd.Series(values, index=column.index, name=column.name, dtype=column.dtype)


def _digest(secret: Any, kind: str, text: str) -> bytes:
    return hmac.new(
        secret.reveal(), f"{kind}:{text}".encode("utf-8", "surrogatepass"), hashlib.sha256
    ).digest()


def _listing(secret: Any, listing: str) -> str:
    kind, _, rest = listing.partition("/")
    if kind != "account":
        return listing
    name, slash, list_ = rest.partition("/")
    return f"{kind}/{_name(secret, name)}{slash}{list_}"


def _name(secret: Any, name: str) -> str:
    # Imgur's user names are the same in any case.
    return "u_" + _digest(secret, "name", name.lower()).hex()[:16]


def _number(secret: Any, number: int) -> int:
    return int.from_bytes(_digest(secret, "number", str(number))[:8]) >> 1
