package beat

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv("VLPD_TEST_BEAT") == "" {
		os.Exit(m.Run())
	}
	if Run(os.Args[1:]) != nil {
		os.Exit(1)
	}
}

func command(name string, argv ...string) *exec.Cmd {
	cmd := exec.Command(name, argv...)
	cmd.Env = append(os.Environ(), "VLPD_TEST_BEAT=1")
	return cmd
}

// Whoever reads what it says may be gone; a beat that cannot be sent is no
// reason to end.
func TestNobodyReadsStderr(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	cmd := command(os.Args[0], "--socket", filepath.Join(t.TempDir(), "none"), "--interval", "1ms", "--count", "3")
	cmd.Stderr = w
	cmd.Run()
	if got := cmd.ProcessState.String(); got != "exit status 1" {
		t.Errorf("%s, want exit status 1", got)
	}
}

// It beats for the script as long as that lives, and for no successor of its id.
func TestEndsWithItsParent(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: beating for another process is for root")
	}
	path := filepath.Join(t.TempDir(), "s")
	observer, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer observer.Close()
	script := command("sh", "-c", `"$0" --socket "$1" --pid parent --interval 10ms --count 1000 & read line`, os.Args[0], path)
	stdin, _ := script.StdinPipe()
	said, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	script.Stderr = w
	if err := script.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	observer.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := observer.Read(make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	script.Wait()
	said.SetReadDeadline(time.Now().Add(3 * time.Second))
	if text, err := io.ReadAll(said); err != nil || len(text) == 0 { // to the end of the file: of the last process that has it
		t.Errorf("it goes on without its parent: %q, %v", text, err)
	}
}
