# shellcheck shell=bash
# source.sh: the sources as Buildroot downloads them. Sourced by package.sh.

: "${root:?the checkout}"

# files lists what is in the tree: what git knows or would take, or all that is in
# an unpacked source tarball.
files() {
  if [[ -e $root/release ]]; then
    (cd "$root" && find . -type f ! -path './dist/*' ! -path './vendor/*' -printf '%P\0')
  else
    in_git ls-files -z --cached --others --exclude-standard
  fi
}

# source_tarball: the tree, with the modules that it needs in vendor and with its
# version written down, where git would tell it otherwise. Buildroot finds the
# modules there and downloads none; its name for that kind of file ends in -go2.
source_tarball() {
  : "${version:?}" "${commit:?}" "${stage:?a folder}" "${dist:?where it goes}"
  local f name=vlpd-$version tree=$stage/source/vlpd-$version
  mkdir -p "$tree"
  files | while IFS= read -r -d '' f; do [[ ! -f $root/$f ]] || printf '%s\0' "$f"; done |
    tar -C "$root" --null -T - -cf - | tar -C "$tree" -xf -
  echo "$version $commit" >"$tree/release"
  sed -i "s/^VLPD_VERSION = .*/VLPD_VERSION = $version/" "$tree/packaging/buildroot/package/vlpd/vlpd.mk"
  (cd "$tree" && GOFLAGS=-mod=mod GOWORK=off GOTOOLCHAIN=local go mod vendor)
  chmod -R u=rwX,go=rX "$tree"
  pack "$stage/source" >"$dist/$name-go2.tar.gz"
  made "$name-go2.tar.gz"
  printf 'sha256  %s  %s\n' "$(sha256sum <"$dist/$name-go2.tar.gz" | cut -d ' ' -f 1)" "$name-go2.tar.gz" |
    tee "$dist/vlpd.hash"
}
