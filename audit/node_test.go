package audit

import (
	"bytes"
	"math/rand/v2"
)

const sectorBytes = 512

// node is a file: data is what programs see, sure is on the disk for certain,
// and what edits made of it may be there or not, sector by sector.
type node struct {
	data, sure []byte
	edits      []edit
	synced     bool // ever
}

// edit cuts a file at size and appends text.
type edit struct {
	size int
	text []byte
}

func (n *node) do(e edit) {
	n.data = e.on(n.data)
	n.edits = append(n.edits, e)
}

// on gives the content after e; a content that is too short is filled with NULs.
func (e edit) on(data []byte) []byte {
	out := make([]byte, e.size, e.size+len(e.text))
	copy(out, data)
	return append(out, e.text...)
}

// after is the content with the first k edits.
func (n *node) after(k int) []byte {
	data := n.sure
	for _, e := range n.edits[:k] {
		data = e.on(data)
	}
	return data
}

// found is a content that a machine may find after its power was cut: one of
// the states, possibly torn, or a mixture of them, with the length of any.
func (n *node) found(rnd *rand.Rand) []byte {
	all := len(n.edits)
	if all == 0 || rnd.IntN(4) == 0 {
		data := n.after(rnd.IntN(all + 1))
		if len(data) > len(n.sure) && bytes.HasPrefix(data, n.sure) {
			data = data[:len(n.sure)+rnd.IntN(len(data)-len(n.sure)+1)]
		}
		return bytes.Clone(data)
	}
	out := make([]byte, len(n.after(rnd.IntN(all+1))))
	for at := 0; at < len(out); at += sectorBytes {
		if from := n.after(rnd.IntN(all + 1)); at < len(from) {
			copy(out[at:min(at+sectorBytes, len(out))], from[at:])
		}
	}
	return out
}
