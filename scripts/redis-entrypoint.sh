#!/bin/sh
#
# Entry point of the locally made Redis image (base-images.sh). It behaves as the official image's does where Tuesday relies on it: options
# alone mean redis-server, the server runs as the user redis, and it takes connections from other containers.
# Every step is an exec, so that redis-server is process 1 and gets SIGTERM itself.

set -e

case "${1:-}" in
  -* | '') set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
  # The official image is built with this default; Debian's package refuses all but the loopback without it.
  case " $* " in
    *' --protected-mode '*) ;;
    *) set -- "$@" --protected-mode no ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    chown redis:redis .
    exec setpriv --reuid=redis --regid=redis --init-groups "$@"
  fi
fi

exec "$@"
