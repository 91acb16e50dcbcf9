package metrics

import (
	"testing"

	"golang.org/x/sys/unix"
)

// scraper is a client that lives in the server's own goroutine and allocates
// nothing, so that what is counted or timed is the server's.
type scraper struct {
	t   testing.TB
	s   *Server
	p   *set
	to  unix.Sockaddr
	req []byte
	in  [64 << 10]byte
	now int64
}

func newScraper(t testing.TB, o Options) *scraper {
	s := listenLocal(t, o)
	p := newSet(t)
	if err := s.Attach(p, testBase); err != nil {
		t.Fatal(err)
	}
	return &scraper{
		t: t, s: s, p: p,
		to:  &unix.SockaddrInet4{Port: int(s.Addr().Port), Addr: [4]byte{127, 0, 0, 1}},
		req: []byte("GET /metrics HTTP/1.1\r\n" + bearing + "\r\n"),
	}
}

func (c *scraper) clock() int64 { c.now++; return c.now }

// scrape does one whole scrape and returns the bytes received.
func (c *scraper) scrape() int { return c.scrapeWith(nothing) }

// scrapeWith calls also at each turn, before the server's own work.
func (c *scraper) scrapeWith(also func()) (total int) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := unix.Connect(fd, c.to); err != nil {
		c.t.Fatal(err)
	}
	if _, err := unix.Write(fd, c.req); err != nil {
		c.t.Fatal(err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		c.t.Fatal(err)
	}
	for {
		also()
		c.turn()
		n, err := unix.Read(fd, c.in[:])
		if err == unix.EAGAIN {
			continue
		}
		if err != nil {
			c.t.Fatal(err)
		}
		if n == 0 {
			break
		}
		total += n
	}
	unix.Close(fd)
	for c.s.taken != 0 {
		c.turn()
	}
	return total
}

func nothing() {}

func (c *scraper) turn() { turn(c.s, c.p, c.clock, false, nothing, nothing) }

func TestScrapeAllocatesNothing(t *testing.T) {
	for name, n := range map[string]int{"small": 10, "chunked": 4096} {
		c := newScraper(t, Options{Auth: Bearer(testToken), NewPage: agentPage(n)})
		want := c.scrape() // the slot's page is made once
		if allocs := testing.AllocsPerRun(20, func() {
			if got := c.scrape(); got != want {
				t.Fatalf("%s: %d bytes, then %d", name, want, got)
			}
		}); allocs != 0 {
			t.Errorf("%s: %v allocations a scrape", name, allocs)
		}
	}
}

func TestRefusalAllocatesNothing(t *testing.T) {
	c := newScraper(t, wantToken)
	c.req = []byte("GET /metrics HTTP/1.1\r\nAuthorization: Bearer no\r\n\r\n")
	if allocs := testing.AllocsPerRun(20, func() { c.scrape() }); allocs != 0 {
		t.Errorf("%v allocations a request", allocs)
	}
}

func TestPrintingAllocatesNothing(t *testing.T) {
	page := goldenPage()
	buf := make([]byte, 0, SliceBytes)
	if allocs := testing.AllocsPerRun(100, func() {
		page.Begin()
		for more := true; more; {
			_, more = page.Render(buf)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations a page", allocs)
	}
}
