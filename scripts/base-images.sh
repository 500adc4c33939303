#!/usr/bin/env bash
#
# Makes base images for Docker on a Debian machine that can reach a Debian mirror but no image registry, and tags them with the
# public names, so that the Dockerfile and the harness need not know. Called by setup.sh; needs root, debootstrap and an engine.
#
#   base-images.sh <folder of npm> <certificate bundle, or ''> <npm registry> <image>...
#
# They are stand-ins, not copies: close to the official images in whatever Tuesday relies on (paths, users, commands, ports), and marked
# with the label tuesday.base=local. Not handled: other processors than this machine's own, other Debian releases than bookworm.
# Exit codes: 0 made · 2 could not be made.

set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly repository
# shellcheck source=scripts/machine.sh
source "$repository/scripts/machine.sh"

readonly node_binary="$repository/node_modules/node/bin/node"
readonly node_image='node:24-bookworm-slim'
readonly redis_image='redis:7-bookworm'
readonly haproxy_image='haproxy:2.6-bookworm'
readonly prometheus_image='prom/prometheus:v2.42.0'
readonly debian_release='bookworm'
readonly local_label='LABEL tuesday.base=local'

scratch=''

main() {
  readonly npm_folder="$1" certificate_bundle="$2" npm_registry="$3"
  shift 3
  PATH="$PATH:/usr/sbin:/sbin"

  # Not /tmp: debootstrap refuses file systems mounted with nodev, as Debian 13 mounts /tmp.
  scratch="$(mktemp -d /var/tmp/tuesday-base.XXXXXX)"
  trap remove_scratch EXIT

  bootstrap_debian "$scratch/debian" "$@"
  local image
  for image in "$@"; do
    case "$image" in
      "$redis_image") make_redis_image ;;
      "$haproxy_image") make_haproxy_image ;;
      "$prometheus_image") make_prometheus_image ;;
      "$node_image") make_node_image ;;
      *) fail "cannot make $image: expected $node_image, $redis_image, $haproxy_image or $prometheus_image." ;;
    esac
    rm -rf --one-file-system "$scratch/tree"
  done
}

# ---------------------------------------------------------------------------------------------------------- Debian below

# Debian's package that an image is made from; none for that of Node.
package_of() {
  case "$1" in
    "$redis_image") echo redis-server ;;
    "$haproxy_image") echo haproxy ;;
    "$prometheus_image") echo prometheus ;;
  esac
}

# $1: folder to be made; the rest: the images wanted. Their packages are fetched along, and lie in apt's cache there, not installed.
bootstrap_debian() {
  local tree="$1" mirror image packages=''
  shift
  for image in "$@"; do
    packages="$packages,$(package_of "$image")"
  done
  mirror="$(debian_mirror)"
  say "Debian $debian_release: debootstrap from $mirror, about half a minute"
  if ! { run_debootstrap --download-only --include="$packages" "$debian_release" "$tree" "$mirror" &&
    run_debootstrap "$debian_release" "$tree" "$mirror"; } > "$scratch/debootstrap.log" 2>&1; then
    tail -n 20 "$scratch/debootstrap.log" >&2
    fail "debootstrap could not make a Debian $debian_release from $mirror; its last lines are above."
  fi
  # Nothing that is installed into it is to be started.
  printf '#!/bin/sh\nexit 101\n' > "$tree/usr/sbin/policy-rc.d"
  chmod 755 "$tree/usr/sbin/policy-rc.d"
}

run_debootstrap() {
  debootstrap --variant=minbase "$@"
}

# Makes $scratch/tree: the Debian with the package $1, or with none. Files are links, not copies: what installs a package puts new ones in the place of old ones.
plant_tree() {
  cp --archive --link "$scratch/debian" "$scratch/tree"
  if [ -z "${1:-}" ]; then
    return
  fi
  # Without network. debootstrap has checked the signatures and told apt nothing of it.
  if ! chroot "$scratch/tree" env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes --no-install-recommends --no-download --allow-unauthenticated \
    install "$1" > "$scratch/apt.log" 2>&1; then
    tail -n 20 "$scratch/apt.log" >&2
    fail "apt-get could not put $1 into the tree; its last lines are above."
  fi
}

# The mirror that apt on this machine is set to use, whichever form its source lists have.
debian_mirror() {
  local mirror
  # shellcheck disable=SC2016 # These are apt's own variables.
  mirror="$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$3 == "main" && $2 !~ /-/ && $1 ~ /^(https?|file):/ { print $1; exit }')"
  if [ -z "$mirror" ]; then
    fail 'found no Debian mirror with the component "main" in /etc/apt/sources.list or /etc/apt/sources.list.d; expected one.'
  fi
  echo "$mirror"
}

# ---------------------------------------------------------------------------------------------------------------- images

make_redis_image() {
  local tree="$scratch/tree"
  say "image $redis_image: making it from Debian's package redis-server"
  plant_tree redis-server
  install --mode 755 "$repository/scripts/redis-entrypoint.sh" "$tree/usr/local/bin/docker-entrypoint.sh"
  chroot "$tree" install -d -o redis -g redis /data
  import_tree "$tree" "$redis_image" \
    --change 'VOLUME /data' --change 'WORKDIR /data' --change 'EXPOSE 6379' \
    --change 'ENTRYPOINT ["docker-entrypoint.sh"]' --change 'CMD ["redis-server"]'
  check_image "$redis_image" redis-server --version
}

