package trust

import (
	"testing"

	"golang.org/x/sys/unix"
)

// fake is a machine whose processes are made up. A pidfd is an eventfd, which
// the end of its process makes readable, so the epoll set is real.
type fake struct {
	t        testing.TB
	people   map[uint32]*person
	fds      map[int32]*person // open pidfds
	refuse   unix.Errno        // what pidfd_open fails with
	proc     bool              // /proc can be read
	boot     int64             // CLOCK_BOOTTIME
	clock    int64             // the loop's
	opens    int
	lookCost int64 // ns that opening a pidfd takes
}

type person struct {
	stat
	space uint32
	errno unix.Errno // what opening it fails with, as for a thread
}

// inside and outside are pid namespaces, ours and another.
const (
	inside  uint32 = 4026531836
	outside uint32 = 4026532179
)

func newFake(t testing.TB) *fake {
	return &fake{t: t, people: map[uint32]*person{}, fds: map[int32]*person{}, proc: true, boot: 1000e9}
}

// born starts a process now, in the given pid namespace.
func (k *fake) born(pid, space uint32) *person {
	p := &person{stat: stat{start: uint64(k.boot / tickNS)}, space: space}
	k.people[pid] = p
	return p
}

// dies ends a process; its zombie stays until reap.
func (k *fake) dies(pid uint32) {
	p := k.people[pid]
	p.ended = true
	for fd, of := range k.fds {
		if of == p {
			k.signal(fd)
		}
	}
}

func (k *fake) reap(pid uint32) { delete(k.people, pid) }

func (k *fake) signal(fd int32) {
	if _, err := unix.Write(int(fd), []byte{1, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		k.t.Fatal(err)
	}
}

func (k *fake) pass(ns int64) { k.boot, k.clock = k.boot+ns, k.clock+ns }
func (k *fake) now() int64    { return k.clock }

func (k *fake) open(pid uint32) (int32, unix.Errno) {
	k.opens++
	k.pass(k.lookCost)
	p := k.people[pid]
	switch {
	case k.refuse != 0:
		return -1, k.refuse
	case p == nil:
		return -1, unix.ESRCH
	case p.errno != 0:
		return -1, p.errno
	}
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		k.t.Fatal(err)
	}
	k.fds[int32(fd)] = p
	if p.ended {
		k.signal(int32(fd))
	}
	return int32(fd), 0
}

func (k *fake) close(fd int32) {
	if k.fds[fd] == nil {
		k.t.Fatalf("descriptor %d is closed, but was no open pidfd", fd)
	}
	delete(k.fds, fd)
	unix.Close(int(fd))
}

func (k *fake) ended(fd int32) bool    { return k.fds[fd].ended }
func (k *fake) exists(pid uint32) bool { return k.people[pid] != nil }
func (k *fake) bootNS() int64          { return k.boot }

func (k *fake) stat(pid uint32) (stat, bool) {
	if p := k.people[pid]; p != nil && k.proc {
		return p.stat, true
	}
	return stat{}, false
}

func (k *fake) space(pid uint32) uint32 {
	if p := k.people[pid]; p != nil && k.proc {
		return p.space
	}
	return 0
}

// rig is a table on a fake machine, and what a loop does with it.
type rig struct {
	*fake
	*Processes
}

func newRig(t testing.TB, c Config) *rig {
	t.Helper()
	k := newFake(t)
	c.Now = k.now
	if c.Capacity == 0 {
		c.Capacity = 8
	}
	if c.Descriptors == 0 {
		c.Descriptors = 1000
	}
	p, err := newProcesses(c, k, inside)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{k, p}
	t.Cleanup(func() {
		r.check()
		r.Processes.Close()
		if len(k.fds) != 0 {
			t.Errorf("%d pidfds are still open after Close", len(k.fds))
		}
	})
	return r
}

// beats is a frame of an attested sender at once after it was sent. Who is
// watched must be Pinned where Known is wanted, and nobody else.
func (r *rig) beats(pid uint32, want Ruling) {
	r.t.Helper()
	if i, ok := r.find(0, pid); ok && want == Known && r.procs[i].state == watched {
		want = Pinned
	}
	if got := r.Judge(r.clock, 0, pid, true); got != want {
		r.t.Fatalf("beat of %d: ruling %d, want %d", pid, got, want)
	}
	r.check()
}

// claims is a frame of somebody outside.
func (r *rig) claims(pid uint32, want Ruling) {
	r.t.Helper()
	if got := r.Judge(r.clock, 0, pid, false); got != want {
		r.t.Fatalf("claim to be %d: ruling %d, want %d", pid, got, want)
	}
	r.check()
}

// exits does what a loop does when the set is ready, and returns who ended.
func (r *rig) exits() (pids []uint32) {
	r.t.Helper()
	r.Wake()
	for more := true; more; {
		if !r.Gather() {
			return pids
		}
		var out []Exit
		out, more = r.Exited(make([]Exit, 0, 3))
		for _, e := range out {
			pids = append(pids, e.PID)
		}
	}
	r.check()
	return pids
}

func (r *rig) same(pid uint32, want Identity, standing Standing) {
	r.t.Helper()
	if got, s := r.Same(0, pid); got != want || s != standing {
		r.t.Fatalf("Same of %d: %d, standing %d; want %d, %d", pid, got, s, want, standing)
	}
	r.check()
}

// check holds the table to what must always be true of it.
func (r *rig) check() {
	r.t.Helper()
	t, open, used := r.Processes, 0, 0
	for s := range t.lists {
		n, last := 0, nobody
		for i := t.lists[s].head; i != nobody; last, i = i, t.links[i].next {
			if n++; t.procs[i].state != state(s) || t.links[i].prev != last || n > len(t.procs) {
				r.t.Fatalf("entry %d of state %d, after %d, in the list of state %d", i, t.procs[i].state, t.links[i].prev, s)
			}
		}
		if n != t.lists[s].n || last != t.lists[s].tail {
			r.t.Fatalf("list of state %d has %d entries up to %d, says %d up to %d", s, n, last, t.lists[s].n, t.lists[s].tail)
		}
		used += n
	}
	for i := range t.procs {
		p := &t.procs[i]
		if p.fd != none {
			open++
			if p.state != watched && p.state != barred {
				r.t.Fatalf("an entry of state %d has a pidfd", p.state)
			}
		}
		if j, ok := t.find(p.source, p.pid); p.state != vacant && (!ok || j != uint32(i)) {
			r.t.Fatalf("entry %d (%d, pid %d) is not found", i, p.source, p.pid)
		}
	}
	if used != len(t.procs) || open != t.open || open != len(r.fds) || t.lists[barred].n > t.spare {
		r.t.Fatalf("%d of %d entries in lists; %d pidfds, counted %d, open %d; %d barred of %d",
			used, len(t.procs), open, t.open, len(r.fds), t.lists[barred].n, t.spare)
	}
}
