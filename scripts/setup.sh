#!/usr/bin/env bash
#
# Puts on this machine what Tuesday needs beside Node and npm, and says what it does and what it finds there already.
# Running it again changes nothing that is in place. docs/bare-machine.md tells the same as a story.
#
#   npm run setup             redis-server, for `npm run scenario`
#   npm run setup -- --all    also python3, openssl, Chromium, readers of the reports' formats, a C compiler, HAProxy, Prometheus, a Docker engine,
#                             docker-compose and the images of the stack, for `--driver docker`, docker-compose.yml and all the tests
#   npm run setup -- --bench  redis-server, a C compiler, nginx with nchan, and the npm packages of bench/peers, for `npm run bench`
#
# Exit codes: 0 all there · 2 bad usage, or this machine cannot be set up (the last lines say why and what to do).
# Not handled: Redis older than the service needs, and engines that are reached over SSH.

set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly repository
# shellcheck source=scripts/machine.sh
source "$repository/scripts/machine.sh"
# shellcheck source=scripts/docker-engine.sh
source "$repository/scripts/docker-engine.sh"

readonly node_image='node:24-bookworm-slim'
readonly redis_image='redis:7-bookworm'
readonly haproxy_image='haproxy:2.6-bookworm'
readonly prometheus_image='prom/prometheus:v2.42.0'
readonly node_major_min=24
readonly python_version_min=3.9

# A registry that can be reached names the image within a few seconds. Without one, the name look-up may hang for minutes.
readonly registry_answer_seconds_max=15
# 80 MB at 1 Mbit/s.
readonly pull_seconds_max=900

scratch=''
pull=''

main() {
  local wants_all=no wants_bench=no
  local argument
  for argument in "$@"; do
    case "$argument" in
      --all) wants_all=yes ;;
      --bench) wants_bench=yes ;;
      --help | -h)
        print_usage
        exit 0
        ;;
      *)
        print_usage >&2
        fail "unknown argument \"$argument\": expected --all, --bench, --help or nothing"
        ;;
    esac
  done

  scratch="$(mktemp -d "${TMPDIR:-/tmp}/tuesday-setup.XXXXXX")"
  trap clean_up EXIT

  ensure_node
  ensure_redis_server
  if [ "$wants_all" = yes ]; then
    ensure_python
    ensure_openssl
    ensure_chromium
    ensure_format_readers
    ensure_compiler
    ensure_haproxy_and_prometheus
    ensure_docker_engine
    ensure_compose
    ensure_base_images
  fi
  if [ "$wants_bench" = yes ]; then
    ensure_compiler
    ensure_nchan
    ensure_bench_peers
  fi
  say 'done'
}

# Also after Ctrl-C, which a pull in the background does not hear.
clean_up() {
  if [ -n "$pull" ]; then
    kill "$pull" 2> /dev/null || true
  fi
  rm -rf "$scratch"
}

print_usage() {
  cat << 'USAGE'
usage: npm run setup [-- --all | --bench]

  (nothing)   make sure that redis-server (or valkey-server) is on the PATH
  --all       also python3, openssl, Chromium, readers of the reports' formats, a C compiler, HAProxy, Prometheus, a Docker engine, docker-compose,
              and the images node:24-bookworm-slim, redis:7-bookworm, haproxy:2.6-bookworm and prom/prometheus:v2.42.0
  --bench     also a C compiler, nginx with its module nchan, and the npm packages of bench/peers
  --help      this text
USAGE
}

# ---------------------------------------------------------------------------------------------------------------- Node

ensure_node() {
  # `npm run` does this by itself; it is repeated for those who call the script directly.
  PATH="$repository/node_modules/.bin:$PATH"
  local version
  version="$(node --version 2> /dev/null)" || version='none'
  local major="${version#v}"
  major="${major%%.*}"
  case "$major" in
    '' | *[!0-9]*) major=0 ;;
  esac
  if [ "$major" -lt "$node_major_min" ]; then
    fail "expected Node $node_major_min or later, found $version." \
      'Run "npm ci": it brings a Node of its own. With --ignore-scripts that Node is missing; run "npm rebuild node" then.'
  fi
  say "node: found $version, $(command -v node)"
}

# --------------------------------------------------------------------------------------------------------------- Redis

