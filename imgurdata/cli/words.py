"""Messages of the library in the words of the command line.

The library's errors speak of Python: ``imd.connect(client_id=...)``. In a terminal the same advice
is ``--client-id ID``. What has no counterpart there is left out.
"""

from __future__ import annotations

import re

__all__ = ["in_options"]

#: What Python calls it, and what the command line does; applied in this order.
_WORDS = [
    (r"In a notebook: imd\.sign_in\([^)]{0,40}\); in a terminal: (imgurdata sign-in)(?:; in .*)?$",
     r"Sign in with: \1"),
    (r"imd\.sign_in\(\) in a notebook, connect\(account=\.\.\.\)(?: or token=)?(?: in a script)?",
     "imgurdata sign-in, then --account NAME"),
    (r"(?:imd\.)?sign_in_with_tokens\(\)", "imgurdata sign-in --tokens"),
    (r"(?:imd\.)?sign_in\([^)]{0,40}\)", "imgurdata sign-in"),
    (r"(?:connect\()?client_secret=\.\.\.\)?,? (?:or )?(?=\$IMGUR_CLIENT_SECRET)", ""),
    (r"(?:(?:imd|imgurdata)\.)?connect\((\w+=[^()]{1,40})\)", r"\1"),
    (r"\bclient_secret=\.\.\.", "$IMGUR_CLIENT_SECRET"),
    (r"\bclient_id=\.\.\.", "--client-id ID"),
    (r"\baccount=\.\.\.", "--account NAME"),
    (r"\baccount=(?= )", "--account"),
    (r"\bsandbox=True", "--sandbox"),
    (r"\boffline=True", "--offline"),
    (r"(?:\bwith )?\boffline=False", "without --offline"),
    (r"""\bon_limit=["']wait["']""", "--max-wait DURATION"),
    (r"""\bmax_wait=["']?([\w. ]{1,30})["']?""", r"--max-wait \1"),
    (r"\bmax_wait\b", "--max-wait"),
    (r"(?<![?&$\w-])base_url=", "--base-url "),
    (r"(?<![?&$\w-])base_url\b", "--base-url"),
    (r"(?<![?&$\w-])client_id\b(?!=)", "--client-id"),
    (r"(?<![?&$\w-])client_secret\b(?!=)", "$IMGUR_CLIENT_SECRET"),
    (r"^Pull\([^()]{0,200}\)", "This command"),
    (r", a Timedelta,? (?=or seconds)", " "),
    (r"\b(section|sort)='(\w{1,20})'", r"\1 \2"),
    (r"\bwindow='(\w{1,20})'", r"--window \1"),
    (r"^(window|pages|account)(?= (?:must|is|needs|has)\b)", r"--\1"),
    (r"^(?:usernames?)(?= must\b)", "NAME"),
    (r"^ids(?= must\b)", "ID"),
]  # fmt: skip
_RULES = [(re.compile(pattern), words) for pattern, words in _WORDS]

#: Python that no rule knows: functions of the package, and arguments of them.
_PYTHON = re.compile(
    r"\b(?:imd|imgurdata)\.[a-z]\w*|\bconnect\(|\bload_[a-z]|(?<![?&$\w-])(?:account|bundle|cache"
    r"|ids|max_age|on_limit|pages|paste|progress|remember|session|timeout|token|until_known|workers"
    r")=|\brange\("
)
_IN_PARENTHESES = re.compile(r" ?\([^()]{0,200}\)")


def in_options(message: str) -> str:
    """Return a message that speaks of options where it spoke of Python arguments.

    Advice that only Python can follow is left out; the first sentence, which says what is wrong,
    never is.

    Examples
    --------
    >>> in_options("A client id is needed: imd.connect(client_id=...).")
    'A client id is needed: --client-id ID.'
    >>> in_options("It took too long (timeout=...). Shorten the walk with until_known=ids.")
    'It took too long.'
    """
    for pattern, words in _RULES:
        message = pattern.sub(words, message)
    message = _IN_PARENTHESES.sub(
        lambda found: "" if _PYTHON.search(found[0]) else found[0], message
    )
    first, *more = re.split(r"(?<=[.;]) ", message)
    kept = [first, *(part for part in more if not _PYTHON.search(part))]
    text = " ".join(kept)
    return f"{text[:-1]}." if text.endswith(";") else text
