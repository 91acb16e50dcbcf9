package trust

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/platform"
)

const (
	// MaxCapacity is the most agents a table is made for.
	MaxCapacity = 65536

	// Reserve is how many descriptors the rest of the program should be left,
	// at the least: Config.Descriptors is RLIMIT_NOFILE without them.
	Reserve = 64

	// budgetNS is what a turn may spend on looking at processes.
	budgetNS = 500_000

	// recheckNS is how old the last look at a process without a pidfd may be.
	recheckNS = 1_000_000_000
)

// Config describes Processes.
type Config struct {
	Capacity    int // agents of local sources, 1 to MaxCapacity
	Descriptors int // pidfds that may be open at once; 0: none are used
	// AllowCrossNamespace accepts processes of other pid namespaces.
	AllowCrossNamespace bool
	Seed                uint32       // perturbs the hash, as watch.Config.Seed
	Now                 func() int64 // the loop's clock, ns
}

// counts are totals since New, for tests.
type counts struct {
	looks     uint64 // at a process, with system calls
	deferred  uint64 // first looks that were put off to a later turn
	exits     uint64 // told by Exited
	lastBeats uint64 // taken after the exit of their process was told
	another   uint64 // processes found under a known key
	unseen    uint64 // processes taken without a pidfd, whose exit is not seen
}

// state says what is known of an entry. Each is in the list of its state.
type state uint8

const (
	vacant  state = iota
	pending       // accepted, not looked at yet
	watched       // accepted, pinned by a pidfd
	blind         // accepted, told from others by its start time alone
	barred        // refused; with or without a pidfd
	leaving       // has ended, to be told by Exited
	ended         // and told; whoever beats next may be another
	claimed       // somebody whom the kernel gives no pid claims to be it
	states
)

// process is an entry. 32 bytes without a pointer.
type process struct {
	start    uint64 // ticks since boot; 0 if unknown
	seenNS   int64  // of the beat at which it was last looked at, or shall be
	pid      uint32
	space    uint32 // inode of its pid namespace; 0 if unknown
	fd       int32  // pidfd, or none
	source   uint16
	state    state
	standing Standing
}

var _ [32]byte = [unsafe.Sizeof(process{})]byte{}

const none = -1 // no descriptor

// Processes is the table. Make it with New; one goroutine may use it.
type Processes struct {
	procs []process // in use, or vacant again, up to len
	links []link
	lists [states]list
	index index

	k     kernel
	set   *platform.Set // of the pidfds of watched and barred
	space uint32        // our own pid namespace; 0 if unknown
	now   func() int64
	allow bool

	spare int   // how many may be barred
	limit int   // pidfds
	open  int   // pidfds
	left  int64 // ns of this turn's budget
	never bool  // will the kernel give a pidfd
	awake bool  // the set may have ready members

	counts counts
	told   uint8 // bit: a complaint that was made
	news   error // and not yet fetched
}

// New makes an empty table, with room for as many agents as Capacity and for
// some refused ones. It reads our own namespace from /proc. An error is that of
// epoll_create1(2).
func New(c Config) (*Processes, error) {
	k, self, err := newSystem("/proc")
	t, e := newProcesses(c, k, self)
	if err != nil && e == nil {
		t.complain(noSpace, lean.Wrap("pid namespaces of senders are not compared", err))
	}
	return t, e
}

func newProcesses(c Config, k kernel, self uint32) (*Processes, error) {
	if c.Capacity < 1 || c.Capacity > MaxCapacity {
		panic("trust: capacity " + strconv.Itoa(c.Capacity) + " is not within 1 to " + strconv.Itoa(MaxCapacity))
	}
	set, err := platform.NewSet()
	if err != nil {
		return nil, err
	}
	spare := 64 + c.Capacity/8
	n := c.Capacity + 1 + spare // a newcomer comes before whom it displaces is forgotten
	t := &Processes{
		procs: make([]process, 0, n),
		links: make([]link, n),
		index: newIndex(n, c.Seed),
		k:     k, set: set, space: self, now: c.Now, allow: c.AllowCrossNamespace,
		spare: spare, limit: c.Descriptors, left: budgetNS,
	}
	for i := range t.lists {
		t.lists[i] = list{head: nobody, tail: nobody}
	}
	return t, nil
}

// Attach makes the table a member of the loop's set. When token comes back,
// call Wake.
func (t *Processes) Attach(p *platform.Poller, token uint64) error {
	return p.Add(t.set.FD(), unix.EPOLLIN, token)
}

// Close gives all descriptors back.
func (t *Processes) Close() {
	for i := range t.procs {
		t.release(uint32(i))
	}
	t.set.Close()
}

// Open is how many pidfds there are, Blind how many accepted processes have
// none, so that their exit is not seen.
func (t *Processes) Open() int  { return t.open }
func (t *Processes) Blind() int { return t.lists[blind].n }

// Forget drops what is known under the key: its agent was evicted, or found no
// room. A later beat is a first one. Nothing happens if nothing is known.
func (t *Processes) Forget(source uint16, pid uint32) {
	if i, ok := t.find(source, pid); ok {
		t.remove(i)
	}
}

// admit makes an entry, if there is room.
func (t *Processes) admit(source uint16, pid uint32) (i uint32, ok bool) {
	if t.lists[vacant].n == 0 {
		if len(t.procs) == cap(t.procs) {
			return 0, false
		}
		i = uint32(len(t.procs))
		t.procs = t.procs[:i+1]
		t.push(&t.lists[vacant], i)
	}
	i = t.lists[vacant].head
	p := &t.procs[i]
	p.source, p.pid, p.fd = source, pid, none
	t.index.insert(t.index.hash(source, pid), i)
	return i, true
}

// remove makes entry i vacant.
func (t *Processes) remove(i uint32) {
	t.release(i)
	t.index.remove(t.procs, i)
	t.move(i, vacant)
	t.procs[i] = process{state: vacant, fd: none}
}

// release gives the pidfd of entry i back, if it has one.
func (t *Processes) release(i uint32) {
	if p := &t.procs[i]; p.fd != none {
		t.set.Del(int(p.fd))
		t.k.close(p.fd)
		p.fd = none
		t.open--
	}
}
