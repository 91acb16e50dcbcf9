#!/bin/bash
# cross-build.sh: every binary we ship, the same bytes from any folder.
#
#   scripts/cross-build.sh [OUTDIR]    build into OUTDIR (dist), print sizes
#   scripts/cross-build.sh --check     build twice, from two folders and with
#                                      two build caches, and compare
#
# VERSION and COMMIT are taken from the file release, which a source tarball has,
# from git where there is one, and from version.go where there is none; set in the
# environment they win.
# Needs Go only. Fails if a binary is larger than the ceiling. package.sh takes
# its functions from here.
set -euo pipefail

readonly ceiling_kib=2944
readonly targets='arm/5 arm/6 arm/7 arm64 amd64 riscv64'
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root

# in_git runs git on the checkout, whoever owns it (we may be root).
in_git() { git -C "$root" -c safe.directory='*' "$@" 2>/dev/null; }

# in_version_go prints the default that version.go gives a variable.
in_version_go() { sed -n "s/^\t$1 *= \"\(.*\)\"/\1/p" "$root/version.go"; }

name_version() {
  local tag='' hash=''
  if [[ -e $root/release ]]; then
    read -r tag hash <"$root/release"
  else
    tag=$(in_git describe --tags --match 'v[0-9]*' --dirty) || tag=
    hash=$(in_git rev-parse --short=12 HEAD) || hash=
  fi
  version=${VERSION:-${tag#v}}
  version=${version:-$(in_version_go version)}
  commit=${COMMIT:-$hash}
  commit=${commit:-$(in_version_go commit)}
}

# fetch_modules is the only step that may use the network, with whatever
# settings the machine has for that.
fetch_modules() {
  (cd "$root" && go mod download)
  modules=$(go env GOMODCACHE)
}

# go_build SOURCE TARGET OUTPUT. Nothing that the environment or go's own
# configuration says can change the result.
#
# 32-bit ARM Linux has pages of 4 KiB (arch/arm/include/asm/page.h), so segments
# need not be spread to the 64 KiB that the linker takes unasked. On arm64 that is
# 16 KiB, the largest that boards have (Raspberry Pi 5, Apple); a kernel with
# pages of 64 KiB needs a plain go build, which is 30 to 60 KiB larger.
#
# The runtime is told not to interrupt goroutines by signals: finding out where
# one was interrupted touches tables all over the binary, 600 kB of memory, and
# nothing here runs long without a call. See docs/decisions/0006.
go_build() {
  local arch=${2%/*} arm='' round=''
  [[ $2 == */* ]] && arm=${2#*/} round='-R 4096'
  [[ $arch == arm64 ]] && round='-R 16384'
  (cd "$1" && env GOENV=off GOFLAGS=-mod=readonly GOWORK=off GOTOOLCHAIN=local GOPROXY=off GOEXPERIMENT= \
    GODEBUG= GOMODCACHE="$modules" GOOS=linux GOARCH="$arch" GOARM="${arm:-7}" \
    GOAMD64=v1 GOARM64=v8.0 GORISCV64=rva20u64 CGO_ENABLED=0 \
    go build -trimpath -buildvcs=false -o "$3" \
    -ldflags "-s -w $round -X runtime.godebugDefault=asyncpreemptoff=1 -X main.version=$version -X main.commit=$commit -X main.goarm=$arm" .)
}

# build_all SOURCE OUTDIR; arm/7 becomes vlpd-linux-armv7.
build_all() {
  mkdir -p "$2"
  local t
  for t in $targets; do
    go_build "$1" "$t" "$2/vlpd-linux-${t/\//v}"
  done
  (cd "$2" && sha256sum vlpd-linux-* >SHA256SUMS)
}

# sizes OUTDIR prints the table; it fails if a binary is too large.
sizes() {
  local f bytes over=0
  printf 'vlpd %s (%s), %s\n\n%-22s %10s %8s\n' "$version" "$commit" "$(go env GOVERSION)" binary bytes KiB
  for f in "$1"/vlpd-linux-*; do
    bytes=$(stat -c %s "$f")
    printf '%-22s %10d %8.1f\n' "${f##*/}" "$bytes" "$(awk "BEGIN { print $bytes / 1024 }")"
    ((bytes <= ceiling_kib * 1024)) || { echo "${f##*/} is larger than $ceiling_kib KiB" >&2; over=1; }
  done
  return $over
}

# check builds twice. The second time everything is compiled anew, from a copy
# in a folder of another depth, with misleading settings in the environment.
check() {
  work=$(mktemp -d)
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
  mkdir -p "$work/elsewhere/deeper/copy"
  tar -C "$root" -cf - --exclude=./.git --exclude=./dist . | tar -C "$work/elsewhere/deeper/copy" -xf -
  build_all "$root" "$work/one"
  GOCACHE=$work/cache GOFLAGS='-tags=other -gcflags=all=-N' GOARM=5 GOAMD64=v3 \
    build_all "$work/elsewhere/deeper/copy" "$work/two"
  diff "$work/one/SHA256SUMS" "$work/two/SHA256SUMS"
  cat "$work/one/SHA256SUMS"
  echo "the same bytes from two folders"
  echo
  sizes "$work/one"
}

[[ ${BASH_SOURCE[0]} == "$0" ]] || return 0

name_version
fetch_modules
case ${1-} in
--check) check ;;
-*) echo "usage: scripts/cross-build.sh [OUTDIR] | --check" >&2; exit 2 ;;
*)
  out=$(mkdir -p "${1:-$root/dist}" && cd "${1:-$root/dist}" && pwd)
  build_all "$root" "$out"
  sizes "$out"
  ;;
esac
