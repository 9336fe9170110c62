"""
CloudEvents 1.0 over HTTP: one in headers (binary mode), or one or many in JSON (structured,
batched); and what a body that need not be JSON is as the data of an event.

Extension attributes and dataschema are kept beside the rest; datacontenttype of JSON is not.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import from_json
from starlette.datastructures import Headers

from pgsched.errors import InvalidValue, MalformedRequest

from .bodies import read_json
from .problems import refused
from .route import JSON
from .shapes import NO_TIME, TIME

ONE, MANY = "application/cloudevents+json", "application/cloudevents-batch+json"
Said = dict[str, Any]
"""An event as `calls.emit_many` takes it."""

_NAME = re.compile(r"[a-z0-9]+", re.ASCII)
_URI = r"([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
_SCHEMA = f"[A-Za-z][A-Za-z0-9+.-]*:{_URI}"
_MEDIA = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(;.*)?"
# Of headers these say what is told in other ways.
_NO_HEADERS = {"data", "data_base64", "datacontenttype"}


def _printable(value: str) -> str:
    """A String of the specification."""
    for char in value:
        if unicodedata.category(char) in ("Cc", "Cs") or ord(char) & 0xFFFE == 0xFFFE:
            raise ValueError(f"must not contain U+{ord(char):04X}")
        if 0xFDD0 <= ord(char) <= 0xFDEF:
            raise ValueError(f"must not contain U+{ord(char):04X}")
    return value


def _moment(value: str) -> str:
    """A Timestamp of the specification (RFC 3339), in UTC; a leap second is the second after it."""
    found = TIME.fullmatch(value)
    try:
        if found is None:
            raise ValueError
        day, minute, second, fraction, zone = found.groups("")
        leap = second == "60"
        whole = f"{day}T{minute}:{'59' if leap else second}{fraction[:7]}{zone.upper()}"
        moment = datetime.fromisoformat(whole) + timedelta(seconds=leap)
        return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise ValueError(NO_TIME) from None


Attribute = Annotated[
    str, StringConstraints(min_length=1, max_length=500), AfterValidator(_printable)
]
Extension = (
    bool
    | Annotated[int, Field(ge=-(2**31), lt=2**31)]
    | Annotated[str, AfterValidator(_printable)]
    | None
)


class CloudEvent(BaseModel):
    """A CloudEvent in JSON; `time` is of RFC 3339. What has null is left out, but for `data`."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    __pydantic_extra__: dict[str, Extension]  # pyright: ignore[reportIncompatibleVariableOverride]

    specversion: Literal["1.0"]
    id: Attribute
    source: Annotated[Attribute, StringConstraints(pattern=f"^{_URI}$")]
    type: Attribute
    subject: Attribute | None = None
    time: Annotated[str, AfterValidator(_moment)] | None = None
    datacontenttype: Annotated[Attribute, StringConstraints(pattern=f"^{_MEDIA}$")] | None = None
    dataschema: Annotated[Attribute, StringConstraints(pattern=f"^{_SCHEMA}$")] | None = None
    data: Any = None
    data_base64: str | None = None

    @model_validator(mode="after")
    def attributes(self) -> Self:
        """Names of attributes, and data but once."""
        for name in self.__pydantic_extra__:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of an attribute: lower-case letters, digits")
        if self.data_base64 is not None and "data" in self.model_fields_set:
            raise ValueError("give either data or data_base64")
        return self

    def said(self) -> Said:
        """As it is emitted."""
        return {
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time,
            **self._attributes(),
            **self._data(),
        }

    def _attributes(self) -> Said:
        said = {"dataschema": self.dataschema, **self.__pydantic_extra__}
        kept = {name: value for name, value in said.items() if value is not None}
        return {"attributes": kept} if kept else {}

    def _data(self) -> Said:
        media = self.datacontenttype or ""
        if self.data_base64 is not None:
            try:
                raw = base64.b64decode(self.data_base64, validate=True)
            except (binascii.Error, ValueError):
                raise InvalidValue("data_base64 must be base64") from None
            return {"data": content(media, raw)}
        if "data" not in self.model_fields_set:
            return {}
        if media and not _is_json(media):
            return {"data": {"datacontenttype": media, "data": self.data}}
        return {"data": self.data}


Batch = Annotated[list[CloudEvent], FailFast(), Field(max_length=10_000)]
_ONE: TypeAdapter[CloudEvent] = TypeAdapter(CloudEvent)
_MANY: TypeAdapter[list[CloudEvent]] = TypeAdapter(Batch)


def read_one(raw: bytes) -> Said:
    """A CloudEvent in structured mode. Raises MalformedRequest, InvalidValue."""
    return read_json(_ONE, raw).said()


def read_many(raw: bytes) -> list[Said]:
    """CloudEvents in a batch, which may be empty. Raises MalformedRequest, InvalidValue."""
    return [each.said() for each in read_json(_MANY, raw)]


def in_headers(headers: Headers) -> bool:
    """Whether the headers have a CloudEvent in binary mode."""
    return any(name.startswith("ce-") for name in headers)


def read_headers(headers: Headers, raw: bytes) -> Said:
    """A CloudEvent in binary mode, whose data is the body. Raises as `read_one`."""
    given: dict[str, str] = {}
    for name, value in headers.items():
        if name.startswith("ce-"):
            attribute = name[3:]
            if attribute in given or attribute in _NO_HEADERS:
                raise InvalidValue(f"header {name} must not be there, or only once")
            given[attribute] = _unescaped(name, value)
    media = headers.get("content-type", "")
    if media:
        given["datacontenttype"] = media
    try:
        event = _ONE.validate_python(given)
    except ValidationError as error:
        raise refused("header", error) from None
    return event.said() | ({"data": content(media, raw)} if raw else {})


def content(media: str, raw: bytes) -> Any:
    """
    What came as a body of a media type (with its parameters; "": of none), as JSON.

    JSON is what it is; anything else is an object: `datacontenttype`, and `data` for a text, or
    else `data_base64`. Raises MalformedRequest for JSON that is none.
    """
    if _is_json(media):
        try:
            return from_json(raw)
        except ValueError as error:
            raise MalformedRequest(f"the body is not JSON: {error}") from None
    kept: dict[str, Any] = {"datacontenttype": media} if media else {}
    if _is_text(media):
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" not in text:
            return kept | {"data": text}
    return kept | {"data_base64": base64.b64encode(raw).decode()}


def kind(media: str) -> str:
    """A media type without its parameters, in lower case."""
    return media.partition(";")[0].strip().lower()


def _is_json(media: str) -> bool:
    return kind(media) in (JSON, "text/json") or kind(media).endswith("+json")


def _is_text(media: str) -> bool:
    only = kind(media)
    return only.startswith("text/") or only.endswith(("/xml", "+xml", "/x-www-form-urlencoded"))


def _unescaped(name: str, value: str) -> str:
    """The value of a header: what was quoted or percent-encoded, as UTF-8."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    encoded = re.sub(
        rb"%([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode()), value.encode("latin-1")
    )
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        raise InvalidValue(f"header {name} must be UTF-8, percent-encoded") from None
