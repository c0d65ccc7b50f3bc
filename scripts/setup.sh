#!/usr/bin/env bash
# Installs what the project needs: Debian packages where they are missing, and the locked Python packages.
# Usage: setup.sh VENV [FILE]; FILE lists more Debian packages, and then nothing else is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.venv}

stop() {
  echo "setup: $1" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    stop "these packages are missing and there is no sudo; as root, run: apt-get install $missing"
  fi
}

install_system_packages() {
  if [ "$(uname -s)" = Darwin ]; then
    command -v odbcinst >/dev/null || stop "unixODBC is missing; run: brew install unixodbc psqlodbc"
    return
  fi
  command -v dpkg-query >/dev/null || {
    command -v odbcinst >/dev/null || stop "unixODBC is missing; install unixODBC and the PostgreSQL ODBC driver"
    return
  }
  missing=""
  for package in $(cat packages.txt) "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  if [ -n "$missing" ]; then
    echo "setup: installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq
    # shellcheck disable=SC2086 # one word per package
    as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
      stop "apt-get could not install:$missing"
  fi
}

find_python() {
  for name in python3.12 python3.11 python3.13 python3.10 python3; do
    if command -v "$name" >/dev/null &&
      "$name" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
}

if [ $# -gt 1 ]; then
  # shellcheck disable=SC2046 # one word per package
  install_system_packages $(cat "$2")
  exit
fi
install_system_packages
python=$(find_python)
[ -n "$python" ] || stop "no Python 3.10 to 3.13 was found; install one, such as python3.12"
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  install_system_packages python3-venv
fi
echo "setup: creating $venv with $("$python" --version)"
"$python" -m venv "$venv" || stop "$python cannot create a virtual environment"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv ||
  stop "the package index could not be reached"
echo "setup: installing the locked packages"
VIRTUAL_ENV=$PWD/$venv "$venv/bin/uv" pip install --quiet -r requirements.lock ||
  stop "the locked packages could not be installed; the lines above say which"
echo "setup: ready"
