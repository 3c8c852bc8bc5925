# Build: docker build -t booking .   Run: see compose.yaml and docs/deployment.md.
FROM python:3.11-slim-trixie AS build
WORKDIR /src
RUN python -m venv /opt/booking
COPY locks/run.txt locks/run.txt
# Radicale serves the example of `booking demo` alone.
RUN /opt/booking/bin/pip install --no-cache-dir --no-deps --require-hashes -r locks/run.txt \
    && /opt/booking/bin/pip uninstall --yes radicale
COPY pyproject.toml README.md LICENSE ./
COPY booking booking
COPY templates templates
COPY migrations migrations
RUN /opt/booking/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim-trixie
# pg_dump and pg_restore, for `booking backup` and `booking restore` on PostgreSQL.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home booking
COPY --from=build /opt/booking /opt/booking
ENV PATH=/opt/booking/bin:$PATH PYTHONUNBUFFERED=1
USER booking
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["booking", "serve", "--host", "0.0.0.0"]
