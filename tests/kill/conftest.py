"""The same workers as tests/worker has."""

from tests.worker.conftest import client, worker

__all__ = ["client", "worker"]
