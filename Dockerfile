# The chat service as an image: `docker build -t tuesday .`. Written for Docker's classic builder too, which the harness uses (no
# `RUN --mount`, no heredocs), so that one file serves every engine.

FROM node:24-bookworm-slim AS build
WORKDIR /app

# A host behind a private certificate authority puts it in .build/ca.crt; npm then trusts it during this stage, and it goes no further.
# Written as a pattern, since a pattern may match nothing.
COPY package.json package-lock.json .build/ca.cr[t] ./

# Without --ignore-scripts nothing would be gained: no production dependency needs its install script. The `node` package, which
# gives a development machine its Node, is a development dependency and stays out, and so do the optional ones, which are the harness's.
RUN if [ -f ca.crt ]; then export NODE_EXTRA_CA_CERTS=/app/ca.crt; fi; \
    npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --no-update-notifier

# Readable for every user, whatever the umask of the working copy was.
COPY service ./service
RUN chmod -R a+rX package.json service


FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="tuesday" \
      org.opencontainers.image.description="A horizontally scaled chat service" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="node:24-bookworm-slim"

# Everything belongs to root: the service can read its own code, not change it.
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/service ./service

ENV NODE_ENV=production \
    HOST=0.0.0.0 METRICS_HOST=0.0.0.0 \
    PORT=8080 \
    METRICS_PORT=9090
EXPOSE 8080 9090
USER node

# Ready, not merely alive: an instance without Redis shows as unhealthy. Node does the asking, so that the image needs no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# The exec form makes node process 1, so SIGTERM reaches it with no shell or npm between. The kernel drops signals to process 1 that it
# has no handler for; service/main.ts installs one for SIGTERM (drain, then exit), and it starts no children that would want an init
# to reap them. Give the container a stop grace of 30 s (`docker stop --time 30`): the drain may take 20.
STOPSIGNAL SIGTERM
# Little room for young objects: what lives in this service lives as long as a socket, and the rest is dead at once. Of 5,000 sockets that join, the
# process keeps half the memory, at no more work.
CMD ["node", "--max-semi-space-size=2", "service/main.ts"]
