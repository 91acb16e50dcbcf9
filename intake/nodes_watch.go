package intake

import (
	"bytes"
	"encoding/binary"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// nodeEvents is all that can make a path openable that was not: a name
// appears, changes its rights, or leaves (one of two like adapters); and what
// ends a watch, so that the path is walked anew. See inotify(7).
const nodeEvents = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_ATTRIB |
	unix.IN_DELETE | unix.IN_MOVED_FROM |
	unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR

// nodes tells lines that are down when something happens to a name that their
// path goes through. One inotify instance serves all (a user has 128 of them),
// and a folder is watched only while a line is down that waits for it: with
// all lines up, nothing that happens in /dev wakes us.
//
// What inotify cannot tell: something mounted over a folder of the path.
type nodes struct {
	file *os.File // in the runtime's poller: its reader costs no thread

	mu    sync.Mutex
	hooks []hook // some dozen at most: one for each step of the way of each line that is down
}

// hook is one wish: poke somebody when name, or any name if it is empty, is
// touched in the folder behind the watch descriptor.
type hook struct {
	wd   int32 // watch descriptor
	name string
	poke chan<- struct{} // one slot: several events are one poke
}

// newNodes fails with EMFILE when the user's inotify instances are used up.
func newNodes() (*nodes, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, lean.SyscallError("inotify_init1", err)
	}
	return &nodes{file: os.NewFile(uintptr(fd), "inotify")}, nil
}

// close ends run.
func (n *nodes) close() { n.file.Close() }

// run pokes until close.
func (n *nodes) run() {
	var buf [16 << 10]byte
	for {
		got, err := n.file.Read(buf[:])
		if err != nil {
			return
		}
		n.dispatch(buf[:got])
	}
}

// dispatch goes through what one read brought:
//
//	struct inotify_event {
//	        __s32 wd;
//	        __u32 mask, cookie, len;
//	        char name[len];  /* padded with NULs */
//	};
func (n *nodes) dispatch(b []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(b) >= unix.SizeofInotifyEvent {
		wd := int32(binary.NativeEndian.Uint32(b[0:]))
		mask := binary.NativeEndian.Uint32(b[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[12:]))
		name := b[unix.SizeofInotifyEvent:end]
		if i := bytes.IndexByte(name, 0); i >= 0 {
			name = name[:i]
		}
		b = b[end:]
		if mask&unix.IN_Q_OVERFLOW != 0 {
			n.pokeAll()
			continue
		}
		for _, h := range n.hooks {
			if h.wd == wd && (h.name == "" || len(name) == 0 || h.name == string(name)) {
				poke(h.poke)
			}
		}
		if mask&unix.IN_IGNORED != 0 { // the folder is gone, its watch with it
			n.drop(func(h *hook) bool { return h.wd == wd })
		}
	}
}

// pokeAll is for when events were lost.
func (n *nodes) pokeAll() {
	for _, h := range n.hooks {
		poke(h.poke)
	}
}

func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// watch hangs up a hook. It fails with ENOSPC when the user's watches are used
// up and with EACCES for a folder that may not be read.
func (n *nodes) watch(dir, name string, poke chan<- struct{}) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	wd, err := n.control(func(fd int) (int, error) { return unix.InotifyAddWatch(fd, dir, nodeEvents) })
	if err != nil {
		return lean.SyscallError("inotify_add_watch", err)
	}
	// The kernel gives the same descriptor for the same folder.
	n.hooks = append(n.hooks, hook{int32(wd), name, poke})
	return nil
}

// forget takes down all hooks of one line, and watches that nobody else needs.
func (n *nodes) forget(poke chan<- struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, h := range n.drop(func(h *hook) bool { return h.poke == poke }) {
		if !n.watched(h.wd) { // may be done twice, which fails and does no harm
			n.control(func(fd int) (int, error) { return unix.InotifyRmWatch(fd, uint32(h.wd)) })
		}
	}
}

// drop takes hooks out of the list and returns them.
func (n *nodes) drop(which func(h *hook) bool) (dropped []hook) {
	var kept []hook
	for _, h := range n.hooks {
		if which(&h) {
			dropped = append(dropped, h)
		} else {
			kept = append(kept, h)
		}
	}
	n.hooks = kept
	return dropped
}

func (n *nodes) watched(wd int32) bool {
	for _, h := range n.hooks {
		if h.wd == wd {
			return true
		}
	}
	return false
}

// control reaches the descriptor without taking it out of the poller, as Fd
// would, and not after close.
func (n *nodes) control(call func(fd int) (int, error)) (ret int, err error) {
	conn, err := n.file.SyscallConn()
	if err != nil {
		return -1, err
	}
	if outer := conn.Control(func(fd uintptr) { ret, err = call(int(fd)) }); outer != nil {
		return -1, outer
	}
	return ret, err
}
