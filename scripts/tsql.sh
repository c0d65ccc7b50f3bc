#!/usr/bin/env bash
# Parses the project's T-SQL with Microsoft's own parser, in an environment of its own that this script makes.
# The parser is a .NET library inside the wheel of mssql-cli; dotnetcore2 carries the runtime that it needs.
# Usage: tsql.sh [PYTHON]. Where the environment is not to be had it says so and exits with 0.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-.venv/bin/python}
venv=.venv-tsql
mssql_cli="mssql-cli==1.0.0 --hash=sha256:edb3850ab8ffa077c64270f27263f6377fdb5bd5bb5c5b4990c5fb08f49627b6"

skip() {
  echo "tsql: skipped, nothing was parsed: $1"
  exit 0
}

get() {
  "$venv/bin/python" -m pip --quiet --disable-pip-version-check --retries 1 --timeout 30 "$@" 2>"$venv/errors" ||
    skip "the package index did not give it: $(tail -n 1 "$venv/errors")"
}

if [ ! -e "$venv/ready" ]; then
  [ "$(uname -sm)" = "Linux x86_64" ] || skip "the parser's packages are for Linux on x86_64 only"
  echo "tsql: creating $venv"
  rm -rf "$venv"
  "$python" -m venv "$venv" || skip "$python cannot create a virtual environment"
  get install dotnetcore2==3.1.23 pythonnet==3.0.5
  echo "$mssql_cli" >"$venv/requirements.txt"
  get download --no-deps --dest "$venv/wheel" -r "$venv/requirements.txt"
  "$venv/bin/python" - "$venv" <<'EOF'
import sys
from pathlib import Path
from zipfile import ZipFile

venv = Path(sys.argv[1])
with ZipFile(next((venv / "wheel").glob("*.whl"))) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("TransactSql.ScriptDom.dll"))
    (venv / "parser").mkdir()
    (venv / "parser" / Path(name).name).write_bytes(wheel.read(name))
EOF
  rm -rf "$venv/wheel"
  touch "$venv/ready"
fi

"$venv/bin/python" tests/tsql/check.py --starts "$venv/parser" 2>"$venv/errors" ||
  skip "the parser does not start: $(tail -n 1 "$venv/errors")"
"$venv/bin/python" tests/tsql/check.py "$venv/parser"
