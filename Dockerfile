# One image for every service of a city; the compose file says which part a container runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
COPY requirements requirements
COPY Makefile pyproject.toml ./
COPY scripts scripts
RUN python -m venv .venv && make PY=python3.11 .venv/.run
COPY web web
RUN make web
COPY . .

FROM python:3.11-slim-bookworm
# pg_dump and pg_restore for `ioc backup`, of the version of the service `database`
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client-15 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/ioc --create-home ioc
WORKDIR /src
COPY --from=build --chown=root:root /src /src
RUN rm -rf web/node_modules
ENV PATH=/src/.venv/bin:$PATH PYTHONUNBUFFERED=1 OPENBLAS_NUM_THREADS=1
USER ioc
VOLUME /var/lib/ioc
EXPOSE 8000
ENTRYPOINT ["ioc"]
CMD ["up"]
