# The chat service as an image: `docker build -t tuesday .`, or `npm run image`, which tells its size and start time too. Written for Docker's classic
# builder as well, which the harness uses (no `RUN --mount`, no heredocs), so that one file serves every engine.
# docs/decisions/0036-stack.md says why it is bundled.

FROM node:24-bookworm-slim AS build
WORKDIR /build

# A host behind a private certificate authority puts it in .build/ca.crt; npm then trusts it during this stage, and it goes no further.
# Written as a pattern, since a pattern may match nothing.
COPY package.json package-lock.json .build/ca.cr[t] ./

# The front end is a workspace, whose folder is not even here. Without --ignore-scripts nothing would be gained: no production dependency needs its install script. Optional ones are the harness's.
# The bundler is apart from them, in the version of package-lock.json, where it is a dependency of the tests. It writes into its own folder alone.
ARG BUNDLER=rolldown@1.2.19
RUN if [ -f ca.crt ]; then export NODE_EXTRA_CA_CERTS=/build/ca.crt; fi; \
    npm ci --workspaces=false --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --no-update-notifier && \
    npm install --prefix /bundler --ignore-scripts --no-audit --no-fund --no-update-notifier "$BUNDLER"

# One file instead of 600: it is read at once at the start, and nothing goes along that is never run. The entry is the source, or what it was
# compiled to where the npm package builds the image.
COPY service ./service
RUN entry="$(ls service/main.ts service/main.js 2> /dev/null | head -n 1)" && \
    node /bundler/node_modules/rolldown/bin/cli.mjs "$entry" --platform node --format esm --file /app/service/main.js && \
    echo '{ "type": "module" }' > /app/package.json

# The licences of what is in the bundle ask to go along.
RUN find node_modules -type f \( -iname 'licen[cs]e*' -o -iname 'notice*' \) | sort | \
    while read -r file; do printf '\n---- %s\n\n' "$file"; cat "$file"; done > /app/LICENSES

# What V8 has compiled by the time that the service listens, kept for its next start. Node looks it up by its own version, V8's flags and the user, so
# all three have to be those of CMD and USER below. Where it does not fit it costs time and nothing else; so does a service that does not listen here.
RUN mkdir /app/compile-cache && chown node /app/compile-cache
USER node
RUN export NODE_COMPILE_CACHE=/app/compile-cache PORT=0 METRICS_PORT=0 LOG_LEVEL=info && \
    (node --max-semi-space-size=2 /app/service/main.js > /tmp/start.log & service=$!; \
     for attempt in $(seq 100); do if grep -q 'Server listening' /tmp/start.log; then break; fi; sleep 0.1; done; \
     kill -TERM "$service" && wait "$service"; true)
USER root
# Readable for every user and writable for none, whatever the umask.
RUN chown -R root:root /app && chmod -R a+rX,go-w /app


FROM node:24-bookworm-slim

# Everything belongs to root: the service can read its own code, not change it.
WORKDIR /app
COPY --from=build /app ./

ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/compile-cache \
    HOST=0.0.0.0 METRICS_HOST=0.0.0.0 \
    PORT=8080 \
    METRICS_PORT=9090
EXPOSE 8080 9090
USER node

# Ready, not merely alive: an instance without Redis shows as unhealthy. bash, which the base image has, does the asking: it needs no curl, and a tenth
# of the CPU time that starting Node would.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["bash", "-c", "exec 3<> /dev/tcp/127.0.0.1/$PORT && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]

# The exec form makes node process 1, so SIGTERM reaches it with no shell or npm between. The kernel drops signals to process 1 that it
# has no handler for; service/main.ts installs one for SIGTERM (drain, then exit), and it starts no children that would want an init
# to reap them. Give the container a stop grace of 30 s (`docker stop --time 30`): the drain may take 20.
STOPSIGNAL SIGTERM
# Little room for young objects: what lives in this service lives as long as a socket, and the rest is dead at once. Of 5,000 sockets that join, the
# process keeps half the memory, at no more work.
CMD ["node", "--max-semi-space-size=2", "service/main.js"]

# Last, since they differ from build to build.
ARG VERSION=0.0.0-development
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="tuesday" \
      org.opencontainers.image.description="A horizontally scaled chat service" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.source="$SOURCE"
