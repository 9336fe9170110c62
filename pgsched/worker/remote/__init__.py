"""A worker without database access: it asks the HTTP API, and needs nothing else."""
