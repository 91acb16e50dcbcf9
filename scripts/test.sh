#!/bin/bash
# test.sh: all tests, by one command, on a Debian machine with Go.
#
#   scripts/test.sh          everything, half an hour on two cores
#   scripts/test.sh quick    the Go part only, installs nothing but two checkers
#
# Installs what the tests need with apt and says what; asks sudo for that if
# it is not root. Checkers that are built from source, the ARM kernel, and the
# observer that vlpd is compared with go into one cache folder, ~/.cache/vlpd
# or $VLPD_CACHE. Its last line is `N passed, N failed, N skipped`.
#
# shellcheck disable=SC2317  # most functions are called by name, through check
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
mode=${1:-all}
[[ $mode == all || $mode == quick ]] || { echo "usage: scripts/test.sh [quick]" >&2; exit 2; }
if [[ $mode == all && $(id -u) != 0 ]]; then
  echo "the tests mount, trace and install: going on as root, with sudo"
  kept=()
  for name in $(compgen -e | grep -xE '(GO|VLPD|PIP_|CARGO_|XDG_CACHE_)\w*|\w+_(proxy|PROXY)|PATH|HOME'); do
    kept+=("$name=${!name}")
  done
  exec sudo env "${kept[@]}" "$root/scripts/test.sh" "$@"
fi
export VLPD_CACHE=${VLPD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vlpd}
export GOTOOLCHAIN=local
export GOFLAGS="${GOFLAGS-} -buildvcs=false" # root may not ask git about another's checkout
readonly tools=$VLPD_CACHE/tools
# shellcheck source=scripts/lib/tally.sh
. scripts/lib/tally.sh
# shellcheck source=scripts/lib/install.sh
. scripts/lib/install.sh
trap give_back EXIT

readonly arches='arm arm64 amd64 riscv64'

# Packages whose tests mean something on an emulated ARM: layout, counters,
# byte order, system calls.
readonly arm_packages='vlp vlp/client ring event watch limit trust metrics platform intake secure sink recovery children confine audit liveness diag secret state args lean config observer'

# The suites of test/, each with the seconds after which it is stuck, several times
# what it takes on two processors at rest. Figures
# that depend on the machine are not judged here: test/bench/run prints them.
readonly suites='
600  test/clients/run
900  test/packaging/init
900  test/packaging/packages
120  test/packaging/buildroot
900  test/cclient/run
600  test/gaps/run
900  test/upstream/run
300  test/observability/run
600  test/vm/watchdog
450  test/vm/privileges
900  test/faults/run --quick
240  test/vm/cortexm/run
300  test/vm/smoke
900  test/vm/boards
480  test/vm/serial
600  test/vm/field --commands docs/board.md
1200 test/vm/powercut
900  test/vm/storage
600  test/vm/memory --beats 100000
480  test/bench/run --quick burst babble
'

# Tests that start themselves as another process, which an emulated program
# cannot do, one that asks for the memory of the program and gets that of the
# emulator, and one for a control message that the emulator drops; test/vm runs the whole program on an ARM kernel instead.
readonly arm_not='TestStopWritesEverything|TestStopLosesNoBeat|TestStoppedTerminal|TestHangupReopensLog|TestPauseIsNotSilence|TestKilledAndStartedAgain|TestBindUnprivileged|TestForeignUser|TestAgentUsers|TestForgetText|TestSigns|TestLastBeats|TestRealThreadsOutliveTheFirst|TestRealForeignNamespace|TestRealForeignProc|TestRealRecycledPID|TestRaiseNOFILE|TestFloodLeavesDescriptors|TestDescriptorsRunOut|TestUDPDrops|TestSignsBesideInheritedEnv|TestPanicEndsTheProgram|TestReplayAfterKill|TestLinkedLog|TestReceivingRefused|TestNoFileLocks|TestNoAmbientCaps|TestCrashIsNoUsage|TestUsageNamesUs|TestRefusedTellsSender|TestLeftRunning|TestUnstartableCommands'

vet_each() {
  local arch
  for arch in $arches; do
    echo "GOARCH=$arch"
    CGO_ENABLED=0 GOOS=linux GOARCH=$arch go vet ./... || return 1
  done
}

