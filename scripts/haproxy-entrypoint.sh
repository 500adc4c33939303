#!/bin/sh
#
# Entry point of the locally made HAProxy image (base-images.sh). It behaves as the official image's does: options alone mean haproxy, which runs with a
# master that takes signals, in the foreground. It is process 1.

set -e

case "${1:-}" in
  -* | '') set -- haproxy "$@" ;;
esac

if [ "$1" = haproxy ]; then
  shift
  set -- haproxy -W -db "$@"
fi

exec "$@"