ensure_redis_server() {
  if say_redis_server_found; then
    return
  fi
  if ! has_apt; then
    fail 'no redis-server or valkey-server on the PATH, and this is not a Debian machine, so nothing was installed. Either' \
      '  1. install Redis 7 or later by other means (macOS: "brew install redis"; others: your package manager), or' \
      '  2. have a Docker engine running and use "npm run scenario smoke -- --driver docker", or' \
      '  3. point at a server that you have: "npm run scenario smoke -- --redis-url redis://127.0.0.1:6379".'
  fi
  say 'redis-server: not on the PATH; installing the Debian package redis-server'
  install_packages redis-server
  say_redis_server_found || fail 'the package redis-server is installed, but no redis-server is on the PATH.' \
    "Add the folder of redis-server (usually /usr/bin) to the PATH, which is now: $PATH"
}

say_redis_server_found() {
  local name
  for name in redis-server valkey-server; do
    if command -v "$name" > /dev/null; then
      say "$name: found $("$name" --version | grep -o 'v=[0-9.]*' | cut -c 3-), $(command -v "$name")"
      return 0
    fi
  done
  return 1
}

# -------------------------------------------------------------------------------------------------------------- Python

# For the tests alone: one of their clients is written in it. Nothing beside its standard library is used.
ensure_python() {
  if ! has_python; then
    if ! has_apt; then
      fail "expected python3, $python_version_min or later, on the PATH, found $(python_version), and this is not a Debian machine," \
        'so nothing was installed. Install it by other means (macOS: "brew install python"; others: your package manager).'
    fi
    say "python3: expected $python_version_min or later, found $(python_version); installing the Debian package python3"
    install_packages python3
    has_python || fail "the package python3 is installed, but the python3 on the PATH is $(python_version)." \
      "Put the folder of a python3 of $python_version_min or later (usually /usr/bin) first on the PATH, which is now: $PATH"
  fi
  say "python3: found $(python_version), $(command -v python3)"
}

# For the tests alone: certificates for a Redis that speaks TLS.
ensure_openssl() {
  if ! command -v openssl > /dev/null; then
    if ! has_apt; then
      fail 'expected openssl on the PATH, found none, and this is not a Debian machine, so nothing was installed.' \
        'Install it by other means (macOS: "brew install openssl"; others: your package manager).'
    fi
    say 'openssl: expected it on the PATH, found none; installing the Debian package openssl'
    install_packages openssl
  fi
  say "openssl: found $(openssl version | cut -d' ' -f2), $(command -v openssl)"
}

# For the tests alone: they open reports in it.
ensure_chromium() {
  if ! say_chromium_found; then
    if ! has_apt; then
      fail 'expected chromium, chromium-browser or google-chrome on the PATH, found none, and this is not a Debian machine, so nothing was' \
        'installed. Install one of them by other means.'
    fi
    say 'chromium: expected it on the PATH, found none; installing the Debian package chromium'
    install_packages chromium
    say_chromium_found || fail "the package chromium is installed, but no chromium is on the PATH, which is: $PATH"
  fi
}

say_chromium_found() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" > /dev/null; then
      say "$name: found $(command -v "$name")"
      return 0
    fi
  done
  return 1
}

# For the tests alone: what reads junit.xml and result.openmetrics as others would.
ensure_format_readers() {
  if ! has_format_readers; then
    if ! has_apt; then
      fail 'expected xmllint on the PATH, and the module prometheus_client for python3, found not both, and this is not a Debian machine,' \
        'so nothing was installed. Install libxml2 (it brings xmllint) and run "python3 -m pip install prometheus-client".'
    fi
    say 'xmllint, prometheus_client: not both here; installing the Debian packages libxml2-utils and python3-prometheus-client'
    install_packages libxml2-utils python3-prometheus-client
    has_format_readers || fail 'the packages libxml2-utils and python3-prometheus-client are installed, but xmllint or the module is not found.' \
      'Run: python3 -c "import prometheus_client.openmetrics.parser"   to see why.'
  fi
  say "xmllint, prometheus_client: found"
}

# The module of Debian's package is that of Debian's python3, which need not be the first on the PATH.
has_format_readers() {
  local python
  command -v xmllint > /dev/null || return 1
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import prometheus_client.openmetrics.parser' 2> /dev/null; then
      return 0
    fi
  done
  return 1
}

# --------------------------------------------------------------------------------------------------------------- stack

