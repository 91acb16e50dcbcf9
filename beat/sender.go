package beat

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/args"
	"vlpd/lean"
	"vlpd/vlp"
)

// sendTimeout bounds how long a beat waits for room in the observer's queue.
const sendTimeout = time.Second

// sender holds the socket and the frame that is sent next.
type sender struct {
	fd      int
	path    string
	frame   vlp.Frame
	control []byte // credentials of another process; nil for our own
	parent  int    // that process if it is our parent, else 0
	start   int64
	buf     [vlp.Size]byte
}

func newSender(o *options) (*sender, error) {
	if len(o.socket) > 107 {
		return nil, lean.New(o.socket + ": path must be shorter than SUN_LEN (107 bytes, got " + strconv.Itoa(len(o.socket)) + ")")
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, lean.SyscallError("socket", err)
	}
	timeout := unix.NsecToTimeval(sendTimeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &timeout); err != nil {
		unix.Close(fd)
		return nil, lean.SyscallError("setsockopt SO_SNDTIMEO", err)
	}
	s := &sender{fd: fd, path: o.socket}
	s.frame = vlp.Frame{Status: statusOf(o.status), Payload: o.payload}
	if err := s.choose(o); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return s, nil
}

func (s *sender) close() { unix.Close(s.fd) }

// choose decides in whose name to beat and where the nonce starts.
//
// A process that beats for itself starts at 1, as every client does. One-shot
// beats of a script are separate processes without a memory, so their nonce is
// the time since boot in ns: it rises from call to call and is never 1.
func (s *sender) choose(o *options) error {
	pid, who := os.Getpid(), o.pid
	if who == "" && o.interval == 0 && os.Geteuid() == 0 {
		who = "parent"
	}
	switch who {
	case "", "self":
	case "parent":
		pid = os.Getppid()
		s.parent = pid
	default:
		n, _ := lean.Uint(who, 10, 1<<31-1) // setPID checked it
		pid = int(n)
	}
	if pid < 2 {
		return lean.New("cannot beat for process " + strconv.Itoa(pid) + ": ids 0 and 1 are no agents")
	}
	s.frame.PID = uint32(pid)
	now := bootNS()
	if pid == os.Getpid() {
		s.start = now
		return nil
	}
	s.frame.Nonce = uint64(now)
	s.control = unix.UnixCredentials(&unix.Ucred{Pid: int32(pid), Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())})
	return nil
}

// send makes the next frame and sends it. The nonce moves on only when the
// kernel took the frame, as in the Python client. A process that was stopped, or
// its machine suspended, while it waited for room waits anew: signal(7), sockets
// with a timeout.
func (s *sender) send() error {
	if s.parent != 0 && os.Getppid() != s.parent {
		return lean.Wrap("process "+strconv.Itoa(s.parent)+", our parent, has ended", unix.ESRCH)
	}
	f := s.frame
	f.Nonce++
	f.Timestamp = uint64(bootNS() - s.start)
	err := error(unix.EINTR)
	for err == unix.EINTR {
		err = unix.Sendmsg(s.fd, vlp.Append(s.buf[:0], &f), s.control, &unix.SockaddrUnix{Name: s.path}, 0)
	}
	if err == nil {
		s.frame = f
		return nil
	}
	return lean.Wrap(s.explain(err), lean.SyscallError("sendmsg", err))
}

// explain says what an errno of sendmsg(2) means here.
func (s *sender) explain(err error) string {
	process := "process " + strconv.Itoa(int(s.frame.PID))
	switch err {
	case unix.ENOENT, unix.ECONNREFUSED:
		return "no observer at " + s.path
	case unix.EAGAIN:
		return "the observer at " + s.path + " did not make room within " + args.SpanText(sendTimeout)
	case unix.EPERM:
		if s.control != nil {
			return "not permitted to beat for " + process + " (needs CAP_SYS_ADMIN; --pid self beats for this one)"
		}
	case unix.ESRCH:
		return "no " + process
	}
	return s.path
}

// bootNS is the time since boot, suspend included.
func bootNS() int64 {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) // cannot fail for this clock
	return ts.Nano()
}
