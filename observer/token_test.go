package observer

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vlpd/config"
)

const token = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestTokenFile: a token that others may read is refused, with the words that
// the original uses; nothing is left behind.
func TestTokenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	start := func() error {
		c, err := config.Parse([]string{"--socket", dir + "/s", "--threshold-ms", "1000", "--prom-addr", "127.0.0.1:0",
			"--prom-token-file", path, "--shutdown-after-secs", "0"})
		if err != nil {
			t.Fatal(err)
		}
		return observe(&c, Release{}, quietDiag(t))
	}
	for _, c := range []struct {
		text string
		mode os.FileMode
		want string
	}{
		{token, 0o644, "insecure permissions 644 (must be 0600 or stricter)"},
		{token[:63], 0o600, "got 63"},
		{strings.Replace(token, "0", "g", 1), 0o600, "'g'"},
		{token + "\n", 0o400, ""},
	} {
		os.Remove(path)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		err := start()
		if (err == nil) != (c.want == "") || err != nil && !(strings.Contains(err.Error(), c.want) && strings.Contains(err.Error(), path)) {
			t.Errorf("mode %o: got %v, want %q", c.mode, err, c.want)
		}
		if _, err := os.Lstat(dir + "/s"); err == nil {
			t.Error("the socket was left behind")
		}
	}
	os.Remove(path)
	if err := start(); err == nil || !strings.Contains(err.Error(), path) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing token: %v", err)
	}
}
