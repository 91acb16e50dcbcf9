package platform

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func openFiles(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("LOUD SKIP: descriptors cannot be counted: %v", err)
	}
	return len(list)
}

// skipEmulated skips what qemu-user cannot show: it hands the real kernel twice
// the control buffer (linux-user/syscall.c, do_sendrecvmsg_locked) and keeps
// the descriptors that do not fit into ours.
func skipEmulated(t *testing.T) {
	comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getpid()))
	if strings.HasPrefix(string(comm), "qemu-") {
		t.Skip("LOUD SKIP: under qemu-user the emulator itself keeps descriptors; run natively or on a real ARM kernel")
	}
}

// TestDescriptorsOfAStranger sends descriptors along with 1,000 datagrams.
// None may stay in our table, and credentials must come through all the same.
func TestDescriptorsOfAStranger(t *testing.T) {
	skipEmulated(t)
	for _, tc := range []struct {
		name     string
		passcred bool
		attached int // descriptors to a datagram; the kernel's limit is 253
		ctrunc   bool
	}{
		{"one, credentials leave no room", true, 1, true},
		{"many, credentials leave no room", true, 253, true},
		{"one, installed and closed", false, 1, false},
		{"many, some installed and closed", false, 253, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rx, tx := pair(t, tc.passcred)
			b := NewBatch(rx, 8, 32)
			fds := make([]int, tc.attached)
			for i := range fds {
				fds[i] = tx
			}
			rights := unix.UnixRights(fds...)
			before := openFiles(t)
			for range 1000 {
				if err := unix.Sendmsg(tx, make([]byte, 32), rights, nil, unix.MSG_DONTWAIT); err != nil {
					t.Fatalf("sendmsg: %v", err)
				}
				recv(t, b, 1)
				if b.CTruncated(0) != tc.ctrunc {
					t.Fatalf("control truncated: %v, expected %v", b.CTruncated(0), tc.ctrunc)
				}
				if pid, _, ok := b.Cred(0); ok != tc.passcred || ok && int(pid) != os.Getpid() {
					t.Fatalf("credentials: pid %d, %v", pid, ok)
				}
			}
			if after := openFiles(t); after != before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
		})
	}
}
