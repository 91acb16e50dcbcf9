package tree

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestVulnerabilitiesAreNoLackOfNetwork: what govulncheck found is a failure in
// whatever words, and only a database that cannot be reached is skipped.
func TestVulnerabilitiesAreNoLackOfNetwork(t *testing.T) {
	tools := t.TempDir()
	for _, c := range []struct{ says, want string }{
		{"echo No vulnerabilities found.", "1 0 0\n"},
		{"echo 'Vulnerability #1: dial tcp may be Forbidden'; exit 3", "0 1 0\n"},
		{"echo 'fetching vulnerabilities: dial tcp: no such host'; exit 1", "0 0 1\n"},
		{"echo 'no Go files'; exit 1", "0 1 0\n"},
	} {
		if err := os.WriteFile(filepath.Join(tools, "govulncheck-v0"), []byte("#!/bin/sh\n"+c.says+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		script := `set -uo pipefail; . scripts/lib/tally.sh; govulncheck_version=v0
eval "$(sed -n '/^vulnerabilities() {/,/^}/p' scripts/test.sh)"; vulnerabilities >/dev/null; echo $passed $failed $skipped`
		run := exec.Command("bash", "-c", script)
		run.Dir = root()
		run.Env = append(os.Environ(), "tools="+tools)
		out, err := run.CombinedOutput()
		if err != nil || string(out) != c.want {
			t.Errorf("%s: %q %v, want %q", c.says, out, err, c.want)
		}
	}
}
