"""Records: the columns of a post, an image, a comment ...

Sources of the fields: *reference* is the API reference (models and endpoints), *recorded* means
seen in recorded answers, *changelog* is Imgur's own changelog.
"""

from __future__ import annotations

from imgurdata._validate import one_of
from imgurdata.model.records.account import (
    ACCOUNT,
    ACCOUNT_COUNTS,
    ACCOUNT_SETTINGS,
    CREDITS,
    TROPHY,
)
from imgurdata.model.records.album import ALBUM
from imgurdata.model.records.comment import COMMENT
from imgurdata.model.records.conversation import CONVERSATION, MESSAGE
from imgurdata.model.records.image import IMAGE
from imgurdata.model.records.notification import NOTIFICATION
from imgurdata.model.records.post import POST, VOTE
from imgurdata.model.records.snapshot import SNAPSHOT
from imgurdata.model.records.tag import TAG
from imgurdata.model.records.topic import TOPIC
from imgurdata.model.schema import Record

__all__ = [
    "ACCOUNT", "ACCOUNT_COUNTS", "ACCOUNT_SETTINGS", "ALBUM", "COMMENT", "CONVERSATION", "CREDITS",
    "IMAGE", "MESSAGE", "NOTIFICATION", "POST", "RECORDS", "SNAPSHOT", "TAG", "TOPIC", "TROPHY",
    "VOTE", "find_record", "find_table",
]  # fmt: skip

#: Every record of Imgur by its name.
RECORDS: dict[str, Record] = {
    record.name: record
    for record in (
        POST, IMAGE, ALBUM, COMMENT, ACCOUNT, ACCOUNT_COUNTS, ACCOUNT_SETTINGS, TAG, TROPHY,
        NOTIFICATION, CONVERSATION, MESSAGE, TOPIC, VOTE, CREDITS,
    )
}  # fmt: skip
#: What an archive has tables of.
_TABLES = {**RECORDS, SNAPSHOT.name: SNAPSHOT}


def find_record(name: str) -> Record:
    """Return the record of that name; raise InvalidArgument, which lists all, if there is none."""
    return RECORDS[one_of("record", name, RECORDS)]


def find_table(name: str) -> Record:
    """Return what an archive has a table of: a record, or ``snapshot``, its ledger."""
    return _TABLES[one_of("record", name, _TABLES)]
