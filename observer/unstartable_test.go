package observer

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestUnstartableCommands: what can be seen of a command's file is said at the
// start and not at the first stall, weeks later; and what execve(2) leaves open
// is said when it fails.
func TestUnstartableCommands(t *testing.T) {
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		start      string // after "cannot be executed as things are"
		stall      string // after "failed to spawn"
	}{
		{"no file", "", 0, "access: no such file or directory", "execve: no such file or directory (the program, or the inter"},
		{"no rights", "#!/bin/sh\n", 0o600, "access: permission denied", `execve: permission denied"`},
		{"no interpreter", "#!/no/such\n", 0o700, "", "execve: no such file or directory (the program, or the inter"},
		{"a line end of DOS", "#!/bin/sh\r\n", 0o700, "", "execve: no such file or directory (the program, or the inter"},
		{"no first line", "echo\n", 0o700, "", "execve: exec format error (the first line of a script"},
		{"well", "#!/bin/sh\n", 0o700, "", ""},
	} {
		command := t.TempDir() + "/command"
		if c.mode != 0 {
			if err := os.WriteFile(command, []byte(c.text), c.mode); err != nil {
				t.Fatal(err)
			}
		}
		o := startChild(t, "--socket", "DIR/s", "--threshold-ms", "100", "--recovery-exec", command)
		newSender(t, o.dir+"/s").beat(t)
		eventually(t, c.name+": a word of the spawn", func() bool { return strings.Contains(o.said(), "spawn") })
		o.end(t, syscall.SIGTERM)
		for what, want := range map[string]string{"cannot be executed as things are": c.start, "failed to spawn": c.stall} {
			_, said, is := strings.Cut(o.said(), what)
			said, _, _ = strings.Cut(said, "\n")
			if is != (want != "") || !strings.Contains(said, want) {
				t.Errorf("%s: %q is followed by %q, want %q", c.name, what, said, want)
			}
		}
	}
}
