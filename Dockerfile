# syntax=docker/dockerfile:1
# Two stages: one installs from the hash-locked list, one holds the result and nothing that could install more.
# Builds for amd64 and arm64: every locked package has wheels for both.

FROM python:3.13.7-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements/runtime.lock deploy/strip_environment.py ./
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install --require-hashes --no-deps --requirement runtime.lock \
 && python strip_environment.py /opt/venv/lib/python3.13/site-packages

FROM python:3.13.7-slim-bookworm
RUN groupadd --system --gid 10001 bot \
 && useradd --system --uid 10001 --gid bot --no-create-home --home-dir /nonexistent bot \
 && install -d -o bot -g bot -m 700 /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY bot bot
COPY classifier classifier
COPY playground playground
COPY models models
COPY LICENSE NOTICE ./
COPY licenses licenses
# The root is read-only when it runs: what is not compiled now would be compiled at every start.
RUN python -m compileall -q bot classifier playground
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data HOME=/tmp
USER bot
VOLUME /data
STOPSIGNAL SIGTERM
# It asks whether photos will be answered: polling that stalls leaves the process alive.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "bot.healthcheck"]
ENTRYPOINT ["python", "-m", "bot"]
