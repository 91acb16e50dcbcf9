# shellcheck shell=bash
# stage.sh: what the packages hold beside the binary, and the tree of a BusyBox
# board. Sourced by package.sh.

: "${root:?the checkout}" "${targets:?those of cross-build.sh}"

# stage_common makes what is the same for all targets: the time of all files, and
# the documents as Debian wants them, without gzip's own time and name.
stage_common() {
  : "${stage:?a folder}"
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(in_git log -1 --format=%ct)} || SOURCE_DATE_EPOCH=
  export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat -c %Y "$root/version.go")}
  gzip -9n <"$root/docs/vlpd.8" >"$stage/vlpd.8.gz"
  gzip -9n <"$root/CHANGELOG.md" >"$stage/changelog.gz"
  debian_changelog | gzip -9n >"$stage/changelog.Debian.gz"
}

# maintainer: who answers for the packages; the project has no address yet.
maintainer() { echo "${VLPD_MAINTAINER:-the vlpd authors <vlpd@vlpd.invalid>}"; }

# version_for deb|apk|ipk: the version in the order of that package manager.
# 1.2.0-rc.1 comes before 1.2.0, and 1.2.0-4-gabc, four commits after it, later.
version_for() {
  local v=${version:?} number=${version%%-*} rest
  v=${v%-dirty}
  rest=${v#"$number"}
  if [[ $rest =~ ^-([0-9]+)-g([0-9a-f]+)$ ]]; then
    v=$number+${BASH_REMATCH[1]}.g${BASH_REMATCH[2]}
    [[ $1 != apk ]] || v=${number}_git${BASH_REMATCH[1]}
  elif [[ $1 == apk && $rest =~ ^-(alpha|beta|rc)\.?([0-9]*)$ ]]; then
    v=${number}_${BASH_REMATCH[1]}${BASH_REMATCH[2]}
  elif [[ $1 == apk && -n $rest ]]; then
    v=${number}_pre
  elif [[ -n $rest ]]; then
    v=$number~${rest#-}
  fi
  case $1 in
  deb) echo "$v-1" ;;
  apk) echo "$v-r0" ;;
  ipk) echo "$v-r1" ;;
  esac
}

# debian_changelog: the newest part of CHANGELOG.md in the form of deb-changelog(5),
# which wants lines of at most 80.
debian_changelog() {
  printf 'vlpd (%s) unstable; urgency=medium\n' "$(version_for deb)"
  awk '
    function flush(  i, n, w, line) {
      n = split(text, w, " ")
      for (i = 1; i <= n; i++) {
        if (line != "" && length(line " " w[i]) > 78) { print line; line = "   " }
        line = line == "" ? "  * " w[i] : line " " w[i]
      }
      if (n) print line
      text = ""
    }
    /^## / { n++; next }
    n != 1 { next }
    /^### / { flush(); sub(/^### /, ""); print "\n  [ " $0 " ]"; next }
    /^- / { flush(); sub(/^- /, "") }
    /^$/ { flush() }
    { text = text " " $0 }
    END { flush() }' "$root/CHANGELOG.md" | sed '1s/^/\n/'
  printf '\n -- %s  %s\n' "$(maintainer)" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
}

# board TREE BINARY [docs]: the files of a BusyBox board, below TREE.
board() {
  install -D -m 755 "$2" "$1/usr/bin/vlpd"
  install -D -m 755 "$root/packaging/busybox/S50vlpd" "$1/etc/init.d/S50vlpd"
  install -D -m 644 "$root/packaging/common/default" "$1/etc/default/vlpd"
  install -D -m 755 "$root/packaging/common/prepare" "$1/usr/libexec/vlpd/prepare"
  [[ ${3-} == docs ]] || return 0
  install -D -m 644 "$stage/vlpd.8.gz" "$1/usr/share/man/man8/vlpd.8.gz"
  install -D -m 644 "$root/packaging/nfpm/copyright" "$1/usr/share/doc/vlpd/copyright"
  install -D -m 644 "$root/README.md" "$1/usr/share/doc/vlpd/README.md"
}

# pack FOLDER: a tar of the files below it, on stdout, that tells nothing of this
# machine. It has no folders, so that one which is a link on the board stays one.
pack() {
  (cd "$1" && find . \( -type f -o -type l \) -printf '%P\0' | LC_ALL=C sort -z |
    tar --null -T - --format=ustar --owner=root:0 --group=root:0 --numeric-owner \
      --mtime="@$SOURCE_DATE_EPOCH" -cf -) | gzip -9n
}

# tarballs: one for each target, with the license, to unpack at /.
tarballs() {
  : "${dist:?where they go}"
  local t arch tree
  for t in $targets; do
    arch=${t/\//v} tree=$stage/board-${t/\//v}
    board "$tree" "$dist/vlpd-linux-$arch"
    install -D -m 644 "$root/packaging/nfpm/copyright" "$tree/usr/share/doc/vlpd/copyright"
    pack "$tree" >"$dist/vlpd-$version-$arch.tar.gz"
    made "vlpd-$version-$arch.tar.gz"
  done
}

made() { printf '%-46s %10d bytes\n' "$1" "$(stat -c %s "$dist/$1")"; }
