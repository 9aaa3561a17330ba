#!/usr/bin/env bash
# All tests in order: quick verdicts first, what opens browsers at the end because it takes both cores.
set -uo pipefail
cd "$(dirname "$0")/.."
long="${1:-}"
marker="not long"
[ "$long" = long ] && marker=""
failed=()
step() {
  local name="$1"
  shift
  echo "== $name"
  "$@" </dev/null || failed+=("$name")
}
pytest=(python -m pytest -m "$marker")

step "check" make --no-print-directory check
# Three workers on two cores, for many tests wait for processes; files in their own order, as those with few tests,
# which would come last, are the longest.
spread=(-n 3 --dist loadfile --no-loadscope-reorder)
step "unit and contract" "${pytest[@]}" "${spread[@]}" tests --ignore tests/e2e --ignore tests/chaos --ignore tests/web --ignore tests/production
step "production" "${pytest[@]}" -n 2 --dist loadfile tests/production
# Most of a night is waiting; nights beside kills, which are the two long files.
step "chaos" "${pytest[@]}" -n 2 --dist loadfile --no-loadscope-reorder tests/chaos
# A browser and a stand-in server of its own for each worker; any test may go to any of them.
step "screens against a mock" "${pytest[@]}" -n 3 --dist worksteal tests/web
step "end to end" "${pytest[@]}" tests/e2e

if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[*]}" >&2
  exit 1
fi
