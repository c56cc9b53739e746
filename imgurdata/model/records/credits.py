"""The credits, as ``/3/credits`` tells them."""

from __future__ import annotations

from imgurdata.model.records.parts import FETCHED
from imgurdata.model.schema import TIME, Field, Record

__all__ = ["CREDITS"]

CREDITS = Record(
    name="credits",
    id_key="",
    any_of=("UserLimit", "UserRemaining", "ClientLimit", "ClientRemaining"),
    fields=(
        Field("user_limit", "Int64", "credits of this user an hour", "reference, Credits",
              unit="credits", key="UserLimit"),
        Field("user_remaining", "Int64", "of these left", "reference, Credits",
              unit="credits", key="UserRemaining"),
        Field("user_reset_at", TIME, "when they are filled up again", "reference, Credits",
              unit="UTC", key="UserReset", relative=True),
        Field("client_limit", "Int64", "credits of the application a day", "reference, Credits",
              unit="credits", key="ClientLimit"),
        Field("client_remaining", "Int64", "of these left", "reference, Credits",
              unit="credits", key="ClientRemaining"),
        Field("client_reset_at", TIME, "when they are filled up again; headers alone tell it",
              "recorded headers 2019-2025", unit="UTC", key="ClientReset", relative=True),
        FETCHED,
    ),
)  # fmt: skip
