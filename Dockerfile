# One recipe for every service: docker build --build-arg SERVICE=deals .
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/base.txt

FROM ${PYTHON_IMAGE}
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 BATON_HTTP_HOST=0.0.0.0 BATON_HTTP_PORT=8000
RUN useradd --system --uid 10001 --create-home baton && mkdir /var/lib/baton && chown baton /var/lib/baton
COPY --from=packages /venv /venv
WORKDIR /app
COPY contracts contracts
COPY chassis chassis
COPY services services
COPY stack stack
COPY ops ops
# Last, so that the services share every layer above.
ARG SERVICE
ENV SERVICE=${SERVICE}
USER baton
EXPOSE 8000
CMD ["sh", "-c", "exec python -m services.$SERVICE"]
