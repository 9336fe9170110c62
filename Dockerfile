# The image of every pgsched process: `docker run pgsched worker`, `... migrate`, `... api`.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/pgsched
COPY pyproject.toml requirements.lock LICENSE README.md ./
COPY pgsched pgsched
COPY sql sql
# As a constraint: the lock pins the development tools too, which do not belong here.
RUN /opt/pgsched/bin/pip install --no-cache-dir --constraint requirements.lock '.[api,calendars,client,handlers]'

FROM python:3.13-slim
RUN useradd --system --create-home --shell /usr/sbin/nologin pgsched \
 && install -d -o pgsched -g pgsched /tls
COPY --from=build /opt/pgsched /opt/pgsched
ENV PATH=/opt/pgsched/bin:$PATH \
    PYTHONUNBUFFERED=1
# The image that this begins with has no compiled library, which takes half of the time of each start.
RUN python -c 'import pgsched.api, pgsched.cli, pgsched.handlers, pgsched.remote, pgsched.worker'
USER pgsched
WORKDIR /home/pgsched
# A worker gives back what it has not started and lets the rest finish.
STOPSIGNAL SIGTERM
ENTRYPOINT ["pgsched"]
CMD ["--help"]
