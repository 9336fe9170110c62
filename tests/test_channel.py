"""What another process says, read by a coroutine of uvloop: the worker's loop."""

from __future__ import annotations

import subprocess
import sys

# Threads open and close files all the time, as handlers do connections, while channels come and go.
_BESIDE_THREADS = """
import asyncio, os, threading, uvloop
from pgsched.channel import channel

done, taken = threading.Event(), []

def open_and_close():
    while not done.is_set():
        fd = os.open(os.devnull, os.O_RDONLY)
        try:
            os.fstat(fd)
            os.close(fd)
        except OSError as error:
            taken.append(error)

async def listen():
    for n in range(2000):
        reader, theirs = await channel()
        with theirs:
            theirs.sendall(b"line %d\\nrest" % n)
        assert await reader.readline() == b"line %d\\n" % n
        assert await reader.read() == b"rest"

threads = [threading.Thread(target=open_and_close) for _ in range(2)]
for thread in threads:
    thread.start()
try:
    uvloop.run(listen())
finally:
    done.set()
for thread in threads:
    thread.join()
assert not taken, taken[0]
assert len(os.listdir("/proc/self/fd")) < 50
"""


def test_what_it_says_is_read_to_its_end_and_no_file_of_others_is_closed_with_it():
    """uvloop closes the file of a pipe twice, and so the one that a thread opened in between."""
    beside = [sys.executable, "-c", _BESIDE_THREADS]
    ended = subprocess.run(beside, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