# For the tests, and for runs with a balancer and no Docker engine.
ensure_haproxy_and_prometheus() {
  local missing=() program
  has_program haproxy || missing+=(haproxy)
  # promtool comes with it.
  has_program promtool && has_program prometheus || missing+=(prometheus)
  if [ "${#missing[@]}" -gt 0 ]; then
    if ! has_apt; then
      fail "expected haproxy, prometheus and promtool on the PATH, found not all, and this is not a Debian machine, so nothing was installed." \
        'Install them by other means (macOS: "brew install haproxy prometheus"; others: your package manager).'
    fi
    say "${missing[*]}: not on the PATH; installing the Debian packages of these names"
    install_without_starting "${missing[@]}"
  fi
  for program in haproxy prometheus promtool; do
    has_program "$program" || fail "$program was installed and is not found. The PATH is: $PATH"
  done
  say 'haproxy, prometheus, promtool: found'
}

# Debian has haproxy in /usr/sbin, which the PATH of a user who is not root often lacks.
has_program() {
  command -v "$1" > /dev/null || [ -x "/usr/sbin/$1" ]
}

# Packages of servers start them, now and at each boot, on ports that somebody else may want (9090). A policy-rc.d that answers 101 is how Debian is told
# not to, whichever init runs the machine; one that is here already is the administrator's, and is left alone. update-rc.d does the same for later boots.
install_without_starting() {
  local policy=/usr/sbin/policy-rc.d name
  if [ -e "$policy" ]; then
    install_packages "$@"
  else
    # shellcheck disable=SC2016 # The shell that as_root starts is to expand it.
    as_root sh -c 'printf "#!/bin/sh\nexit 101\n" > "$1" && chmod 755 "$1"' sh "$policy"
    # In a shell of its own, so that the file goes also where the installation fails.
    local status=0
    (install_packages "$@") || status=$?
    as_root rm -f "$policy"
    [ "$status" -eq 0 ] || exit "$status"
  fi
  for name in "$@"; do
    as_root env PATH="$PATH:/usr/sbin:/sbin" update-rc.d "$name" disable > /dev/null 2>&1 || true
  done
}

ensure_compose() {
  if ! docker-compose version > /dev/null 2>&1; then
    if ! has_apt; then
      fail 'expected docker-compose on the PATH, found none, and this is not a Debian machine, so nothing was installed.' \
        'Install it by other means; a script of that name with the line  exec docker compose "$@"  will do.'
    fi
    say 'docker-compose: not on the PATH; installing the Debian package docker-compose'
    install_packages docker-compose
    docker-compose version > /dev/null 2>&1 || fail 'the package docker-compose is installed, but "docker-compose version" fails.'
  fi
  say "docker-compose: found $(docker-compose version --short), $(command -v docker-compose)"
}

# --------------------------------------------------------------------------------------------------------------- bench

# The bench receives with a program in C, and one test does.
ensure_compiler() {
  if ! has_compiler; then
    if ! has_apt; then
      fail 'expected a C compiler as cc on the PATH, found none that makes a program, and this is not a Debian machine, so nothing was' \
        'installed. Install gcc and the headers of the C library by other means.'
    fi
    say 'cc: found none that makes a program; installing the Debian packages gcc and libc6-dev'
    install_packages gcc libc6-dev
    has_compiler || fail 'the packages gcc and libc6-dev are installed, but cc makes no program.' \
      'Run: echo "#include <stdio.h>" | cc -xc -fsyntax-only -   to see why.'
  fi
  say "cc: found $(cc -dumpfullversion 2> /dev/null || echo 'one of unknown version'), $(command -v cc)"
}

# Also the headers: a compiler alone is not enough.
has_compiler() {
  command -v cc > /dev/null && echo '#include <stdio.h>
int main(void) { return 0; }' | cc -xc -o "$scratch/program" - 2> /dev/null
}

ensure_nchan() {
  local module=/usr/lib/nginx/modules/ngx_nchan_module.so
  if ! [ -x /usr/sbin/nginx ] || ! [ -f "$module" ]; then
    if ! has_apt; then
      fail "expected /usr/sbin/nginx and $module, and this is not a Debian machine, so nothing was installed." \
        'Without them "npm run bench -- --quick" runs, and of the full form every measurement but fan-out and idle-memory.'
    fi
    say 'nchan: not here; installing the Debian packages nginx and libnginx-mod-nchan'
    install_packages nginx libnginx-mod-nchan
  fi
  say "nchan: found $module"
}

