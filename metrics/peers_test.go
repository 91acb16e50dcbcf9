package metrics

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

const second = 1e9

func makePeers(t testing.TB, rate, burst uint32) *peers {
	p, err := newPeers(rate, burst)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.close() })
	return &p
}

// v4 is the n-th IPv4 address, v6 the n-th of a network.
func v4(n int) address { return address{2: 0xffff0000, 3: uint32(n)} }
func v6(n int) address { return address{0xb80d0120, 0, 0, uint32(n)} }

// pass counts how many of tries connections at now are admitted.
func pass(t testing.TB, p *peers, ip address, now int64, tries int) (n int) {
	t.Helper()
	for range tries {
		ok, replaced := p.admit(ip, now)
		if replaced {
			t.Errorf("%x at %d: an address was replaced, of %d", ip, now, p.used)
		}
		if ok {
			n++
		}
	}
	return n
}

func TestRateAndBurst(t *testing.T) {
	for _, c := range []struct {
		name        string
		rate, burst uint32
		wait        int64
		first, then int // of 100
	}{
		{"the defaults, at once again", 5, 10, 0, 10, 0},
		{"a token short of time", 5, 10, second/5 - 1, 10, 0},
		{"a token", 5, 10, second / 5, 10, 1},
		{"half of it", 5, 10, second, 10, 5},
		{"full again", 5, 10, 2 * second, 10, 10},
		{"never more than full", 5, 10, 3600 * second, 10, 10},
		{"long to fill, not forgotten after a minute", 1, 100, 61 * second, 100, 61},
		{"burst of one", 1, 1, second, 1, 1},
		{"no refill", 0, 3, 1 << 62, 3, 0},
		{"no refill, one", 0, 1, 1 << 62, 1, 0},
		{"no limit", 5, 0, 0, 100, 100},
		{"neither", 0, 0, 0, 100, 100},
		{"largest", 1<<32 - 1, 1<<32 - 1, 0, 100, 100},
	} {
		p := makePeers(t, c.rate, c.burst)
		for i, start := range []int64{0, 7e15} {
			who := v4(i) // without refill, somebody else the second time
			if n := pass(t, p, who, start, 100); n != c.first {
				t.Errorf("%s: %d of 100 at first; want %d", c.name, n, c.first)
			}
			if n := pass(t, p, who, start+c.wait, 100); n != c.then {
				t.Errorf("%s: %d of 100 then; want %d", c.name, n, c.then)
			}
		}
	}
}

// An address is told from another by any of its bits, and has its own bucket.
func TestAddressesApart(t *testing.T) {
	p := makePeers(t, 1, 1)
	all := []address{{}, v4(1), v6(1), {3: 1}, {2: 1, 3: 1}, {1: 1, 3: 1}, {0: 1, 3: 1}, {2: 0xffff0000, 3: 1 << 31}, v6(2)}
	for _, want := range []int{1, 0} {
		for _, ip := range all {
			if n := pass(t, p, ip, 1e12, 3); n != want {
				t.Errorf("%x: %d passed; want %d", ip, n, want)
			}
		}
	}
	if p.used != len(all) {
		t.Errorf("%d addresses; want %d", p.used, len(all))
	}
}

func TestAddressOfSocket(t *testing.T) {
	// 10.1.2.3 and ::ffff:10.1.2.3, port 258.
	in4 := sockaddrIn{family: unix.AF_INET, words: [6]uint32{native(10, 1, 2, 3)}}
	in6 := sockaddrIn{family: unix.AF_INET6, words: [6]uint32{99, 0, 0, native(0, 0, 255, 255), native(10, 1, 2, 3), 7}}
	if in4.address() != in6.address() {
		t.Errorf("%x is not %x", in4.address(), in6.address())
	}
	if want := (address{0, 0, native(0, 0, 255, 255), native(10, 1, 2, 3)}); in6.address() != want {
		t.Errorf("%x; want %x", in6.address(), want)
	}
}

// TestTableFull: the 1025th address takes the place of the one that is next to
// be full again, and passes; places whose buckets are full cost nobody.
func TestTableFull(t *testing.T) {
	p := makePeers(t, 1, 2)
	const start = int64(1e12)
	for n := range maxPeers {
		tries := 2
		if n == 700 {
			tries = 1
		}
		if got := pass(t, p, v6(n), start, tries); got != tries {
			t.Fatalf("address %d: %d passed", n, got)
		}
	}
	if ok, replaced := p.admit(v6(maxPeers), start); !ok || !replaced || p.used != maxPeers {
		t.Fatalf("one too many: ok %v, replaced %v, %d addresses", ok, replaced, p.used)
	}
	if p.all[700].ip != v6(maxPeers) {
		t.Error("another address than the longest idle gave way")
	}
	for n := range maxPeers {
		if n != 700 && pass(t, p, v6(n), start, 1) != 0 {
			t.Fatalf("address %d has more than its burst", n)
		}
	}
	if n := pass(t, p, v6(5000), start+2*second, 3); n != 2 || p.used != 1 {
		t.Errorf("all expired: %d passed, %d addresses", n, p.used)
	}
}

// TestPlacesAgain: an address whose bucket is full gives its place up while
// later ones are still in use.
func TestPlacesAgain(t *testing.T) {
	p := makePeers(t, 1, 4)
	pass(t, p, v4(1), 1e12, 1) // full after 1 s
	pass(t, p, v4(2), 1e12, 4) // after 4 s
	if n := pass(t, p, v4(3), 1e12+second, 9); n != 4 || p.used != 2 || p.all[0].ip != v4(3) {
		t.Errorf("%d passed, %d addresses, %x", n, p.used, p.all[:2])
	}
	if n := pass(t, p, v4(2), 1e12+second, 9); n != 1 {
		t.Errorf("the second has %d left; want 1", n)
	}
}

// TestPeersAgainstMap: as a map that forgets nothing, while the table is not full.
func TestPeersAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	p, tats, now := makePeers(t, 5, 10), map[int]int64{}, int64(0)
	for step := range 100_000 {
		now += r.Int64N(20e6)
		n := r.IntN(1 + r.IntN(maxPeers))
		tat, want := tats[n], false
		if tat = max(tat, now); tat-now <= 9*second/5 {
			want, tats[n] = true, tat+second/5
		}
		if got := pass(t, p, v4(n), now, 1) == 1; got != want {
			t.Fatalf("step %d, address %d at %d: %v; want %v", step, n, now, got, want)
		}
	}
}

// TestTableIsLazy: memory for those who connect, none without a limit.
func TestTableIsLazy(t *testing.T) {
	if p := makePeers(t, 5, 0); p.all != nil {
		t.Error("a table without a limit")
	}
	p := makePeers(t, 5, 10)
	resident := func() (n int) {
		pages := make([]byte, (peersBytes+unix.Getpagesize()-1)/unix.Getpagesize())
		if err := mincore(p.bytes(), pages); err != nil {
			t.Fatal(err)
		}
		for _, b := range pages {
			n += int(b & 1)
		}
		return n
	}
	if n := resident(); n != 0 {
		t.Errorf("%d pages before the first connection", n)
	}
	for n := range 100 {
		pass(t, p, v4(n), 1e12, 2)
	}
	if n := resident(); n != 1 {
		t.Errorf("%d pages for 100 addresses", n)
	}
}