# shell_scripts lists them by name or by first line.
shell_scripts() {
  find . -name .git -prune -o -type f \( -name '*.sh' -o -perm -u+x \) -print |
    while read -r f; do
      if [[ $f == *.sh ]] || head -n 1 "$f" | grep -aqE '^#!.*\b(ba)?sh\b'; then echo "$f"; fi
    done
  echo .ci/run
}

shellcheck_all() { shell_scripts | sort -u | xargs shellcheck -x; }

# vulnerabilities asks the Go vulnerability database, which an offline machine
# cannot reach: that is said, and is no failure of the program. Code 3 is of
# vulnerabilities that were found, whatever words they are told in.
vulnerabilities() {
  heading govulncheck
  local out code=0
  out=$("$tools/govulncheck-$govulncheck_version" ./... 2>&1) || code=$?
  if ((code == 0)); then
    pass
  elif ((code != 3)) && grep -qE 'fetching vulnerabilities|dial tcp|no such host|proxyconnect|Forbidden' <<<"$out"; then
    skip govulncheck "its database cannot be reached from here: $(tail -n 1 <<<"$out")"
  else
    printf '%s\n' "$out"
    fail govulncheck
  fi
}

# checkers needs no root.
checkers() {
  install_go_tools
  check_quiet gofmt gofmt -l .
  check 'go vet for every target' vet_each
  check_quiet staticcheck "$tools/staticcheck-$staticcheck_version" ./...
  vulnerabilities
}

# go_test_race leaves the documents out: what they start is another binary.
go_test_race() {
  go list ./... | grep -v /test/docs | xargs go test -race -v -timeout 15m
}

# fuzz gives each fuzz test a few seconds; the committed seeds ran before.
# fuzz_one tries again when go test gave up because the time was over in the
# midst of an input: that is no finding, which would name a file.
fuzz_one() {
  local out
  out=$(mktemp)
  for _ in 1 2 3; do
    if go test -run '^$' -fuzz "^$2\$" -fuzztime 5s "$1" 2>&1 | tee "$out"; then
      rm -f "$out"
      return 0
    fi
    if grep -q 'Failing input' "$out" || ! grep -q 'context deadline exceeded' "$out"; then
      break
    fi
  done
  rm -f "$out"
  return 1
}

fuzz() {
  local package name
  while read -r package name; do
    check "fuzz $package $name" fuzz_one "$package" "$name"
  done < <(grep -rn --include='*_test.go' -oE '^func Fuzz[A-Za-z0-9]+' . |
    sed -E 's|^(\./?.*)/[^/]*:[0-9]+:func |\1 |' | sort -u)
}

# arm_tests runs the tests of packages as ARMv7 programs under qemu. Its user
# mode cannot deliver the signals of asynchronous preemption reliably.
arm_tests() {
  local p bin
  bin=$(mktemp -d)
  for p in $arm_packages; do
    if ! CGO_ENABLED=0 GOARCH=arm GOARM=7 go test -c -o "$bin/test" "./$p"; then
      fail "ARM build of $p"
    elif [[ -e $bin/test ]]; then
      go_tests "ARMv7 (qemu-user): $p" in_folder "$p" \
        env GODEBUG=asyncpreemptoff=1 timeout 900 qemu-arm-static "$bin/test" -test.short -test.v "-test.skip=^($arm_not)\$"
    fi
    rm -f "$bin/test"
  done
  rm -rf "$bin"
  skip 'ARMv7 (qemu-user)' "an emulated program cannot start itself: $arm_not"
}

in_folder() { (cd "$1" && shift && "$@"); }

# all_suites gives each its limit.
all_suites() {
  local limit script
  while read -r limit script; do
    # shellcheck disable=SC2086  # a suite's line may have arguments
    [[ -z $limit ]] || suite "$limit" "$root"/$script
  done <<<"$suites"
}

need_go
[[ $mode == quick ]] || install_packages || fail 'installing packages'
checkers
go_tests 'go test' go test -v -timeout 15m ./...
if [[ $mode == all ]]; then
  check shellcheck shellcheck_all
  go_tests 'go test -race' go_test_race
  arm_tests
  fuzz
  check 'cross-build' scripts/cross-build.sh dist
  check 'cross-build: the same bytes from two folders' scripts/cross-build.sh --check
  check 'ways to wait, compared' go run ./test/bench/loops
  all_suites
fi
finish