# A package of its own with its own lock, so that `npm ci` at the root stays small. No install scripts: the program of bun is in a package, too.
ensure_bench_peers() {
  local peers="$repository/bench/peers"
  if [ "$peers/node_modules/.package-lock.json" -nt "$peers/package-lock.json" ]; then
    say 'bench/peers: its npm packages are here'
    return
  fi
  say 'bench/peers: installing its npm packages'
  (cd "$peers" && npm ci --ignore-scripts --silent) || fail 'npm could not install the packages of bench/peers.' \
    'Run "npm ci" in that folder to see why.'
}

has_python() {
  python3 -c "import sys; sys.exit(sys.version_info < (${python_version_min/./, }))" 2> /dev/null
}

python_version() {
  python3 -c 'import platform; print(platform.python_version())' 2> /dev/null || echo none
}

# --------------------------------------------------------------------------------------------------------- base images

ensure_base_images() {
  local missing=()
  local image
  for image in "$node_image" "$redis_image" "$haproxy_image" "$prometheus_image"; do
    if docker image inspect "$image" > /dev/null 2>&1; then
      say "image $image: found$(origin_of_image "$image")"
    elif pull_image "$image"; then
      say "image $image: pulled"
    else
      missing+=("$image")
    fi
  done
  if [ "${#missing[@]}" -gt 0 ]; then
    make_base_images "${missing[@]}"
  fi
}

origin_of_image() {
  if [ "$(docker image inspect --format '{{index .Config.Labels "tuesday.base"}}' "$1")" = local ]; then
    echo ', made on this machine'
  fi
}

# A pull has two limits: a short one until the registry answers at all (the first line on stdout), a long one for the download.
pull_image() {
  say "image $1: not here; trying to pull it"
  local answer="$scratch/pull" second is_pulled=yes
  : > "$answer"
  docker pull "$1" > "$answer" 2> "$answer.errors" < /dev/null &
  pull=$!
  for ((second = 0; second < pull_seconds_max; second++)); do
    if ! kill -0 "$pull" 2> /dev/null; then
      break
    fi
    if [ "$second" -ge "$registry_answer_seconds_max" ] && [ ! -s "$answer" ]; then
      echo "no answer from the registry within $registry_answer_seconds_max s" >> "$answer.errors"
      break
    fi
    sleep 1
  done
  if [ "$second" -ge "$pull_seconds_max" ]; then
    echo "not finished within $pull_seconds_max s" >> "$answer.errors"
  fi
  # Does nothing where the pull has ended by itself.
  kill "$pull" 2> /dev/null || true
  wait "$pull" || is_pulled=no
  pull=''
  if [ "$is_pulled" = yes ]; then
    return 0
  fi
  say "image $1: cannot be pulled: $(tail -n 1 "$answer.errors" | grep . || echo 'docker pull gave no reason')"
  return 1
}

make_base_images() {
  if ! has_apt || ! grep -q '^ID=debian$' /etc/os-release; then
    fail "cannot pull $*, and only a Debian machine can make them itself." \
      'Load them from a machine that can: "docker save <image> | gzip > images.tar.gz" there, "docker load < images.tar.gz" here.'
  fi
  if ! command -v debootstrap > /dev/null && ! [ -x /usr/sbin/debootstrap ]; then
    say 'debootstrap: not here; installing the Debian package debootstrap'
    install_packages debootstrap
  fi
  # Handed over as arguments: under sudo neither the environment nor the PATH is the user's.
  as_root bash "$repository/scripts/base-images.sh" \
    "$(npm_folder)" "$(certificate_bundle)" "$(npm config get registry)" "$@" || exit 2
}

# The folder of an npm that is complete in itself. Debian's own package is not: its dependencies lie elsewhere.
npm_folder() {
  local program folder
  for program in "$(command -v npm)" "${npm_execpath:-}"; do
    folder="$(dirname "$(dirname "$(readlink -f "$program")")")"
    if [ -f "$folder/bin/npm-cli.js" ] && [ -d "$folder/node_modules" ]; then
      echo "$folder"
      return
    fi
  done
  npm install --silent --no-save --prefix "$scratch/npm" npm@11 >&2
  echo "$scratch/npm/node_modules/npm"
}

# Empty where this machine needs none beside those that come with Node.
certificate_bundle() {
  local bundle="${NODE_EXTRA_CA_CERTS:-}"
  if [ -z "$bundle" ]; then
    bundle="$(npm config get cafile)"
  fi
  if [ -f "$bundle" ]; then
    echo "$bundle"
  fi
}

main "$@"
