package trust

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// sighting is what a look at a pid found. Whoever takes it owns the descriptor.
type sighting struct {
	start uint64 // 0 if unknown
	space uint32 // 0 if unknown
	fd    int32  // pidfd, or none
	gone  bool   // whoever sent is no more; nothing else is then told
}

// tickNS is the unit of start times in /proc: USER_HZ is 100 wherever this
// program runs, whatever the kernel's own rate is.
const tickNS = 10_000_000

// beforeZero is where start times are negative ones: of processes that are older
// than the zero of our time namespace, time_namespaces(7), which the kernel
// prints without a sign, as 2^64 ns less.
const beforeZero = (1 << 63) / tickNS

// look finds out who has the pid, for a datagram that came at arrivedNS on the
// loop's clock, and takes the time for that out of the turn's budget.
func (t *Processes) look(pid uint32, arrivedNS int64) sighting {
	began := t.now()
	t.counts.looks++
	latest := (t.k.bootNS() - (began - arrivedNS)) / tickNS
	s := t.see(pid)
	if latest >= 0 && s.start > uint64(latest) && s.start < beforeZero {
		t.discard(&s) // it began later: not the sender
		s = sighting{fd: none, gone: true}
	}
	t.left -= t.now() - began
	return s
}

// see opens first and reads then. As long as the pidfd's process has not ended,
// nobody else had its pid, so what was read is of that process.
func (t *Processes) see(pid uint32) (s sighting) {
	s.fd, s.gone = t.pidfd(pid)
	if s.fd == none && !s.gone {
		s.gone = !t.k.exists(pid)
	}
	if !s.gone {
		st, _ := t.k.stat(pid)
		s.start, s.space = st.start, t.k.space(pid)
	}
	return s
}

// pidfd opens a pidfd if one is to be had. gone says that nobody has the pid.
func (t *Processes) pidfd(pid uint32) (fd int32, gone bool) {
	switch {
	case t.never:
		return none, false
	case t.open >= t.limit:
		t.complain(noRoom, unix.EMFILE)
		return none, false
	}
	fd, e := t.k.open(pid)
	switch e {
	case 0:
		return fd, false
	case unix.ESRCH, unix.EINVAL, unix.ENOENT:
		return none, true // the last two: a thread of another process has that number
	case unix.ENOSYS, unix.EPERM, unix.ENODEV:
		t.never = true
		t.complain(noPidfd, lean.SyscallError("pidfd_open", e))
	default: // EMFILE, ENFILE, ENOMEM
		t.complain(noRoom, lean.SyscallError("pidfd_open", e))
	}
	return none, false
}

// pin watches the process of entry i through fd, if that is a descriptor.
func (t *Processes) pin(i uint32, fd int32) {
	if fd == none {
		return
	}
	if err := t.set.Add(int(fd), i); err != nil { // ENOSPC: fs.epoll.max_user_watches
		t.complain(noRoom, err)
		t.k.close(fd)
		return
	}
	t.procs[i].fd = fd
	t.open++
}

// discard gives up what was seen.
func (t *Processes) discard(s *sighting) {
	if s.fd != none {
		t.k.close(s.fd)
		s.fd = none
	}
}

// What is complained of, each once.
const (
	noPidfd = 1 << iota
	noRoom
	noSpace
)

var complaints = [...]string{
	noPidfd: "exits of local processes are not seen",
	noRoom:  "no descriptors left for more local processes: exits of those are not seen",
}

func (t *Processes) complain(of uint8, err error) {
	if t.told&of != 0 {
		return
	}
	t.told |= of
	if of != noSpace {
		err = lean.Wrap(complaints[of], err)
	}
	if t.news != nil {
		err = lean.Mark(t.news.Error()+"; "+err.Error(), err)
	}
	t.news = err
}

// News is what people should be told of how well processes can be judged, and
// was not told yet; nil for nothing. There are three such things at most.
func (t *Processes) News() error {
	err := t.news
	t.news = nil
	return err
}
