# Makes sure that a Docker engine answers. Sourced by setup.sh, after machine.sh.
# Not handled: engines of other makes than Docker's own that have no `docker` command.
# shellcheck shell=bash

# An engine that lives answers `docker version` within milliseconds; ten seconds allow for a machine that is busy.
readonly engine_answer_seconds_max=10
# dockerd first starts containerd and sets up its bridge and its firewall rules; a cold start takes two to five seconds.
readonly engine_start_seconds_max=30

ensure_docker_engine() {
  if engine_answers; then
    say "docker engine: found $(engine_version)"
    return
  fi
  refuse_engine_of_others
  if ! has_apt; then
    fail 'no Docker engine answers, and this is not a Debian machine, so none was installed.' \
      "The docker command says: $(engine_complaint)" \
      'Start an engine (Docker Desktop, colima, "systemctl start docker" …), then run this again.'
  fi
  if ! command -v dockerd > /dev/null && ! [ -x /usr/sbin/dockerd ]; then
    say 'docker engine: none; installing the Debian package docker.io'
    install_packages docker.io
  fi
  # From Debian 13 on the command line tool is a package of its own.
  if ! command -v docker > /dev/null; then
    say 'docker command: none; installing the Debian package docker-cli'
    install_packages docker-cli
  fi
  # The package's own start-up script may have started it.
  engine_answers || start_docker_engine
  say "docker engine: $(engine_version) answers"
}

# Where an engine is there but is not ours to start, installing another one would only hide the cause.
refuse_engine_of_others() {
  if [ -n "${DOCKER_HOST:-}" ]; then
    fail "DOCKER_HOST is \"$DOCKER_HOST\", and no Docker engine answers there: $(engine_complaint)" \
      'Start that engine, or unset DOCKER_HOST to use one on this machine.'
  fi
  case "$(engine_complaint)" in
    *'ermission denied'*)
      fail "a Docker engine runs, but the user $(id -un) may not talk to it." \
        "Run \"sudo usermod -aG docker $(id -un)\", log in again, then run this again. (Members of that group are as good as root.)"
      ;;
  esac
}

start_docker_engine() {
  if [ -d /run/systemd/system ]; then
    say 'docker engine: starting the service docker'
    as_root systemctl start docker || fail 'systemd could not start Docker; "journalctl -u docker" tells why.'
    wait_for_engine 'journalctl -u docker'
    return
  fi
  ensure_control_groups
  remove_stale_pid_file /var/run/docker.pid dockerd
  remove_stale_pid_file /var/run/docker/containerd/containerd.pid containerd
  local log=/var/log/dockerd.log
  say "docker engine: starting dockerd, detached; its log is $log"
  # A session of its own, so that Ctrl-C here or the end of this terminal does not take the engine along. /usr/sbin is named since
  # the PATH of a user who is not root often lacks it.
  # shellcheck disable=SC2016 # The shell that as_root starts is to expand them.
  as_root sh -c 'PATH="$PATH:/usr/sbin:/sbin"; setsid dockerd >> "$1" 2>&1 < /dev/null &' sh "$log"
  wait_for_engine "$log"
}

# An engine that was killed leaves its number behind. Where that process is still there, as a zombie that nobody collects, or its number
# has gone to another process, dockerd would take it for a running engine and refuse to start.
# $1: the file; $2: name of the process that it is about.
remove_stale_pid_file() {
  local pid command state
  pid="$(as_root cat "$1" 2> /dev/null)" || return 0
  read -r command state < <(sed -nE 's/^[0-9]+ \((.*)\) (.) .*/\1 \2/p' "/proc/$pid/stat" 2> /dev/null) || true
  if [ "${command:-}" = "$2" ] && [ "${state:-}" != Z ]; then
    return
  fi
  say "docker engine: removing $1, which an engine that was killed has left"
  as_root rm -f "$1"
}

# Without systemd nothing has mounted the control groups, which dockerd cannot do without.
ensure_control_groups() {
  if grep -q ' /sys/fs/cgroup' /proc/mounts; then
    return
  fi
  say 'control groups: not mounted; installing the Debian package cgroupfs-mount and mounting them'
  install_packages cgroupfs-mount
  as_root cgroupfs-mount
}

# $1: where its log is, a file or a command to be told to the user.
wait_for_engine() {
  local second
  for ((second = 0; second < engine_start_seconds_max; second++)); do
    if engine_answers; then
      return
    fi
    refuse_engine_of_others
    sleep 1
  done
  if [ -f "$1" ]; then
    as_root tail -n 20 "$1" >&2
  fi
  fail "the Docker engine did not answer within $engine_start_seconds_max s: $(engine_complaint)" "Its log: $1"
}

engine_answers() {
  [ -n "$(engine_version)" ]
}

# Prints nothing where no engine answers. The client's own version is no proof: the command may be there without an engine.
engine_version() {
  within "$engine_answer_seconds_max" docker version --format '{{.Server.Version}}' 2> /dev/null || true
}

engine_complaint() {
  local complaint
  if ! command -v docker > /dev/null; then
    echo 'there is no docker command'
  else
    complaint="$(within "$engine_answer_seconds_max" docker version --format '{{.Server.Version}}' 2>&1 > /dev/null)" || true
    echo "${complaint:-it gave no answer within $engine_answer_seconds_max s}"
  fi
}
