package docs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tourLimit is how long all blocks of a document may take.
const tourLimit = 3 * time.Minute

// vlpd is the folder with the program under test; TestMain builds it.
var vlpd string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "vlpd-docs-")
	if err != nil {
		panic(err)
	}
	vlpd = dir
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "vlpd"), ".")
	build.Dir, build.Stderr = root(), os.Stderr
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	code := 1
	if build.Run() == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// need skips the test where a tool is missing that scripts/test.sh installs.
func need(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("%s is not installed; scripts/test.sh installs it", tool)
	}
}

// tour is the script that runs blocks in order in one shell. Each has its
// output in a file of its own; the shell ends at the first that fails, says
// where in the file "at", and takes what it started with it.
func tour(blocks []block, device string) string {
	var b strings.Builder
	b.WriteString("set -e\ntrap 'code=$?; set +e; echo $at $code >at; jobs -p >jobs; kill $(cat jobs) 2>/dev/null; wait; exit $code' EXIT\n")
	for i, block := range blocks {
		text := strings.ReplaceAll(block.text, "/dev/ttyUSB0", device)
		fmt.Fprintf(&b, "at=%d\ncat >block.%d <<'END-OF-BLOCK'\n%sEND-OF-BLOCK\n", i, i, text)
		if block.kind == "sh checkout" {
			fmt.Fprintf(&b, "(cd '%s'; eval \"$(cat)\") <block.%d >out.%d 2>&1\n", root(), i, i)
		} else {
			fmt.Fprintf(&b, "eval \"$(cat block.%d)\" </dev/null >out.%d 2>&1\n", i, i)
		}
	}
	return b.String()
}

// play runs the blocks of a document and compares what they print.
func play(t *testing.T, blocks []block, device string) {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), tourLimit)
	defer cancel()
	sh := exec.CommandContext(ctx, "sh", "-c", tour(blocks, device))
	sh.Dir = dir
	sh.Env = append(os.Environ(), "PATH="+vlpd+":"+os.Getenv("PATH"))
	sh.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	sh.Cancel = func() error { return syscall.Kill(-sh.Process.Pid, syscall.SIGTERM) }
	sh.WaitDelay = time.Second
	said, err := sh.CombinedOutput()
	if sh.Process != nil {
		syscall.Kill(-sh.Process.Pid, syscall.SIGTERM) // what a shell that was killed left behind
	}
	reached := len(blocks)
	if err != nil {
		var at, code int
		b, _ := os.ReadFile(filepath.Join(dir, "at"))
		fmt.Sscan(string(b), &at, &code)
		reached = at
		t.Errorf("line %d: the block failed: %v, exit code %d\n%s%s\n%s", blocks[at].line, err, code, blocks[at].text, output(dir, at), said)
	}
	for i, b := range blocks[:reached] {
		if got := strings.ReplaceAll(output(dir, i), device, "/dev/ttyUSB0"); b.want != "" && !matches(b.want, got) {
			t.Errorf("line %d: the block printed\n%s\nand not\n%s", b.line, got, b.want)
		}
	}
}

func output(dir string, i int) string {
	b, _ := os.ReadFile(filepath.Join(dir, fmt.Sprintf("out.%d", i)))
	return string(b)
}
