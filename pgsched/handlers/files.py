"""file.write, file.copy, file.delete: below the folders that the worker allows, by no symlink."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from ..context import Context, Discard
from .offer import offer
from .permits import permits, words

_CHUNK = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe is not waited for
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@offer("file.write", timeout_s=600)
def write(
    ctx: Context,
    path: str,
    text: str | None = None,
    data: str | None = None,
    overwrite: bool = False,
    parents: bool = False,
) -> dict[str, object]:
    """
    Write a file: all of it or nothing is there, at any moment.

    path: absolute, below a folder that the worker allows; no part of it may be a symlink. text, as
    UTF-8, or data, in base64. overwrite: whether one may be there already. parents: whether folders
    are made.
    """
    if (text is None) == (data is None):
        raise Discard("give one of text and data")
    try:
        content = (text or "").encode() if data is None else base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise Discard(f"data must be base64: {error}") from None
    with _folder_of(path, parents) as (folder, name):
        size = _put(folder, name, path, iter([content]), ctx, overwrite)
    return {"path": path, "bytes": size}


@offer("file.copy", timeout_s=3600)
def copy(
    ctx: Context, source: str, target: str, overwrite: bool = False, parents: bool = False
) -> dict[str, object]:
    """
    Copy a regular file; the target is there as a whole or not at all.

    source, target: absolute, below folders that the worker allows; no part may be a symlink.
    overwrite: whether the target may be there already. parents: whether its folders are made.
    """
    with _folder_of(source) as (folder, name), _opened(name, folder, source) as file:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Discard(f"{source} is not a regular file")
        with _folder_of(target, parents) as (folder, name):
            size = _put(folder, name, target, _chunks(file), ctx, overwrite)
    return {"path": target, "bytes": size}


@offer("file.delete", timeout_s=600)
def delete(path: str, missing_ok: bool = False) -> dict[str, object]:
    """
    Delete a file, or a symlink itself; folders are refused.

    path: absolute, below a folder that the worker allows; no folder of it may be a symlink.
    missing_ok: whether it may be gone already.
    """
    try:
        with _folder_of(path) as (folder, name):
            os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        if missing_ok:
            return {"path": path, "deleted": False}
        raise Discard(f"{path} does not exist") from None
    except (IsADirectoryError, PermissionError) as error:
        raise Discard(f"{path} cannot be deleted: {error.strerror}") from None
    return {"path": path, "deleted": True}


@contextmanager
def _folder_of(path: str, parents: bool = False) -> Generator[tuple[int, str]]:
    """
    The open folder of a file, and the file's name in it.

    Each part is opened in the one before, so that none can become a link between a look and a use.
    Raises Discard for what is not below an allowed folder; FileNotFoundError.
    """
    if "\0" in path or not os.path.isabs(path) or os.path.normpath(path) != path:
        raise Discard(f"a path must be absolute and plain, without .. and //: got {path!r}")
    roots = [
        each for each in words(permits().file_roots) if path.startswith(each.rstrip("/") + "/")
    ]
    if not roots:
        raise Discard(f"{path} is not below a folder that this worker allows (PGSCHED_FILE_ROOTS)")
    root = max(roots, key=len)
    *folders, name = path.removeprefix(root).strip("/").split("/")
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for each in folders:
            if parents:
                _make(each, at)
            inner = _entered(each, at, path)
            os.close(at)
            at = inner
        yield at, name
    finally:
        os.close(at)


def _make(name: str, folder: int) -> None:
    try:
        os.mkdir(name, 0o777, dir_fd=folder)
    except FileExistsError:
        return


def _entered(name: str, folder: int, path: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except NotADirectoryError:
        raise Discard(f"{path}: {name} is a symlink, or no folder") from None
    except OSError as error:
        raise _refused(error, path) from None


@contextmanager
def _opened(name: str, folder: int, path: str) -> Generator[int]:
    try:
        file = os.open(name, _READ, dir_fd=folder)
    except OSError as error:
        raise _refused(error, path) from None
    try:
        yield file
    finally:
        os.close(file)


def _refused(error: OSError, path: str) -> Exception:
    """What cannot be different a moment later ends the job dead."""
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(error.errno, error.strerror, path)
    return Discard(f"{path} cannot be opened: {error.strerror}; symlinks are not followed")


def _chunks(file: int) -> Iterator[bytes]:
    while chunk := os.read(file, _CHUNK):
        yield chunk


def _put(
    folder: int, name: str, path: str, chunks: Iterator[bytes], ctx: Context, overwrite: bool
) -> int:
    """Write beside it, then move it there in one step; returns its size."""
    made = f".{secrets.token_hex(8)}.pgsched"
    file = os.open(made, _NEW, 0o666, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as out:
            size = _fill(out.fileno(), chunks, ctx)
            os.fsync(out.fileno())
        if overwrite:
            os.rename(made, name, src_dir_fd=folder, dst_dir_fd=folder)
            made = ""
        else:
            os.link(made, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        raise Discard(f"{path} exists, and overwrite is not set") from None
    except IsADirectoryError:
        raise Discard(f"{path} is a folder") from None
    finally:
        if made:
            os.unlink(made, dir_fd=folder)
    os.fsync(folder)
    return size


def _fill(file: int, chunks: Iterator[bytes], ctx: Context) -> int:
    size, most = 0, int(permits().file_bytes_max)
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise Discard(f"a file must not exceed {most} bytes (PGSCHED_FILE_BYTES_MAX)")
        if ctx.cancelled.is_set():
            raise RuntimeError("told to stop")
        view = memoryview(chunk)
        while view:
            view = view[os.write(file, view) :]
    return size
