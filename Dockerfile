# One image for all our processes; the command chooses which. Embedded servers stay out of it.
FROM python:3.13-slim AS build
COPY --from=ghcr.io/astral-sh/uv:0.13.8 /uv /usr/local/bin/uv
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
COPY pyproject.toml uv.lock README.md LICENSE worker.py ./
COPY domain domain
COPY workflows workflows
COPY activities activities
COPY adapters adapters
COPY api api
COPY ops ops
RUN uv sync --locked --no-dev --no-editable

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 orderkeep && mkdir /data && chown orderkeep /data
COPY --from=build /app/.venv /app/.venv
COPY --from=build /app/worker.py /app/worker.py
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 ORDERKEEP_DATA=/data
USER orderkeep
WORKDIR /app
ENTRYPOINT ["orderkeep"]
CMD ["api"]
