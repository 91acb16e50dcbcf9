# shellcheck shell=bash
# tally.sh: what passed, what failed, what was skipped, over tools that each
# tell it in their own way. Sourced by test.sh.

passed=0 failed=0 skipped=0
failures=() skips=()

heading() { printf '\n=== %s (%ds)\n' "$1" "$SECONDS"; }

pass() { passed=$((passed + 1)); }

fail() {
  failed=$((failed + 1))
  failures+=("$1")
  printf 'FAIL: %s\n' "$1"
}

# skip WHAT WHY: never silently, and told again at the end.
skip() {
  skipped=$((skipped + 1))
  skips+=("$1: $2")
  printf 'SKIP: %s: %s\n' "$1" "$2"
}

# check NAME COMMAND...: one test, passed if the command succeeds.
check() {
  local name=$1
  shift
  heading "$name"
  if "$@"; then pass; else fail "$name"; fi
}

# check_quiet is check for tools that succeed even if they complain, such as
# gofmt -l: any output is a failure.
check_quiet() {
  local name=$1 out
  shift
  heading "$name"
  if out=$("$@" 2>&1) && [[ -z $out ]]; then
    pass
  else
    printf '%s\n' "$out"
    fail "$name"
  fi
}

# go_tests NAME COMMAND...: runs a `go test -v` and counts its tests, subtests
# included. Only what failed or was skipped is printed. A package that fails
# outside of a test (build, panic, timeout) counts as one failure.
go_tests() {
  local name=$1 log code=0 p f s
  shift
  heading "$name"
  log=$(mktemp)
  "$@" >"$log" 2>&1 || code=$?
  p=$(grep -c '^ *--- PASS' "$log") || true
  f=$(grep -c '^ *--- FAIL' "$log") || true
  s=$(grep -c '^ *--- SKIP' "$log") || true
  if ((code != 0)); then
    grep -v -e '^ *--- PASS' -e '^=== ' -e '^PASS$' -e '^ok ' "$log" | tail -n 200
    ((f > 0)) || f=1
    failures+=("$name: $f")
  elif ((p == 0)); then
    f=1
    failures+=("$name: ran no test")
  fi
  note_skips "$name" "$log"
  printf '%d passed, %d failed, %d skipped here\n' "$p" "$f" "$s"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  rm -f "$log"
}

# note_skips keeps the name of each skipped test and its reason: the last thing
# that the test said. `go test -v` tells whose words it prints.
note_skips() {
  local line
  while IFS= read -r line; do
    skips+=("$1: $line")
    printf 'SKIP: %s\n' "$line"
  done < <(awk '
    /^=== (RUN|NAME|CONT) / { name = $3 }
    /_test\.go:[0-9]+: / { said[name] = $0; sub(/^ +/, "", said[name]) }
    /^ *--- SKIP/ { print $3 ": " ($3 in said ? said[$3] : "gives no reason") }' "$2")
}

# suite LIMIT COMMAND...: a script that closes with `N passed, N failed` and
# perhaps `, N skipped`. One that ends otherwise has failed.
suite() {
  local limit=$1 name=${2#"$root"/} log code=0 last
  shift
  heading "$name"
  log=$(mktemp)
  timeout --kill-after=10 "$limit" "$@" </dev/null 2>&1 | tee "$log" || code=$?
  last=$(tail -n 1 "$log")
  rm -f "$log"
  if ! [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    fail "$name: ended with code $code and without a count (limit ${limit} s)"
    return
  fi
  local p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} s=${BASH_REMATCH[4]:-0}
  ((code == 0 || f > 0)) || f=1
  ((p + f > 0)) || f=1
  ((f == 0)) || failures+=("$name: $f")
  ((s == 0)) || skips+=("$name: $s, told above")
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# finish prints what a hurried reader needs, the count last, and exits.
finish() {
  printf '\n=== the end (%ds)\n' "$SECONDS"
  ((${#skips[@]} == 0)) || printf 'SKIPPED  %s\n' "${skips[@]}"
  ((${#failures[@]} == 0)) || printf 'FAILED   %s\n' "${failures[@]}"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  ((failed == 0)) || exit 1
  exit 0
}
