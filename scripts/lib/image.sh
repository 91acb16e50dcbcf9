# shellcheck shell=bash
# image.sh: what vlpd adds to the image of a board. Sourced by package.sh.

: "${targets:?those of cross-build.sh}"

# squashed FOLDER: bytes of its squashfs, compressed by xz as on flash. It is
# not padded to 4 KiB, so small differences show.
squashed() {
  local image=${stage:?a folder}/image
  rm -f "$image"
  mksquashfs "$1" "$image" -comp xz -noappend -all-root -no-progress -nopad >/dev/null
  stat -c %s "$image"
}

installed() { find "$1" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }'; }

# weight: a table. A root with a BusyBox stands for the board's own; what it weighs
# with us and without us differs by what we add.
weight() {
  command -v mksquashfs >/dev/null || { echo 'weight: mksquashfs is missing (squashfs-tools)' >&2; exit 1; }
  : "${dist:?where the binaries are}"
  local t arch kind tree bare rest=$stage/rootfs
  busybox_root "$rest"
  bare=$(squashed "$rest")
  printf '\n%-10s %-8s %10s %14s %16s\n' target docs installed 'squashfs (xz)' 'adds to a root'
  for t in $targets; do
    arch=${t/\//v}
    for kind in without with; do
      tree=$stage/weight-$arch-$kind
      board "$tree" "$dist/vlpd-linux-$arch" "${kind/with/docs}"
      cp -a "$rest" "$tree+root"
      cp -a "$tree/." "$tree+root/"
      printf '%-10s %-8s %10d %14d %16d\n' "$arch" "$kind" "$(installed "$tree")" "$(squashed "$tree")" \
        $(($(squashed "$tree+root") - bare))
    done
  done
}

# busybox_root TREE: the machine's static BusyBox and its applets.
busybox_root() {
  local box
  box=$(command -v busybox) || { echo 'weight: busybox is missing (busybox-static)' >&2; exit 1; }
  mkdir -p "$1"/{bin,dev,etc/init.d,lib,proc,run,sys,tmp,usr/bin,var}
  cp "$box" "$1/bin/busybox"
  "$box" --list | while read -r applet; do ln -sf busybox "$1/bin/$applet"; done
}
