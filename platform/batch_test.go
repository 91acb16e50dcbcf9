package platform

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// pair returns two connected datagram sockets; what is sent on tx is received
// on rx, with credentials if wanted.
func pair(t testing.TB, passcred bool) (rx, tx int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[0]); unix.Close(fds[1]) })
	if passcred {
		if err := unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
			t.Fatal(err)
		}
	}
	return fds[0], fds[1]
}

func send(t testing.TB, fd int, p []byte) {
	t.Helper()
	if err := unix.Sendto(fd, p, unix.MSG_DONTWAIT, nil); err != nil {
		t.Fatalf("sendto: %v", err)
	}
}

func recv(t testing.TB, b *Batch, want int) {
	t.Helper()
	if n, err := b.Recv(); n != want || err != nil {
		t.Fatalf("Recv: %d, %v; expected %d datagrams", n, err, want)
	}
}

func TestRecv(t *testing.T) {
	rx, tx := pair(t, true)
	b := NewBatch(rx, 4, 33)
	recv(t, b, 0)

	sizes := []int{0, 1, 32, 33, 34, 5000, 32}
	for i, size := range sizes {
		send(t, tx, bytes.Repeat([]byte{byte('a' + i)}, size))
	}
	seen := 0
	for _, n := range []int{4, 3, 0} { // fuller than the batch, then the rest, then nothing
		recv(t, b, n)
		for i := range n {
			size, fill := sizes[seen], byte('a'+seen)
			if b.Len(i) != size || b.CTruncated(i) {
				t.Errorf("datagram %d: length %d, control truncated %v; expected length %d",
					seen, b.Len(i), b.CTruncated(i), size)
			}
			if want := bytes.Repeat([]byte{fill}, min(size, 33)); !bytes.Equal(b.Bytes(i), want) {
				t.Errorf("datagram %d: bytes %q, expected %q", seen, b.Bytes(i), want)
			}
			if size >= 32 && string(b.Slot(i)[:]) != string(bytes.Repeat([]byte{fill}, 32)) {
				t.Errorf("datagram %d: slot %q", seen, b.Slot(i)[:])
			}
			pid, uid, ok := b.Cred(i)
			if !ok || int(pid) != os.Getpid() || int(uid) != os.Getuid() {
				t.Errorf("datagram %d: credentials %d %d %v, expected our own", seen, pid, uid, ok)
			}
			seen++
		}
	}
}

// A slot that had credentials must not lend them to a later datagram, and one
// that had none must have room for them again.
func TestRecvForgetsCredentials(t *testing.T) {
	rx, tx := pair(t, true)
	b := NewBatch(rx, 2, 32)
	send(t, tx, []byte("with"))
	recv(t, b, 1)
	if _, _, ok := b.Cred(0); !ok {
		t.Fatal("no credentials although SO_PASSCRED is set")
	}
	if err := unix.SetsockoptInt(rx, unix.SOL_SOCKET, unix.SO_PASSCRED, 0); err != nil {
		t.Fatal(err)
	}
	send(t, tx, []byte("without"))
	recv(t, b, 1)
	if pid, uid, ok := b.Cred(0); ok || pid != 0 || uid != 0 {
		t.Errorf("credentials %d %d %v although none came", pid, uid, ok)
	}
	if err := unix.SetsockoptInt(rx, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		t.Fatal(err)
	}
	send(t, tx, []byte("with again"))
	recv(t, b, 1)
	if pid, _, ok := b.Cred(0); !ok || int(pid) != os.Getpid() || b.CTruncated(0) {
		t.Errorf("credentials of pid %d %v, truncated %v", pid, ok, b.CTruncated(0))
	}
}

func TestRecvErrorKeepsErrno(t *testing.T) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(p[0])
	defer unix.Close(p[1])
	n, err := NewBatch(p[0], 1, 32).Recv()
	var sys *os.SyscallError
	if n != 0 || !errors.Is(err, unix.ENOTSOCK) || !errors.As(err, &sys) || sys.Syscall != "recvmmsg" {
		t.Errorf("Recv on a pipe: %d, %v; expected recvmmsg: ENOTSOCK", n, err)
	}
}

func TestRecvAllocatesNothing(t *testing.T) {
	rx, tx := pair(t, true)
	b := NewBatch(rx, 8, 32)
	frame := make([]byte, 32)
	sum := 0
	allocs := testing.AllocsPerRun(500, func() {
		for range 5 {
			if unix.Sendto(tx, frame, unix.MSG_DONTWAIT, nil) != nil {
				panic("sendto")
			}
		}
		n, _ := b.Recv()
		for i := range n {
			pid, _, _ := b.Cred(i)
			sum += b.Len(i) + len(b.Bytes(i)) + int(b.Slot(i)[0]) + int(pid)
		}
	})
	if allocs != 0 || sum == 0 {
		t.Errorf("%v allocations a run, sum %d; expected none, and something received", allocs, sum)
	}
}
