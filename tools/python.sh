#!/bin/sh
# Run a Python 3.12 with the given arguments: the one named by PYTHON, else python3.12, else a python3 or python that is 3.12.
# Each is tried by running it, because a name on PATH may be a version manager's shim that fails. It is tried in the
# checkout, where .python-version tells such a shim which version is meant.

cd "$(dirname "$0")/.." || exit 1

is_usable() {
  "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 12))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ] && ! is_usable "$PYTHON"; then
  echo "PYTHON=$PYTHON is not a complete Python 3.12; looking for another." >&2
fi

for candidate in "${PYTHON:-}" python3.12 python3 python; do
  if [ -n "$candidate" ] && is_usable "$candidate"; then
    exec "$candidate" "$@"
  fi
done

echo "No usable Python 3.12 was found: install it (with its venv module; on Debian and Ubuntu the package python3.12-venv)" \
  "or name one, as in: make test PYTHON=/path/to/python3.12" >&2
exit 1
