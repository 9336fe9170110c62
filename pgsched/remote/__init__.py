"""
A client of the HTTP API, for programs without database access: `Client` does what
`pgsched.Scheduler` does, by the same names. It takes httpx: `pip install 'pgsched[client]'`.
"""

from ..client.scheduler import Job
from .client import Client

__all__ = ["Client", "Job"]
