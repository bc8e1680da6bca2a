# The first stage installs, trims and compiles; the second gets the result alone.
# Pin the base: docker build --build-arg BASE=python:3.11-slim-bookworm@sha256:…, as docs/service.md explains.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE} AS build

RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils \
    && python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH

# Before the code, so that a change there does not install anew.
COPY requirements.txt scripts/trim-packages /tmp/
RUN pip install --no-cache-dir --no-compile --require-hashes -r /tmp/requirements.txt \
    && /tmp/trim-packages /opt/venv/lib/python3.11/site-packages

WORKDIR /srv/image-diff
COPY . .
# Bytecode of just what the service imports: compiling it at every start takes 12 s, the rest would add 100 MB.
RUN DATA_DIR=/tmp/data python -c "import tensorflow_hub, wsgi, app.cli.serve"
# Without a model hub in reach, the image has the network that came with the packages, and this says so.
RUN mkdir /data /opt/tfhub && TFHUB_CACHE_DIR=/opt/tfhub python -m app models pull --within 20


FROM ${BASE}

RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent image-diff
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/image-diff /srv/image-diff
COPY --from=build /opt/tfhub /opt/tfhub
COPY --from=build --chown=image-diff:image-diff /data /data

# No bytecode is written: the code and the weights belong to root, and the file system may be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    TFHUB_CACHE_DIR=/opt/tfhub \
    CACHE_DIR=/data/cache \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /srv/image-diff
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/healthz'); exit(c.getresponse().status != 200)"]
CMD ["python", "-m", "app", "serve"]
