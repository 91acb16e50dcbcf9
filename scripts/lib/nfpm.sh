# shellcheck shell=bash
# nfpm.sh: packages for package managers, made by nfpm. Sourced by package.sh.

: "${root:?the checkout}"

# Later ones need modules that not every proxy has.
readonly nfpm_version=v2.45.0

# Package managers have their own names for what Go calls a target. Debian's armel
# is ARMv5 and armhf ARMv7 (Raspberry Pi OS for the first Pi and the Zero says
# armhf too, but is ARMv6: take the tarball). Alpine's armhf is ARMv6.
readonly debian='armel=armv5 armhf=armv7 arm64=arm64 amd64=amd64'
readonly alpine='armhf=armv6 armv7=armv7 aarch64=arm64 x86_64=amd64'

# OpenWrt has a name for each CPU that it builds for, which opkg compares as text;
# see /etc/openwrt_release. These are the usual ones, any other can be asked for.
readonly openwrt='arm_arm926ej-s arm_arm1176jzf-s_vfp arm_cortex-a7_neon-vfpv4 aarch64_cortex-a53 aarch64_generic x86_64'

# openwrt_target NAME: the binary for it. No floating point unit in the name, none
# in the CPU: what OpenWrt itself makes of it for Go.
openwrt_target() {
  case $1 in
  aarch64_*) echo arm64 ;;
  x86_64) echo amd64 ;;
  riscv64_*) echo riscv64 ;;
  arm_*_vfpv[3-9]* | arm_*_neon*) echo armv7 ;;
  arm_*_vfp | arm_*_vfpv2) echo armv6 ;;
  arm_*) echo armv5 ;;
  *) echo "package.sh: no binary for OpenWrt's $1" >&2 && return 1 ;;
  esac
}

# need_nfpm builds it unless it is there; $nfpm is its path.
need_nfpm() {
  nfpm=${VLPD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vlpd}/tools/nfpm-$nfpm_version
  [[ ! -x $nfpm ]] || return 0
  echo "installing nfpm $nfpm_version into ${nfpm%/*}"
  mkdir -p "${nfpm%/*}/new"
  GOBIN=${nfpm%/*}/new GOFLAGS='' CGO_ENABLED=0 go install "github.com/goreleaser/nfpm/v2/cmd/nfpm@$nfpm_version"
  mv "${nfpm%/*}/new/nfpm" "$nfpm"
}

# package KIND NAME BINARY. A deb has no field for the license. An apk keeps the
# times of its scripts, to the nanosecond: they are given ours.
package() {
  : "${stage:?a folder}" "${dist:?where it goes}"
  local file said
  file=vlpd_$(version_for "$1")_$2.$1
  install -D -t "$stage/scripts/$1" "$root/packaging/nfpm/$1"/*
  touch -d "@$SOURCE_DATE_EPOCH" "$stage/scripts/$1"/*
  sed -e "s|: packaging/nfpm/$1/|: $stage/scripts/$1/|" -e "$([[ $1 != deb ]] || echo '/^license:/d')" \
    "$root/packaging/nfpm/vlpd.yaml" >"$stage/nfpm.yaml"
  said=$(cd "$root" && env VLPD_ARCH="$2" VLPD_VERSION="$(version_for "$1")" VLPD_MAINTAINER="$(maintainer)" \
    VLPD_STAGE="$stage" VLPD_BINARY="$dist/vlpd-linux-$3" \
    "$nfpm" package -f "$stage/nfpm.yaml" -p "$1" -t "$dist/$file" 2>&1) ||
    { echo "nfpm: $file: $said" >&2 && return 1; }
  made "$file"
}

debs() {
  local pair
  need_nfpm
  for pair in $debian; do package deb "${pair%=*}" "${pair#*=}"; done
}

apks() {
  local pair
  need_nfpm
  for pair in $alpine; do package apk "${pair%=*}" "${pair#*=}"; done
}

# ipks [NAME...]
ipks() {
  local name target
  need_nfpm
  # shellcheck disable=SC2086  # a list of names
  (($# > 0)) || set -- $openwrt
  for name; do
    target=$(openwrt_target "$name")
    package ipk "$name" "$target"
  done
}
