#!/bin/bash
# weight.sh: what each module adds to the ARMv7 binary, in bytes of symbols.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 GOOS=linux GOARCH=arm GOARM=7 go build -trimpath -buildvcs=false -o "$work/vlpd" .
go tool nm -size "$work/vlpd" >"$work/symbols"
# A symbol's line: address, size, kind, name. B and b take no room in the file,
# nor does what is larger than the file: the scratch of Go's FIPS 140 mode.
weigh() { awk -v of="$1" '$3 !~ /[Bb]/ && $2 < 1e7 && $4 ~ of { n += $2 } END { printf "%d", n }' "$work/symbols"; }
while read -r module; do
  bytes=$(weigh "^${module//./\\.}[./]")
  ((bytes == 0)) || printf '%-28s %8d\n' "$module" "$bytes" # a module of a module, not linked
done < <(go list -m -f '{{if not .Main}}{{.Path}}{{end}}' all | sed '/^$/d')
printf '%-28s %8d\n' 'vlpd itself' "$(weigh '^(main|vlpd/)')"
printf '%-28s %8d\n' 'all symbols' "$(weigh .)"
