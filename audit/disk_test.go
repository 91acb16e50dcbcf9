package audit

import (
	"maps"
	"math/rand/v2"
	"slices"

	"golang.org/x/sys/unix"

	"vlpd/sink"
)

// disk is a file system with a page cache: a sink.FS whose every step can
// fail, and whose power can be cut. Changes of names reach the disk in order, a
// rename as two of them, as on JFFS2, but a synced file may be found under its
// name before the changes ahead of it.
type disk struct {
	rnd       *rand.Rand
	names     map[string]*node
	sure      map[string]*node // as they are on the disk for certain
	moves     []move
	unmounted bool // what /log is on
	lies      bool // syncs do nothing, and say well done

	before func(op, name string)                     // each step
	fault  func(op, name string, n int) (int, error) // bytes a write stores before its error
	opens  int
}

// move gives a file the name to, or, where that is "", takes from away.
type move struct {
	from, to string
	n        *node
}

func newDisk(seed uint64) *disk {
	return &disk{rnd: rand.New(rand.NewPCG(seed, 5)), names: map[string]*node{}, sure: map[string]*node{}}
}

// with puts files on the disk: name, content, name, content.
func (d *disk) with(files ...string) *disk {
	for i := 0; i < len(files); i += 2 {
		n := &node{data: []byte(files[i+1]), sure: []byte(files[i+1]), synced: true}
		d.names[files[i]], d.sure[files[i]] = n, n
	}
	return d
}

func (d *disk) text(name string) string {
	if n := d.names[name]; n != nil {
		return string(n.data)
	}
	return ""
}

func (d *disk) step(op, name string, n int) (int, error) {
	if d.before != nil {
		d.before(op, name)
	}
	if d.fault != nil {
		return d.fault(op, name, n)
	}
	return 0, nil
}

func (m move) in(names map[string]*node) {
	if m.to == "" {
		delete(names, m.from)
	} else {
		names[m.to] = m.n
	}
}

func (d *disk) move(m move) {
	m.in(d.names)
	d.moves = append(d.moves, m)
}

func (d *disk) OpenFile(p sink.Path, create bool) (sink.File, error) {
	name := p.String()
	if _, err := d.step("open", name, 0); err != nil {
		return nil, err
	}
	n := d.names[name]
	if n == nil {
		if !create {
			return nil, unix.ENOENT
		}
		n = &node{}
		d.move(move{to: name, n: n})
	}
	d.opens++
	return &handle{d, n, name}, nil
}

func (d *disk) Rename(from, to sink.Path) error {
	half, err := d.step("rename", from.String(), 0)
	n := d.names[from.String()]
	switch {
	case err != nil && half == 0:
		return err
	case n == nil:
		return unix.ENOENT
	case d.names[to.String()] == n: // rename(2)
		return nil
	}
	d.move(move{to: to.String(), n: n})
	if err == nil {
		d.move(move{from: from.String()})
	}
	return err
}

// Unlink is for names alone: an audit log deletes no file.
func (d *disk) Unlink(p sink.Path) error {
	if _, err := d.step("unlink", p.String(), 0); err != nil {
		return err
	}
	n := d.names[p.String()]
	d.move(move{from: p.String()})
	if n != nil && !d.has(n) {
		panic("the last name of " + p.String())
	}
	return nil
}

func (d *disk) has(n *node) bool { return slices.Contains(slices.Collect(maps.Values(d.names)), n) }

func (d *disk) Same(a, b sink.Path) bool {
	_, err := d.step("same", a.String(), 0)
	n := d.names[a.String()]
	return err == nil && n != nil && n == d.names[b.String()]
}

func (d *disk) Device(dir sink.Path) (dev, ino uint64, err error) {
	if dir.String() == "/log" && !d.unmounted {
		return 2, 1, nil
	}
	return 1, 1, nil
}

func (d *disk) Exists(p sink.Path) error {
	if _, err := d.step("exists", p.String(), 0); err != nil {
		return err
	}
	if d.names[p.String()] == nil {
		return unix.ENOENT
	}
	return nil
}

func (d *disk) SyncDir(dir sink.Path) error {
	if _, err := d.step("syncdir", dir.String(), 0); err != nil || d.lies {
		return err
	}
	d.sure, d.moves = maps.Clone(d.names), nil
	return nil
}

// handle is an open file.
type handle struct {
	d    *disk
	n    *node
	name string
}

func (h *handle) Write(p []byte) (int, error) {
	part, err := h.d.step("write", h.name, len(p))
	n := len(p)
	if err != nil || part > 0 {
		n = min(part, len(p))
	}
	if n > 0 {
		h.n.do(edit{len(h.n.data), slices.Clone(p[:n])})
	}
	return n, err
}

func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	if _, err := h.d.step("read", h.name, len(p)); err != nil {
		return 0, err
	}
	return copy(p, h.n.data[min(off, int64(len(h.n.data))):]), nil
}

func (h *handle) Truncate(size int64) error {
	if _, err := h.d.step("truncate", h.name, 0); err != nil {
		return err
	}
	h.n.do(edit{size: int(size)})
	return nil
}

// Fdatasync that fails leaves the cache as it was, and forgets what it could
// not write, as Linux does.
func (h *handle) Fdatasync() error {
	_, err := h.d.step("fdatasync", h.name, 0)
	switch {
	case err != nil:
		h.n.sure = h.n.found(h.d.rnd)
	case h.d.lies:
		return nil
	default:
		h.n.sure, h.n.synced = h.n.after(len(h.n.edits)), true
	}
	h.n.edits = nil
	return err
}

func (h *handle) Size() (int64, bool, error) {
	_, err := h.d.step("size", h.name, 0)
	return int64(len(h.n.data)), true, err
}

func (h *handle) Nameless() bool { return !h.d.has(h.n) }

func (h *handle) Close() error { return nil }

// cut returns what the machine finds after its power was cut now.
func (d *disk) cut(seed uint64) *disk {
	after := newDisk(seed)
	names := maps.Clone(d.sure)
	k := after.rnd.IntN(len(d.moves) + 1)
	for _, m := range d.moves[:k] {
		m.in(names)
	}
	if after.rnd.IntN(2) == 0 {
		for _, m := range d.moves[k:] {
			if m.from == "" && m.n.synced && !slices.Contains(slices.Collect(maps.Values(names)), m.n) {
				m.in(names)
			}
		}
	}
	files := map[*node]*node{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		n := names[name]
		if files[n] == nil {
			text := n.found(after.rnd)
			files[n] = &node{data: text, sure: text, synced: true}
		}
		after.names[name], after.sure[name] = files[n], files[n]
	}
	return after
}
