#!/usr/bin/env bash
# The real servers and the browser the tests use. Missing ones are installed when we are root on Debian;
# otherwise this says what is missing and fails: a test without its server is a failure, never a skip.
set -euo pipefail

missing=()
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 && ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 \
  || missing+=(postgresql-15-postgis-3)
command -v chromium-headless-shell >/dev/null 2>&1 || missing+=(chromium-headless-shell)
command -v mosquitto >/dev/null 2>&1 || test -x /usr/sbin/mosquitto || missing+=(mosquitto)
command -v mosquitto_sub >/dev/null 2>&1 || missing+=(mosquitto-clients)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Thiếu / missing: ${missing[*]} — hãy cài rồi chạy lại / install them and run again" >&2
  exit 1
fi
echo "· máy chủ kiểm thử / test servers: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
wait_for_lock=(-o DPkg::Lock::Timeout=300)
timeout -k 5 300 apt-get "${wait_for_lock[@]}" -qq update
timeout -k 5 600 apt-get "${wait_for_lock[@]}" -y -qq --no-install-recommends install "${missing[@]}" >/dev/null
