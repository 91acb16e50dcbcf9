package confine

import (
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRuntimeCalls: what the runtime of this version of Go calls by number, as
// its own sources say, is on the list.
func TestRuntimeCalls(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("no go command")
	}
	src := strings.TrimSpace(string(root)) + "/src/"
	define := regexp.MustCompile(`(?m)^\s*(?:#define )?SYS_(\w+)\s+=?\s*(?:\(SYS_BASE \+ (\d+)\)|(\d+))$`)
	p, n := allowFilter(), 0
	for _, name := range []string{"runtime/sys_linux_" + runtime.GOARCH + ".s", "internal/runtime/syscall/linux/defs_linux_" + runtime.GOARCH + ".go"} {
		text, err := os.ReadFile(src + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range define.FindAllStringSubmatch(string(text), -1) {
			nr, err := strconv.ParseUint(m[2]+m[3], 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			n++
			if verdict := judge(t, p, auditArch, uint32(nr), unix.CLONE_THREAD); verdict != allow && m[1] != "socket" {
				t.Errorf("%s: %s, call %d: %x", name, m[1], nr, verdict)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d calls found", n)
	}
}
