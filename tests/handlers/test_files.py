"""file.*: below the roots, and nowhere else, whatever links there are."""

from __future__ import annotations

import base64
import os
import threading

import pytest

from pgsched import Discard
from pgsched.errors import JobFailed
from pgsched.handlers import files
from pgsched.handlers.permits import permits


class Ctx:
    cancelled = threading.Event()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An allowed folder; beside it is one that is not, with a file."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("secret")
    monkeypatch.setenv("PGSCHED_FILE_ROOTS", str(inside))
    monkeypatch.setenv("PGSCHED_FILE_BYTES_MAX", "1000")
    permits.cache_clear()
    yield inside
    permits.cache_clear()


def write(path, text="new", **options):
    return files.write(Ctx(), str(path), text, **options)


def copy(source, target, **options):
    return files.copy(Ctx(), str(source), str(target), **options)


def refused(what=None, by=Discard):
    return pytest.raises(by, match=what)


def names(folder):
    return sorted(each.name for each in folder.rglob("*"))


def test_files_are_written_copied_and_deleted_by_a_worker(work, client, tmp_path):
    """The whole way."""
    work("file.*", {"PGSCHED_FILE_ROOTS": f"{tmp_path},/usr/share"})
    a, b = str(tmp_path / "x" / "a"), str(tmp_path / "b")
    args = {"path": a, "data": base64.b64encode(b"\0\xff").decode(), "parents": True}

    assert client.enqueue("file.write", args).result(20) == {"path": a, "bytes": 2}
    assert client.enqueue("file.copy", {"source": a, "target": b}).result(20)["bytes"] == 2
    assert (tmp_path / "b").read_bytes() == b"\0\xff"
    assert client.enqueue("file.delete", {"path": a}).result(20)["deleted"] is True
    with pytest.raises(JobFailed, match="does not exist"):
        client.enqueue("file.delete", {"path": a}).result(20)
    with pytest.raises(JobFailed, match="not below a folder"):
        client.enqueue("file.copy", {"source": "/etc/passwd", "target": b}).result(20)


@pytest.mark.parametrize(
    "path", ["a", "./a", "{}/../out/secret", "{}/./a", "{}//a", "{}", "{}/", "{}x/a", "/etc/x", ""]
)
def test_a_path_is_plain_and_below_a_root(root, path):
    for do in (write, files.delete):
        with refused():
            do(path.format(root))
    assert names(root.parent) == ["in", "out", "secret"]


def test_no_link_leads_out(root):
    """As a folder, as the file itself; a link is replaced or removed, never followed."""
    out = root.parent / "out"
    (root / "folder").symlink_to(out)
    (root / "link").symlink_to(out / "secret")
    (root / "file").write_text("in")

    for path in (root / "folder" / "secret", root / "folder" / "x" / "y"):
        with refused("symlink"):
            write(path, overwrite=True, parents=True)
        with refused("symlink"):
            files.delete(str(path))
        with refused("symlink"):
            copy(path, root / "copy")
    with refused("symlinks are not followed"):
        copy(root / "link", root / "copy")
    with refused("exists"):
        write(root / "link")
    write(root / "link", overwrite=True)
    files.delete(str(root / "folder"))

    assert (out / "secret").read_text() == "secret"
    assert not (root / "link").is_symlink()
    assert names(root) == ["file", "link"]


def test_a_folder_that_turns_into_a_link_at_the_last_moment_leads_nowhere(root, monkeypatch):
    """What was opened is where it is written, whatever the name has become."""
    (root / "folder").mkdir()
    put = files._put

    def swap(*args):
        os.rename(root / "folder", root / "moved")
        (root / "folder").symlink_to(root.parent / "out")
        return put(*args)

    monkeypatch.setattr(files, "_put", swap)
    write(root / "folder" / "secret", overwrite=True)

    assert (root.parent / "out" / "secret").read_text() == "secret"
    assert (root / "moved" / "secret").read_text() == "new"


def test_nothing_is_there_by_half(root):
    """Too large, there already, told to stop, a folder: as it was, with nothing left beside."""
    (root / "file").write_text("old")
    (root / "folder").mkdir()
    (root / "big").write_bytes(bytes(2000))
    before = names(root)

    with refused("exists"):
        write(root / "file")
    with refused("must not exceed 1000 bytes"):
        write(root / "file", "x" * 1001, overwrite=True)
    with refused("must not exceed 1000 bytes"):
        copy(root / "big", root / "file", overwrite=True)
    with refused("is a folder"):
        write(root / "folder", overwrite=True)
    Ctx.cancelled.set()
    with refused("told to stop", RuntimeError):
        write(root / "file", overwrite=True)
    Ctx.cancelled.clear()
    with refused(by=FileNotFoundError):
        write(root / "none" / "file")

    assert names(root) == before
    assert (root / "file").read_text() == "old"
    write(root / "file", overwrite=True)
    assert (root / "file").read_text() == "new"


def test_what_is_no_regular_file_is_not_read(root):
    """A pipe with nobody at its other end is not waited for."""
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()

    for name in ("pipe", "folder"):
        with refused("not a regular file"):
            copy(root / name, root / "copy")
    with refused("cannot be deleted"):
        files.delete(str(root / "folder"))
    assert files.delete(str(root / "none"), missing_ok=True)["deleted"] is False


@pytest.mark.parametrize("given", [{}, {"text": "a", "data": "YQ=="}, {"data": "?"}])
def test_content_is_text_or_base64(root, given):
    with refused("text|base64"):
        files.write(Ctx(), str(root / "a"), **given)


@pytest.mark.parametrize("roots", ["relative", "/no/such/folder", "/usr/../etc", ""])
def test_roots_are_checked_at_the_door(pgsched, monkeypatch, roots):
    """A worker does not start with one that is none."""
    monkeypatch.setenv("PGSCHED_FILE_ROOTS", roots)

    answer = pgsched("worker", "--handlers", "file.write")

    assert answer.code == 2
    assert "PGSCHED_FILE_ROOTS" in answer.err
