package observer

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestHeartbeatPath: a rename would take the place of what is no file.
func TestHeartbeatPath(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)
	os.Symlink("file", filepath.Join(dir, "link"))
	os.Symlink("pipe", filepath.Join(dir, "piped"))
	for path, good := range map[string]bool{
		"": true, dir: true, dir + "/none": true, dir + "/file": true, dir + "/link": true,
		pipe: false, dir + "/piped": false, os.DevNull: false,
	} {
		if err := checkHeartbeat(path); (err == nil) != good {
			t.Errorf("%q: %v", path, err)
		}
	}
}
