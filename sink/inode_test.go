package sink

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// inode: base is on the disk for certain, changes may be.
type inode struct {
	data, base []byte
	changes    []change
	synced     bool
	device     bool
}

// change is a write at off, or, without data, a truncation to off.
type change struct {
	off  int
	data []byte
}

func (n *inode) change(c change) {
	if n.device {
		return
	}
	n.data = c.applied(n.data)
	n.changes = append(n.changes, c)
}

func (c change) applied(data []byte) []byte {
	if c.data == nil {
		if c.off <= len(data) {
			return slices.Clip(data[:c.off])
		}
		return append(slices.Clone(data), make([]byte, c.off-len(data))...)
	}
	if c.off > len(data) { // the truncation or write before it is not in this version
		data = append(slices.Clone(data), make([]byte, c.off-len(data))...)
	}
	return append(slices.Clip(data[:c.off]), c.data...)
}

// version is the content with the first n changes.
func (n *inode) version(k int) []byte {
	data := n.base
	for _, c := range n.changes[:k] {
		data = c.applied(data)
	}
	return data
}

// afterCut is one of the contents that the disk may hold.
func (n *inode) afterCut(rnd *rand.Rand) []byte {
	if len(n.changes) == 0 {
		return n.base
	}
	mode := rnd.IntN(4)
	all := len(n.changes)
	if mode == 0 { // everything up to some write, which may be torn
		return n.version(rnd.IntN(all + 1))
	}
	length := len(n.version(rnd.IntN(all + 1)))
	if mode == 1 {
		length = len(n.data)
	}
	data := make([]byte, length)
	for at := 0; at < length; at += sector {
		v := n.version(rnd.IntN(all + 1))
		if mode == 2 && rnd.IntN(2) == 0 {
			v = n.base
		}
		if at < len(v) {
			copy(data[at:min(at+sector, length)], v[at:])
		}
	}
	return data
}

// cut returns what the machine finds after its power was cut now.
func (f *fakeFS) cut(seed uint64) *fakeFS {
	after := newFakeFS(seed)
	names := maps.Clone(f.onDisk)
	k := after.rnd.IntN(len(f.pending) + 1)
	for _, c := range f.pending[:k] {
		c.apply(names)
	}
	if after.rnd.IntN(2) == 0 {
		for _, c := range f.pending[k:] {
			if c.from == "" && c.node.synced && !slices.Contains(slices.Collect(maps.Values(names)), c.node) {
				c.apply(names)
			}
		}
	}
	files := map[*inode]*inode{}
	for name, node := range names {
		if files[node] == nil {
			data := node.afterCut(after.rnd)
			files[node] = &inode{data: data, base: data, synced: true}
		}
		after.names[name] = files[node]
	}
	after.onDisk = maps.Clone(after.names)
	return after
}

// twins names a file that has two names.
func twins(fs *fakeFS) string {
	seen := map[*inode]string{}
	for _, name := range slices.Sorted(maps.Keys(fs.names)) {
		node := fs.names[name]
		if seen[node] != "" {
			return seen[node] + " and " + name
		}
		seen[node] = name
	}
	return ""
}
