package metrics

import (
	"unsafe"

	"vlpd/limit"
)

// maxPeers is how many addresses are remembered at a time.
const maxPeers = 1024

const peersBytes = maxPeers * int(unsafe.Sizeof(peer{}))

// peer is an address that connected. Its tat is that of limit.Allow; once it
// has passed, the bucket is full and the entry as good as none.
type peer struct {
	ip  address
	tat int64
}

// peers holds a bucket for each address that has connected lately. The zero
// peers limits nobody.
//
// Entries are searched one by one. As many are in use as addresses connected
// within the last burst / rate seconds, two by default: mostly one or two.
// There is no hash whose collisions an attacker could choose, and a full table,
// 24 KiB, is soon read through.
type peers struct {
	all       []peer // maxPeers; a page of it gets memory when it is first used
	used      int
	interval  int64
	tolerance int64
	never     bool // refill
}

// newPeers maps the table, unless burst is 0 and there is no limit.
func newPeers(rate, burst uint32) (p peers, err error) {
	if burst == 0 {
		return p, nil
	}
	where, err := mapped(peersBytes)
	if err != nil {
		return p, err
	}
	p.all = unsafe.Slice((*peer)(where), maxPeers)
	p.interval, p.never = limit.Interval(rate), rate == 0
	if p.never {
		p.interval = 1 // of a clock that stands still: tat then counts connections
	}
	p.tolerance = limit.Tolerance(p.interval, burst)
	return p, nil
}

// admit reports whether a client may connect at now, ns, not negative, and
// whether another's bucket had to be forgotten for its own. That is the one
// next to be full, which loses least by it.
func (p *peers) admit(ip address, now int64) (ok, replaced bool) {
	if len(p.all) == 0 {
		return true, false
	}
	if p.never {
		now = 0
	}
	for p.used > 0 && p.all[p.used-1].tat <= now {
		p.used--
	}
	least := 0
	for i := range p.all[:p.used] {
		e := &p.all[i]
		if e.ip[3] == ip[3] && e.ip == ip { // the last word tells most apart
			return p.take(e, now), false
		}
		if e.tat < p.all[least].tat {
			least = i
		}
	}
	switch {
	case p.used > 0 && p.all[least].tat <= now:
	case p.used < len(p.all):
		least = p.used
		p.used++
	default:
		replaced = true
	}
	e := &p.all[least]
	*e = peer{ip: ip}
	return p.take(e, now), replaced
}

func (p *peers) take(e *peer, now int64) bool {
	return limit.Allow(&e.tat, now, 0, p.interval, p.tolerance)
}

func (p *peers) close() error {
	if len(p.all) == 0 {
		return nil
	}
	return unmap(unsafe.Pointer(unsafe.SliceData(p.all)), peersBytes)
}
