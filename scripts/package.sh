#!/bin/bash
# package.sh: what is published, into dist or $DIST.
#
#   scripts/package.sh                all of these but the last
#   scripts/package.sh tarballs       a tree to unpack at / of a BusyBox board
#   scripts/package.sh deb            Debian: armel armhf arm64 amd64
#   scripts/package.sh apk            Alpine: armhf armv7 aarch64 x86_64
#   scripts/package.sh ipk [NAME...]  OpenWrt, for these names of its
#                                     architectures or the usual ones
#   scripts/package.sh source         the sources with all modules, as Buildroot
#                                     downloads them, and their line for vlpd.hash
#   scripts/package.sh weight         no file: a table of what each takes on flash
#
# The binaries are those of cross-build.sh; VERSION and COMMIT as there. The same
# sources give the same bytes: all times are $SOURCE_DATE_EPOCH, else that of the
# commit, else that of version.go. nfpm is built into the cache folder. Every
# file made gets a line in SHA256SUMS.
set -euo pipefail

# shellcheck source=scripts/cross-build.sh
. "$(dirname "$0")/cross-build.sh"
# shellcheck source=scripts/lib/stage.sh
. "$root/scripts/lib/stage.sh"
# shellcheck source=scripts/lib/nfpm.sh
. "$root/scripts/lib/nfpm.sh"
# shellcheck source=scripts/lib/source.sh
. "$root/scripts/lib/source.sh"
# shellcheck source=scripts/lib/image.sh
. "$root/scripts/lib/image.sh"

need_binaries() {
  fetch_modules
  build_all "$root" "$dist"
  sizes "$dist"
  echo
}

# sums: of all that is in the folder; it knows nothing of itself.
sums() {
  rm -f "$dist/SHA256SUMS"
  (cd "$dist" && find . -maxdepth 1 -type f -printf '%f\0' | LC_ALL=C sort -z | xargs -0 sha256sum) >"$stage/sums"
  cp "$stage/sums" "$dist/SHA256SUMS"
}

usage() {
  sed -n '4,12s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

main() {
  local what=${1:-all}
  (($# == 0)) || shift
  [[ $# == 0 || $what == ipk ]] || usage
  name_version
  dist=$(mkdir -p "${DIST:-$root/dist}" && cd "${DIST:-$root/dist}" && pwd)
  stage=$(mktemp -d)
  trap 'rm -rf "$stage"' EXIT
  umask 022
  stage_common
  case $what in
  all | tarballs | deb | apk | ipk | weight) need_binaries ;;&
  all | tarballs) tarballs ;;&
  all | deb) debs ;;&
  all | apk) apks ;;&
  all | ipk) ipks "$@" ;;&
  all | source) source_tarball ;;&
  weight) weight ;;
  all | tarballs | deb | apk | ipk | source) ;;
  *) usage ;;
  esac
  sums
}

main "$@"
