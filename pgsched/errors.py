"""
Every error pgsched raises by name: code, Python class and HTTP status, in this one table.

A code is a SQLSTATE of class ``PS``. SQL functions raise it, Python maps it back to a class by
``from_sqlstate``, the HTTP API answers with ``status``. Nobody parses messages.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import ClassVar


class PgschedError(Exception):
    """Base of all named errors. `detail` says what was found, `hint` what to do about it."""

    code: ClassVar[str] = "PS000"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, detail: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.detail, self.hint = message, detail, hint

    def __str__(self) -> str:
        parts = (self.message, self.detail, self.hint and f"Hint: {self.hint}")
        return ". ".join(part.rstrip(".") for part in parts if part)


class JobNotFound(PgschedError):
    """No job has this id: it never existed, or retention has removed it."""

    code, status = "PS001", 404


class TaskNotFound(PgschedError):
    """No task of this name is in the catalogue."""

    code, status = "PS002", 404


class ScheduleNotFound(PgschedError):
    """No schedule has this name."""

    code, status = "PS003", 404


class SubscriptionNotFound(PgschedError):
    """No subscription has this name."""

    code, status = "PS004", 404


class EventNotFound(PgschedError):
    """No event has this id: there never was one, or retention has removed it."""

    code, status = "PS005", 404


class UserNotFound(PgschedError):
    """No user has this name."""

    code, status = "PS006", 404


class ApiKeyNotFound(PgschedError):
    """No API key has this id."""

    code, status = "PS007", 404


class RunNotFound(PgschedError):
    """The job has no such attempt."""

    code, status = "PS008", 404


class HookNotFound(PgschedError):
    """No hook has this name."""

    code, status = "PS009", 404


class InvalidValue(PgschedError):
    """
    A value is refused; the message names it and says what is allowed.

    `field`: whose value it is; None: the one that the message begins with.
    """

    code, status = "PS010", 422

    def __init__(
        self,
        message: str,
        *,
        detail: str | None = None,
        hint: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message, detail=detail, hint=hint)
        self.field = field


@contextmanager
def naming(field: str) -> Generator[None]:
    """Let what is refused in here be the value of this field, unless it is known of which it is."""
    try:
        yield
    except InvalidValue as error:
        error.field = error.field or field
        raise


class CalendarNotFound(PgschedError):
    """No business calendar has this name."""

    code, status = "PS011", 404


class EndpointNotFound(PgschedError):
    """No endpoint has this name."""

    code, status = "PS016", 404


class EndpointConflict(PgschedError):
    """An endpoint of this name exists already, or is still in use."""

    code, status = "PS017", 409


class CallbackUnknown(PgschedError):
    """Nobody holds a job by this token: it was not handed over yet, or is long over."""

    code, status = "PS018", 425


class JobStateConflict(PgschedError):
    """The job is not in a state that allows this."""

    code, status = "PS020", 409


class LeaseLost(PgschedError):
    """The worker no longer holds this job or its lease: somebody else may be running it."""

    code, status = "PS021", 409


class NotTransactional(PgschedError):
    """complete() needs a task declared with transactional=True."""

    code, status = "PS022", 409


class WrongIsolation(PgschedError):
    """The function runs in READ COMMITTED transactions only."""

    code, status = "PS023", 409


class ReadOnlyView(PgschedError):
    """What cannot be written to a view: jobs are immutable facts, and so is part of a task."""

    code, status = "PS024", 405


class ScheduleExists(PgschedError):
    """A schedule of this name exists already."""

    code, status = "PS025", 409


class VersionChanged(PgschedError):
    """It has another version than was expected: somebody else changed it."""

    code, status = "PS026", 412


class ChainTooLong(PgschedError):
    """Events have followed from one another past event_depth_max: does the chain feed itself?"""

    code, status = "PS027", 409


class Forbidden(PgschedError):
    """The user may not do this."""

    code, status = "PS028", 403


class UserExists(PgschedError):
    """A user of this name exists already."""

    code, status = "PS029", 409


class SchemaMissing(PgschedError):
    """The database has no pgsched schema, or an older one than this code needs."""

    code, status = "PS030", 503


class SchemaTooNew(PgschedError):
    """The database's schema was made by a newer release than this code."""

    code, status = "PS031", 503


class SchemaChanged(PgschedError):
    """A migration that was applied differs from the one shipped with this code."""

    code, status = "PS032", 503


class HookExists(PgschedError):
    """A hook of this name exists already."""

    code, status = "PS035", 409


class JobFailed(PgschedError):
    """result() of a job that ended without success; `detail` has its state and last error."""

    code, status = "PS040", 409


class ResultTimeout(PgschedError):
    """result() waited as long as it was allowed to, and the job had not ended."""

    code, status = "PS041", 504


class EmbeddedUnavailable(PgschedError):
    """The embedded Postgres is not installed, or could not be started."""

    code, status = "PS050", 503


class NotAuthenticated(PgschedError):
    """Name and password, token or key are not known, or good no more."""

    code, status = "PS060", 401


class TooManyAttempts(PgschedError):
    """Log-ins that failed, or deliveries to a hook: the next may come after `retry_after_s`."""

    code, status = "PS061", 429

    def __init__(
        self,
        message: str,
        *,
        detail: str | None = None,
        hint: str | None = None,
        retry_after_s: int = 60,
    ) -> None:
        super().__init__(message, detail=detail, hint=hint)
        self.retry_after_s = retry_after_s


class SignatureRefused(PgschedError):
    """There is no such hook, or the signature is not by a secret of it, or too old."""

    code, status = "PS062", 401


class MalformedRequest(PgschedError):
    """The body is not what its content type says, or path or request are none of HTTP's."""

    code, status = "PS070", 400


class RouteNotFound(PgschedError):
    """There is nothing at this path."""

    code, status = "PS071", 404


class MethodNotAllowed(PgschedError):
    """The path has other methods than this one."""

    code, status = "PS072", 405


class BodyTooLarge(PgschedError):
    """The body has more bytes than are allowed here."""

    code, status = "PS073", 413


class MediaTypeUnknown(PgschedError):
    """The body is of a type that is not read here."""

    code, status = "PS074", 415


class ConditionRequired(PgschedError):
    """A change must say which version it is of, by If-Match with the ETag that was read."""

    code, status = "PS075", 428


class KeyReused(PgschedError):
    """The Idempotency-Key came before, with another request."""

    code, status = "PS076", 422


class Busy(PgschedError):
    """The API, or the database, has no room for this at the moment."""

    code, status = "PS077", 503


class RequestTimeout(PgschedError):
    """The request took longer than it may; what it changed was taken back."""

    code, status = "PS078", 504


class TooManyStreams(PgschedError):
    """The user has as many streams, or requests that wait, as it may."""

    code, status = "PS081", 429


class BodyTooSlow(PgschedError):
    """The body did not arrive within the time that a request may take."""

    code, status = "PS082", 408


class ShownOnce(PgschedError):
    """The request was carried out; its answer is only for the key or token that it came with."""

    code, status = "PS083", 409


class JobsDelayed(PgschedError):
    """A job has waited longer after it was due than it may."""

    code, status = "PS080", 503


class InternalError(PgschedError):
    """A defect of pgsched, or of its installation: the log has it under the request's id."""

    code, status = "PS079", 500


_BY_CODE = {cls.code: cls for cls in PgschedError.__subclasses__()}


def from_sqlstate(sqlstate: str | None) -> type[PgschedError] | None:
    """The class for a SQLSTATE of ours, None for any other."""
    return _BY_CODE.get(sqlstate) if sqlstate else None
