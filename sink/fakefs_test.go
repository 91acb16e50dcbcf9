package sink

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"

	"golang.org/x/sys/unix"
)

const sector = 512

// fakeFS is a file system with a page cache and a disk behind it. What was not
// synced when the power is cut may have reached the disk or not, sector by
// sector, length before content or after it. Changes of names reach it in
// order, as in a journal, a rename as two of them, as on JFFS2, but that a synced new file may be found under
// its name although the changes before are gone, as on f2fs.
type fakeFS struct {
	rnd       *rand.Rand
	names     map[string]*inode // as programs see it
	onDisk    map[string]*inode
	pending   []nameChange
	below     bool // /log is a mount point
	nameless  bool // no file has a name to count
	unmounted bool
	lies      bool // fdatasync and SyncDir do nothing, and say well done

	before func(op, name string)             // called before each operation that changes something
	fault  func(op, name string, n int) fail // asked before each operation
	free   int64                             // bytes; negative: no limit
}

// fail is what becomes of an operation; the zero value lets it pass.
type fail struct {
	err  error
	part int // bytes a write stores before err; of a rename 1: the new name is made
}

type nameChange struct {
	from, to string // from "" creates, to "" unlinks
	node     *inode
}

func newFakeFS(seed uint64) *fakeFS {
	return &fakeFS{rnd: rand.New(rand.NewPCG(seed, 7)), names: map[string]*inode{}, onDisk: map[string]*inode{}, free: -1}
}

func (f *fakeFS) op(op, name string, n int) fail {
	if f.before != nil {
		f.before(op, name)
	}
	if f.fault != nil {
		return f.fault(op, name, n)
	}
	return fail{}
}

func (f *fakeFS) change(c nameChange) {
	f.pending = append(f.pending, c)
	c.apply(f.names)
}

func (c nameChange) apply(names map[string]*inode) {
	if c.from != "" {
		delete(names, c.from)
	}
	if c.to != "" {
		names[c.to] = c.node
	}
}

func (f *fakeFS) OpenFile(p Path, create bool) (File, error) {
	name := p.String()
	if e := f.op("open", name, 0).err; e != nil {
		return nil, e
	}
	node := f.names[name]
	if node == nil {
		if !create {
			return nil, unix.ENOENT
		}
		node = &inode{}
		f.change(nameChange{to: name, node: node})
	}
	return &fakeFile{f, node, name}, nil
}

func (f *fakeFS) Rename(from, to Path) error {
	e, node := f.op("rename", from.String(), 0), f.names[from.String()]
	switch {
	case e.err != nil && e.part == 0:
		return e.err
	case node == nil:
		return unix.ENOENT
	case f.names[to.String()] == node: // rename(2)
		return nil
	}
	f.change(nameChange{to: to.String(), node: node})
	if e.err != nil {
		return e.err
	}
	f.change(nameChange{from: from.String()})
	return nil
}

func (f *fakeFS) Same(a, b Path) bool {
	node := f.names[a.String()]
	return f.op("same", a.String(), 0).err == nil && node != nil && node == f.names[b.String()]
}

func (f *fakeFS) Unlink(p Path) error {
	if e := f.op("unlink", p.String(), 0).err; e != nil {
		return e
	}
	node := f.names[p.String()]
	if node == nil {
		return unix.ENOENT
	}
	f.change(nameChange{from: p.String()})
	if f.free >= 0 && !slices.Contains(slices.Collect(maps.Values(f.names)), node) {
		f.free += int64(len(node.data))
	}
	return nil
}

// Device has the root and, if below is set, another file system mounted on it at /log.
func (f *fakeFS) Device(dir Path) (dev, ino uint64, err error) {
	if f.below && !f.unmounted && dir.String() == "/log" {
		return 2, 1, nil
	}
	return 1, 1, nil
}

func (f *fakeFS) Exists(p Path) error {
	if e := f.op("exists", p.String(), 0).err; e != nil {
		return e
	}
	if f.names[p.String()] == nil {
		return unix.ENOENT
	}
	return nil
}

func (f *fakeFS) SyncDir(dir Path) error {
	if e := f.op("syncdir", dir.String(), 0).err; e != nil || f.lies {
		return e
	}
	f.onDisk, f.pending = maps.Clone(f.names), nil
	return nil
}

type fakeFile struct {
	fs   *fakeFS
	node *inode
	name string
}

func (f *fakeFile) Write(p []byte) (int, error) {
	e := f.fs.op("write", f.name, len(p))
	n := len(p)
	if e.err != nil {
		n = min(e.part, len(p))
	} else if f.fs.free >= 0 && int64(n) > f.fs.free {
		n, e.err = int(f.fs.free), unix.ENOSPC
	}
	if n > 0 {
		if f.fs.free >= 0 {
			f.fs.free -= int64(n)
		}
		f.node.change(change{len(f.node.data), bytes.Clone(p[:n])})
		if e.part > 0 && e.err == unix.EAGAIN { // a short write without an error
			return n, nil
		}
	}
	return n, e.err
}

func (f *fakeFile) ReadAt(p []byte, off int64) (int, error) {
	if e := f.fs.op("read", f.name, len(p)).err; e != nil {
		return 0, e
	}
	return copy(p, f.node.data[min(off, int64(len(f.node.data))):]), nil
}

func (f *fakeFile) Truncate(size int64) error {
	if e := f.fs.op("truncate", f.name, int(size)).err; e != nil {
		return e
	}
	f.node.change(change{off: int(size)})
	return nil
}

// Fdatasync that fails leaves what it could not write in the cache and forgets
// that it is not on the disk, as Linux does.
func (f *fakeFile) Fdatasync() error {
	e := f.fs.op("fdatasync", f.name, 0).err
	if f.node.device {
		return unix.EINVAL
	}
	switch {
	case e != nil:
		f.node.base = f.node.afterCut(f.fs.rnd)
	case f.fs.lies:
		return nil
	default:
		f.node.base = f.node.version(len(f.node.changes))
		f.node.synced = true
	}
	f.node.changes = nil
	return e
}

func (f *fakeFile) Size() (int64, bool, error) {
	return int64(len(f.node.data)), !f.node.device, f.fs.op("size", f.name, 0).err
}

func (f *fakeFile) Nameless() bool {
	return f.fs.nameless || !f.fs.unmounted && !slices.Contains(slices.Collect(maps.Values(f.fs.names)), f.node)
}

func (f *fakeFile) Close() error { return nil }
