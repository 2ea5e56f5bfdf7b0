# The image of Disparo. Its RUN lines call scripts of this repository and nothing else, so that the
# tests can run the same steps without Docker.
#
#   docker build -t disparo .
#   docker run --rm -p 127.0.0.1:8000:8000 -v disparo:/var/lib/disparo \
#     -e DISPARO_SERVER__HOST=0.0.0.0 disparo
#
# (`docker run … disparo db upgrade` first, for a new volume; compose.yaml does that by itself.)

# Debian 12 and its Python are what the tests run on; its ODBC drivers come from the same release.
ARG BASE=python:3.11-slim-bookworm
# What the page in the browser is built with, and nothing of it runs later.
ARG NODE=node:22-bookworm-slim

# --- The virtual environment: made once for each lock file, whatever the code does.
FROM ${BASE} AS build
WORKDIR /opt/disparo
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy
COPY pyproject.toml requirements.lock README.md ./
COPY scripts/ scripts/
RUN --mount=type=cache,target=/root/.cache ["scripts/setup", "run"]

# --- The page in the browser.
FROM ${NODE} AS page
WORKDIR /opt/disparo
COPY scripts/ scripts/
COPY frontend/ frontend/
RUN --mount=type=cache,target=/root/.npm ["scripts/page", "build"]

# --- What runs.
FROM ${BASE}
WORKDIR /opt/disparo
COPY scripts/ scripts/
RUN --mount=type=cache,target=/var/lib/apt/lists ["scripts/system-packages", "drivers"]
RUN ["scripts/state-directory", "/var/lib/disparo", "10001"]

COPY --from=build /opt/disparo/.venv/ .venv/
COPY pyproject.toml requirements.lock README.md settings.yaml alembic.ini ./
COPY alembic/ alembic/
COPY app/ app/
COPY --from=page /opt/disparo/app/static/ app/static/
COPY examples/ examples/

# A number, so that an orchestrator can see that it is not root; the name is for the records.
USER 10001:10001
ENV PATH=/opt/disparo/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/var/lib/disparo \
    USER=disparo \
    DISPARO_VAR=/var/lib/disparo
VOLUME ["/var/lib/disparo"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s \
    CMD ["python", "/opt/disparo/scripts/health_check.py"]
ENTRYPOINT ["disparo"]
CMD ["serve"]
