package audit

import (
	"strconv"

	"vlpd/lean"
)

// aheadMost bounds how many boot records may stand ahead: the original has 256
// lines in its queue, and at most so many rotations pass before those are written.
const aheadMost = 256

// ahead is a boot record that stands before records with a lower seq. The
// original writes it past the lines that wait in its queue.
type ahead struct {
	at          spot
	seq         uint64
	prev, chain digest
}

// plain checks a record that is not of kind boot.
func (c *checker) plain(p *parsed) {
	c.passGap(p)
	switch {
	case !c.begun: // that a boot record is missing was said
		c.begin(p)
	case p.seq == c.next:
		c.follow(p, &c.head)
	case c.lone != nil && p.seq < c.lone.seq && c.key == nil:
		// The first file begins with a record written ahead: what came before
		// this one is in none of them.
		c.ahead = append(c.ahead[:0], *c.lone)
		c.t.Unproven++
		c.t.First = p.seq
		c.accept(p)
	default:
		c.wrongSeq(p)
	}
	c.lone = nil
	c.catchUp()
}

// boot checks a boot record.
func (c *checker) boot(p *parsed) {
	prev, hasPrev := parseHex(p.prev)
	if !hasPrev && string(p.prev) != "-" {
		c.differ(&c.at, "prev", "`-` or 64 hex digits", lean.Quote(string(p.prev)))
	}
	origin := string(p.origin)
	lone := c.lone
	c.lone = nil
	if origin != originNames[rotation] {
		c.passGap(p)
	}
	switch restarts := origin == originNames[legacyV1] || origin == originNames[schemaDrift]; {
	case !c.begun:
		c.begin(p)
		c.follow(p, &prev)
		if origin == originNames[rotation] {
			c.lone = &ahead{c.at, p.seq, prev, p.chain}
		}
	case p.seq == c.next:
		// The original says `-` behind a torn tail, and goes on all the same.
		if prev != c.head && (hasPrev || origin != originNames[corruptTail]) {
			c.differ(&c.at, "prev", shown(&c.head), shown(&prev))
		}
		c.follow(p, &c.head)
	case p.seq == 1 && !hasPrev && restarts && len(c.ahead) == 0 && c.key == nil:
		c.note(&c.at, "seq starts again at 1, the chain at zeros ("+origin+"), as the original does; expected seq "+number(c.next))
		c.t.Restarts++
		c.follow(p, &digest{})
	case p.seq > c.next && hasPrev && origin == originNames[rotation] && len(c.ahead) < aheadMost && lone == nil && c.key == nil:
		next, head := c.next, c.head
		c.follow(p, &prev)
		c.next, c.head = next, head
		c.ahead = append(c.ahead, ahead{c.at, p.seq, prev, p.chain})
	default:
		c.wrongSeq(p)
	}
	c.catchUp()
}

func (c *checker) begin(p *parsed) {
	c.begun = true
	c.t.First = p.seq
	c.accept(p)
}

// follow checks the chain value of p behind prev.
//
//go:noinline
func (c *checker) follow(p *parsed, prev *digest) {
	if p.chained {
		if want := c.chain.link(string(p.kind), prev, p.body); *want != p.chain {
			c.differ(&c.at, "chain", shown(want), shown(&p.chain))
		}
	}
	c.accept(p)
}

// accept goes on from p, right or not, so that one change is one break.
//
//go:noinline
func (c *checker) accept(p *parsed) { c.next, c.head = p.seq+1, p.chain }

func (c *checker) wrongSeq(p *parsed) {
	c.differ(&c.at, "seq", number(c.next), number(p.seq))
	c.ahead = c.ahead[:0]
	c.accept(p)
}

// catchUp goes past boot records that stood ahead, once their turn has come.
func (c *checker) catchUp() {
	for len(c.ahead) > 0 && c.ahead[0].seq == c.next {
		a := &c.ahead[0]
		if a.prev == c.head {
			c.note(&a.at, "the boot record stands ahead of records with a lower seq, as the original writes it")
		} else {
			c.differ(&a.at, "prev", shown(&c.head), shown(&a.prev))
		}
		c.next, c.head = a.seq+1, a.chain
		c.ahead = c.ahead[:copy(c.ahead, c.ahead[1:])]
	}
}

// passGap finds that nothing stands behind boot records that could have stood
// ahead of it: records are missing before them.
func (c *checker) passGap(p *parsed) {
	if n := len(c.ahead); n > 0 && p.seq == c.ahead[n-1].seq+1 {
		c.missing()
	}
}

// missing says that what a boot record stood ahead of never came.
func (c *checker) missing() {
	last := c.ahead[len(c.ahead)-1]
	c.differ(&c.ahead[0].at, "seq", number(c.next), number(c.ahead[0].seq))
	c.ahead = c.ahead[:0]
	c.next, c.head = last.seq+1, last.chain
}

// shown is a chain value as it stands in a file.
func shown(d *digest) string { return string(appendPrev(nil, d)) }

//go:noinline
func number(n uint64) string { return strconv.FormatUint(n, 10) }
