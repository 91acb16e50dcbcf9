# shellcheck shell=bash
# install.sh: what the tests need and a fresh Debian machine lacks. Sourced by
# test.sh. Says what it installs; what is there already is left alone.

: "${root:?the checkout}" "${tools:?where built checkers go}"

readonly staticcheck_version=v0.8.1
readonly govulncheck_version=v1.8.0

# Packages by the command that tells whether they are there.
readonly commands='
cc:gcc git:git curl:curl python3:python3 strace:strace shellcheck:shellcheck
mandoc:mandoc groff:groff-base qemu-arm-static:qemu-user-static promtool:prometheus
'

# missing_packages prints the packages whose command is not there.
missing_packages() {
  local pair
  for pair in $commands; do
    command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
  done
  [[ -e /etc/ssl/certs/ca-certificates.crt ]] || echo ca-certificates
  [[ -e /usr/include/stdio.h ]] || echo libc6-dev
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  command -v cargo >/dev/null || newer_cargo
}

# newer_cargo names Debian 12's second cargo, where the first is too old for
# the crates that the tests build.
newer_cargo() {
  if apt-cache show cargo-web >/dev/null 2>&1; then echo cargo-web; else echo cargo; fi
}

# install_packages asks apt for them. Debian has promtool only together with
# the prometheus server, which must not run here: nothing is started, and if
# it is started all the same, it is stopped.
install_packages() {
  local want
  mapfile -t want < <(missing_packages)
  ((${#want[@]} > 0)) || return 0
  local patience=(-o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
  apt-get "${patience[@]}" update -qq
  mapfile -t want < <(missing_packages)
  echo "installing Debian packages: ${want[*]}"
  stay_still
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get "${patience[@]}" install -y -qq --no-install-recommends \
    "${want[@]}" >/dev/null
  may_start
  if [[ " ${want[*]} " == *" prometheus "* && -d /run/systemd/system ]]; then
    systemctl disable --now prometheus
  fi
}

# stay_still tells invoke-rc.d to start nothing, unless the machine has a
# policy of its own already; may_start takes that back.
readonly policy=/usr/sbin/policy-rc.d
stay_still() {
  [[ ! -e $policy ]] || return 0
  printf '#!/bin/sh\n# vlpd tests\nexit 101\n' >$policy
  chmod 755 $policy
}
may_start() { ! grep -qs '^# vlpd tests$' $policy || rm -f $policy; }

# install_go_tools builds the pinned checkers into the cache folder.
install_go_tools() {
  install_go_tool honnef.co/go/tools/cmd/staticcheck "$staticcheck_version"
  install_go_tool golang.org/x/vuln/cmd/govulncheck "$govulncheck_version"
}

install_go_tool() {
  local name=${1##*/} bin
  bin=$tools/$name-$2
  [[ ! -x $bin ]] || return 0
  echo "installing $name $2 into $tools"
  mkdir -p "$tools/new"
  GOBIN=$tools/new GOFLAGS='' go install "$1@$2" && mv "$tools/new/$name" "$bin"
}

# need_go: Go is the one thing that is not installed here, as it is what the
# program itself needs.
need_go() {
  PATH=$PATH:/usr/local/go/bin
  if ! command -v go >/dev/null; then
    echo "Go is needed, and not in PATH: see go.dev/doc/install" >&2
    exit 1
  fi
  local want
  want=$(awk '$1 == "go" { print $2 }' "$root/go.mod")
  if ! (cd "$root" && go version >/dev/null); then
    echo "Go $want or later is needed" >&2
    exit 1
  fi
}

# give_back: what root has put into the caches of the user who called sudo, and into
# his checkout, becomes his, or his own go and cargo can write there no more. What
# the suites keep, whole roots of other systems among them, stays as it is.
give_back() {
  [[ -n ${SUDO_UID-} && $(stat -c %u "$HOME") == "$SUDO_UID" ]] || return 0
  local folder owner=$SUDO_UID:${SUDO_GID-}
  for folder in "$root" "$HOME/.cache" "$HOME/.cargo" "$HOME/.config/go" "$tools" "$(go env GOCACHE)" "$(go env GOMODCACHE)"; do
    [[ -d $folder ]] || continue
    find "$folder" -path "$VLPD_CACHE/*" ! -path "$tools*" -prune -o -user root -exec chown -h "$owner" {} +
    while folder=${folder%/*} && [[ $folder == "$HOME"/* ]]; do
      chown -h --from=root "$owner" "$folder"
    done
  done
}
