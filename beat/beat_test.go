package beat

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
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

// Whoever is stopped and continued while it waits for room has still to send:
// the kernel does not go on with that call by itself.
func TestStoppedInItsWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	observer, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer observer.Close()
	queued := fill(t, path)
	cmd := command(os.Args[0], "--socket", path, "--pid", "self")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid, began := cmd.Process.Pid, time.Now()
	for time.Since(began) < 300*time.Millisecond {
		var status unix.WaitStatus
		unix.Kill(pid, unix.SIGSTOP)
		if _, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
			t.Fatalf("it ended before there was room: %v, %v", status, err)
		}
		unix.Kill(pid, unix.SIGCONT)
	}
	observer.SetReadDeadline(time.Now().Add(5 * time.Second))
	b := make([]byte, 64)
	for range queued {
		observer.Read(b)
	}
	if n, err := observer.Read(b); n != vlp.Size || err != nil {
		t.Errorf("no beat: %d bytes, %v", n, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// fill takes all room that the socket at path has, and returns how many
// datagrams that were.
func fill(t *testing.T, path string) (n int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for err == nil {
		if err = unix.Sendto(fd, []byte{0}, 0, &unix.SockaddrUnix{Name: path}); err == nil {
			n++
		}
	}
	if err != unix.EAGAIN {
		t.Fatal(err)
	}
	return n
}
