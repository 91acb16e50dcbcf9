package observer

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refuse has the kernel answer a system call with an errno, for good and in all
// threads, as one that lacks the call does. what is "NUMBER ERRNO".
func refuse(what string) error {
	words := strings.Fields(what)
	nr, _ := strconv.Atoi(words[0])
	errno, _ := strconv.Atoi(words[1])
	p := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(nr)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	prog := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog))); e != 0 {
		return e
	}
	return nil
}

// startRefused is startChild under a kernel that refuses a call; stdout brings
// the address of the metrics.
func startRefused(t *testing.T, nr uintptr, e unix.Errno, argv ...string) (c *child, address string) {
	t.Helper()
	action := uint32(unix.SECCOMP_RET_ERRNO)
	if _, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action))); e != 0 {
		t.Skip("no seccomp, as in an emulator: ", e)
	}
	t.Setenv("VLPD_TEST_REFUSE", strconv.Itoa(int(nr))+" "+strconv.Itoa(int(e)))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c = startChildOn(t, w, append(argv, "--threshold-ms", "600000", "--prom-addr", "127.0.0.1:0", "--prom-anonymous", "--export-file", "DIR/log")...)
	w.Close()
	line := make([]byte, 64)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	return c, strings.TrimSpace(string(line[:n]))
}

// sample is one number of the metrics page.
func sample(t *testing.T, address, name string) int {
	t.Helper()
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "\n"+name+" ")
	number, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// TestReceivingRefused: a socket that is ready and cannot be received from is
// tried now and then; it takes neither the processor nor the log.
func TestReceivingRefused(t *testing.T) {
	for name, argv := range map[string][]string{
		"long queue":  {"--socket", "DIR/s"},
		"short queue": {"--socket", "DIR/s", "--uds-queue-len", "0"},
		"udp":         {"--udp-port", "0", "--i-accept-plaintext-udp"},
	} {
		t.Run(name, func(t *testing.T) {
			c, address := startRefused(t, unix.SYS_RECVMMSG, unix.EACCES, argv...)
			began := time.Now()
			send(t, c)
			errs := 0
			eventually(t, "five tries", func() bool {
				errs = sample(t, address, "varta_io_errors_total")
				return errs >= 5
			})
			if most := int(time.Since(began)/time.Duration(mutePause)) + 3; errs > most {
				t.Errorf("%d tries, expected %d at most", errs, most)
			}
			c.end(t, syscall.SIGTERM)
			if rows, most := strings.Count(c.log(), "\tio\t"), int(time.Since(began)/time.Second)+2; rows == 0 || rows > most {
				t.Errorf("%d rows, expected one a second, %d at most", rows, most)
			}
		})
	}
}

// send sends one datagram to wherever the child listens.
func send(t *testing.T, c *child) {
	t.Helper()
	var to unix.Sockaddr = &unix.SockaddrUnix{Name: c.dir + "/s"}
	family := unix.AF_UNIX
	if _, rest, udp := strings.Cut(c.said(), "UDP 0.0.0.0:"); udp {
		number, _, _ := strings.Cut(rest, ";")
		port, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		family, to = unix.AF_INET, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, make([]byte, 32), 0, to); err != nil {
		t.Fatal(err)
	}
}

// TestNoFileLocks: a kernel without CONFIG_FILE_LOCKING has lines and long
// queues all the same.
func TestNoFileLocks(t *testing.T) {
	_, slave := openPTY(t)
	c, _ := startRefused(t, unix.SYS_FLOCK, unix.ENOSYS, "--socket", "DIR/s", "--serial", "l="+slave)
	eventually(t, "the line is up", func() bool { return strings.Contains(c.log(), "\tup\topened\n") })
	if os.Getuid() == 0 && !strings.Contains(c.said(), "queue of 1025") {
		t.Errorf("said %s", c.said())
	}
}

// TestNoAmbientCaps: on a kernel that cannot give a command its capabilities no
// command would ever run, and that is said at start. Linux before 4.3.
func TestNoAmbientCaps(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root becomes another user")
	}
	t.Setenv("VLPD_TEST_REFUSE", strconv.Itoa(unix.SYS_PRCTL)+" "+strconv.Itoa(int(unix.EINVAL)))
	c := exec.Command(os.Args[0], "--socket", t.TempDir()+"/s", "--threshold-ms", "1000", "--user", other,
		"--recovery-exec", "true", "--recovery-caps", "kill", "--shutdown-after-secs", "0")
	c.Env = append(os.Environ(), "VLPD_TEST_RUN=1")
	said, _ := c.CombinedOutput()
	const want = "--recovery-caps kill: needs Linux 4.3 or later: prctl PR_CAP_AMBIENT: invalid argument"
	if code := c.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(said), want) {
		t.Errorf("exit %d, %s", code, said)
	}
}
