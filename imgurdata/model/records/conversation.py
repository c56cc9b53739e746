"""Conversation, and a message of one; Imgur has left both behind (read-only since 2016)."""

from __future__ import annotations

from imgurdata.model.records.parts import FETCHED, LISTED, username
from imgurdata.model.schema import TIME, Field, Ignored, Record

__all__ = ["CONVERSATION", "MESSAGE"]

_CONVERSATION = "reference, Conversation"
_MESSAGE = "reference, Message"

CONVERSATION = Record(
    name="conversation",
    null_is_empty=True,
    any_of=("with_account", "with_account_id", "last_message_preview", "message_count"),
    excluded=frozenset({"title", "comment", "content", "body", "link", "name"}),
    fields=(
        Field("id", "Int64", "the conversation's number", _CONVERSATION),
        username("with_account", "the other person"),
        Field("datetime", TIME, "when the last message was sent", _CONVERSATION, unit="UTC"),
        Field("last_message_preview", "str", "beginning of the last message", _CONVERSATION),
        Field("message_count", "Int64", "messages in all", _CONVERSATION),
        Field("with_account", "str", "user name of the other person", _CONVERSATION),
        Field("with_account_id", "Int64", "number of that account", _CONVERSATION,
              zero_as_na=True),
        Field("done", "boolean", "whether this page reaches the first message; NA in lists",
              _CONVERSATION),
        Field("page", "Int64", "number of the next page, from 1; NA in lists", _CONVERSATION),
        FETCHED,
    ),
    ignored=(
        Ignored("messages", "its messages: load_messages, or record 'message'", _CONVERSATION),
    ),
)  # fmt: skip

MESSAGE = Record(
    name="message",
    containers=("messages",),
    null_is_empty=True,
    any_of=("body", "from", "sender_id"),
    excluded=frozenset({"title", "comment", "content", "link", "name", "last_message_preview"}),
    fields=(
        Field("id", "Int64", "the message's number", _MESSAGE),
        username("from_user", "who wrote it", key="from"),
        Field("datetime", TIME, "when it was sent", _MESSAGE, unit="UTC"),
        Field("body", "str", "the text as sent", _MESSAGE),
        Field("conversation_id", "Int64", "the conversation it is part of", _MESSAGE),
        Field("from_user", "str", "user name of the sender", _MESSAGE, key="from"),
        Field("sender_id", "Int64", "number of the sender's account", _MESSAGE, zero_as_na=True),
        Field("account_id", "Int64", "number of the receiver's account", _MESSAGE,
              zero_as_na=True),
        *LISTED,
        FETCHED,
    ),
)  # fmt: skip
