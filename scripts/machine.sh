# What the scripts here need of the machine below and of the terminal above: packages, root, messages. Sourced by them.
# install_packages expects the folder $scratch.
# shellcheck shell=bash

# Another package manager at work (unattended upgrades at boot, say) is waited for, but not for ever.
readonly package_lock_seconds_max=120

has_apt() {
  command -v apt-get > /dev/null
}

# The package lists are fetched only where the packages cannot be had by those that are here.
# shellcheck disable=SC2154 # Both scripts that source this assign $scratch.
install_packages() {
  local log="$scratch/apt.log"
  if apt_get "$log" install --yes --no-install-recommends "$@"; then
    return
  fi
  say 'package lists: missing or too old; fetching them (apt-get update)'
  apt_get "$log" update && apt_get "$log" install --yes --no-install-recommends "$@" && return
  tail -n 20 "$log" >&2
  fail "apt-get could not install $*; its last lines are above."
}

apt_get() {
  local log="$1"
  shift
  # Here already, since what as_root says below goes to the log.
  as_root true
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o "DPkg::Lock::Timeout=$package_lock_seconds_max" "$@" \
    > "$log" 2>&1 < /dev/null
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    fail 'this step needs root, and there is no sudo on this machine.' 'Run "npm run setup" as root.'
  fi
}

# Like timeout(1), which macOS lacks; there, without a limit.
within() {
  local seconds="$1"
  shift
  if command -v timeout > /dev/null; then
    timeout "$seconds" "$@"
  else
    "$@"
  fi
}

say() {
  echo "setup: $*"
}

# The first argument is what is wrong, the others what to do, one line each.
fail() {
  printf 'setup: error: %s\n' "$1" >&2
  shift
  if [ "$#" -gt 0 ]; then
    printf '  %s\n' "$@" >&2
  fi
  exit 2
}