make_haproxy_image() {
  local tree="$scratch/tree"
  say "image $haproxy_image: making it from Debian's package haproxy"
  plant_tree haproxy
  install --mode 755 "$repository/scripts/haproxy-entrypoint.sh" "$tree/usr/local/bin/docker-entrypoint.sh"
  mkdir -p "$tree/usr/local/etc/haproxy"
  import_tree "$tree" "$haproxy_image" \
    --change 'USER haproxy' --change 'WORKDIR /var/lib/haproxy' \
    --change 'ENTRYPOINT ["docker-entrypoint.sh"]' --change 'CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]'
  check_image "$haproxy_image" haproxy -v
}

make_prometheus_image() {
  local tree="$scratch/tree"
  say "image $prometheus_image: making it from Debian's package prometheus"
  plant_tree
  # Its program and no more: what it depends on are 220 MB of scripts for the pages that people look at, who have Grafana for that.
  # By tar, since dpkg would put a folder in the place of the link /lib.
  chroot "$tree" sh -c 'dpkg-deb --fsys-tarfile /var/cache/apt/archives/prometheus_*.deb | tar -x -C / --keep-directory-symlink'
  chroot "$tree" install -d -o nobody -g nogroup /prometheus
  import_tree "$tree" "$prometheus_image" \
    --change 'USER nobody' --change 'WORKDIR /prometheus' --change 'VOLUME /prometheus' --change 'EXPOSE 9090' \
    --change 'ENTRYPOINT ["/bin/prometheus"]' \
    --change 'CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]'
  check_image "$prometheus_image" --version
}

make_node_image() {
  local tree="$scratch/tree"
  if [ ! -x "$node_binary" ]; then
    fail "expected Node's binary as $node_binary, found none. Run \"npm ci\", or \"npm rebuild node\" after --ignore-scripts."
  fi
  say "image $node_image: making it from $node_binary and $npm_folder"
  plant_tree

  install --mode 755 "$node_binary" "$tree/usr/local/bin/node"
  mkdir -p "$tree/usr/local/lib/node_modules"
  cp -R --dereference "$npm_folder" "$tree/usr/local/lib/node_modules/npm"
  rm -rf "$tree/usr/local/lib/node_modules/npm/"{docs,man}
  chown -R root:root "$tree/usr/local/lib/node_modules"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$tree/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$tree/usr/local/bin/npx"
  chroot "$tree" useradd --uid 1000 --user-group --create-home --shell /bin/bash node

  local certificates=()
  if [ -n "$certificate_bundle" ]; then
    say "image $node_image: with this machine's certificate bundle $certificate_bundle, so that npm works in a build"
    install -D --mode 644 "$certificate_bundle" "$tree/usr/local/etc/host-certificates.crt"
    certificates=(--change 'ENV NODE_EXTRA_CA_CERTS=/usr/local/etc/host-certificates.crt')
  fi
  # Without a user and password that the address may carry: they have no place in an image.
  mkdir -p "$tree/usr/local/etc"
  echo "registry=$npm_registry" | sed 's#://[^/@]*@#://#' > "$tree/usr/local/etc/npmrc"

  import_tree "$tree" "$node_image" ${certificates[@]+"${certificates[@]}"} --change 'CMD ["node"]'
  check_image "$node_image" node --eval 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)'
  check_image "$node_image" npm --version
}

# $1: folder, $2: image name, the rest: options of docker import. What a container never reads stays out.
import_tree() {
  local tree="$1" image="$2"
  shift 2
  tar --create --numeric-owner --one-file-system --directory "$tree" \
    --exclude='./var/cache/*' --exclude='./var/lib/apt/lists/*' --exclude='./var/log/*' --exclude='./tmp/*' \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/info/*' --exclude='./usr/share/locale/*' \
    --exclude='./etc/resolv.conf' --exclude='./etc/hostname' --exclude='./usr/sbin/policy-rc.d' --exclude='./proc/*' --exclude='./sys/*' . |
    docker import \
      --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
      --change "$local_label" "$@" - "$image" > /dev/null
}

# Runs a command in the new image, so that a broken one is found here and not in somebody's build.
check_image() {
  local image="$1"
  shift
  if ! docker run --rm --network none "$image" "$@" > "$scratch/check.log" 2>&1; then
    docker image rm "$image" > /dev/null
    tail -n 20 "$scratch/check.log" >&2
    fail "the new image $image does not run \"$*\"; it was removed again. Its last lines are above."
  fi
  say "image $image: made, \"$1\" runs in it"
}

# ----------------------------------------------------------------------------------------------------------------- cleaning up

# An interrupted debootstrap leaves /proc and /sys mounted in its tree; nothing of the machine's own may be removed through them.
remove_scratch() {
  local mounted
  for mounted in proc sys dev/pts dev; do
    umount "$scratch/debian/$mounted" 2> /dev/null || true
  done
  rm -rf --one-file-system "$scratch"
}

main "$@"
