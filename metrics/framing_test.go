package metrics

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// A page longer than the slot's buffer and all socket buffers.
func TestHugePage(t *testing.T) {
	const agents = 65536
	want := pageText(agentPage(agents)())
	r := newRig(t, "127.0.0.1:0", Options{Auth: Bearer(testToken), NewPage: agentPage(agents)})
	t.Run("chunked", func(t *testing.T) {
		req, _ := http.NewRequest("GET", "http://"+r.srv.Addr().String()+"/metrics", nil)
		req.Header.Set("Authorization", "Bearer "+testHex)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != want || len(resp.TransferEncoding) != 1 || resp.ContentLength != -1 {
			t.Fatalf("%d bytes of %d, equal %v, encoding %v, %v", len(got), len(want), string(got) == want, resp.TransferEncoding, err)
		}
	})
	t.Run("to HTTP 1.0", func(t *testing.T) {
		if got := r.talk("GET /metrics HTTP/1.0\r\n" + bearing + "\r\n"); got != pageHead+"\r\n"+want {
			t.Fatalf("%d bytes of %d", len(got), len(want))
		}
	})
	r.wantIdle()
	if c := r.counters(); c.Pages != 2 || c.SentBytes < 2*uint64(len(want)) {
		t.Errorf("counters %+v", c)
	}
}

// Around the size where a page no longer fits the buffer, the framing changes
// but never the content; the sizes are those at which a slice, a step, or the
// page ends just there.
func TestFramingBoundaries(t *testing.T) {
	const room = bodyEnd - headRoom
	row := strings.Repeat("x", 99) + "\n"
	filler := strings.Repeat(row, StepBytes/100)
	for _, size := range []int{0, 1, StepBytes, SliceBytes - 1, SliceBytes, room - minRoom - 1, room - minRoom,
		room - StepBytes, room - 1, room, room + 1, 2*room - 1, 2 * room, 3*room + 7} {
		want := strings.Repeat(row, size/100+1)[:size]
		page := func() Page {
			return NewPage(nil, func(dst []byte, at int) ([]byte, int) {
				n := min(len(filler), size-at)
				if dst = append(dst, want[at:at+n]...); at+n == size {
					return dst, Done
				}
				return dst, at + n
			})
		}
		r := newRig(t, "127.0.0.1:0", Options{Auth: Anonymous(), NewPage: page})
		resp, err := http.Get("http://" + r.srv.Addr().String() + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != want {
			t.Errorf("%d: %d bytes, %v", size, len(got), err)
		}
		if whole := resp.ContentLength == int64(size); whole != (size <= room-minRoom) && size != room-StepBytes {
			t.Errorf("%d: Content-Length %d", size, resp.ContentLength)
		}
		if got := r.talk("GET /metrics HTTP/1.0\r\n\r\n"); !strings.HasSuffix(got, "\r\n\r\n"+want) {
			t.Errorf("%d: HTTP/1.0 got %d bytes", size, len(got))
		}
		r.wantIdle()
	}
}

// scripted is a page whose slices are given; the last may be empty.
type scripted struct {
	slices []string
	i      int
}

func (p *scripted) Begin() { p.i = 0 }

func (p *scripted) Render(dst []byte) ([]byte, bool) {
	dst = append(dst, p.slices[p.i]...)
	p.i++
	return dst, p.i < len(p.slices)
}

// The bytes on the wire where the page's end falls together with the buffer's:
// a chunk without bytes must not come before the last one.
func TestWire(t *testing.T) {
	full := make([]string, (bodyEnd-headRoom)/minRoom)
	for i := range full {
		full[i] = strings.Repeat("x", minRoom-1) + "\n"
	}
	buffer := strings.Join(full, "")
	if left := bodyEnd - headRoom - len(buffer); left >= minRoom || left < 0 {
		t.Fatalf("%d bytes left", left)
	}
	first := fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(buffer), buffer)
	for _, c := range []struct{ tail, chunks, plain string }{
		{"", first + "0\r\n\r\n", "\r\n" + buffer},
		{"a\n", first + "2\r\na\n\r\n0\r\n\r\n", "\r\n" + buffer + "a\n"},
	} {
		page := func() Page { return &scripted{slices: append(full[:len(full):len(full)], c.tail)} }
		r := newRig(t, "127.0.0.1:0", Options{Auth: Anonymous(), NewPage: page})
		if got := r.talk("GET /metrics HTTP/1.1\r\n\r\n"); got != pageHead+c.chunks {
			t.Errorf("tail %q, 1.1: %d bytes, end %q", c.tail, len(got), got[max(0, len(got)-40):])
		}
		if got := r.talk("GET /metrics HTTP/1.0\r\n\r\n"); got != pageHead+c.plain {
			t.Errorf("tail %q, 1.0: %d bytes, end %q", c.tail, len(got), got[max(0, len(got)-40):])
		}
		r.wantIdle()
	}
}

func TestOverrun(t *testing.T) {
	page := func() Page {
		return NewPage(nil, func(dst []byte, _ int) ([]byte, int) {
			return append(dst, make([]byte, SliceBytes+1)...), Done
		})
	}
	r := newRig(t, "127.0.0.1:0", Options{Auth: Anonymous(), NewPage: page})
	if b, err := io.ReadAll(r.send("GET /metrics HTTP/1.1\r\n\r\n")); err == nil {
		t.Fatalf("%d bytes and then a clean end", len(b))
	}
	r.until("counted", func(s *Server) bool { return s.Dropped[Overrun] == 1 && s.taken == 0 })
}

// Each connection has its own snapshot and position.
func TestConcurrentScrapes(t *testing.T) {
	const agents, clients = 3000, 40
	want := pageText(agentPage(agents)())
	r := newRig(t, "127.0.0.1:0", Options{Auth: Anonymous(), NewPage: agentPage(agents)})
	errs := make(chan error, clients)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			client := http.Client{Transport: &http.Transport{}, Timeout: patience}
			resp, err := client.Get("http://" + r.srv.Addr().String() + "/metrics")
			if err != nil {
				errs <- err
				return
			}
			if b, err := io.ReadAll(resp.Body); err != nil || string(b) != want {
				errs <- fmt.Errorf("%d bytes of %d, %v", len(b), len(want), err)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	r.wantIdle()
	if c := r.counters(); c.Pages != clients || c.Accepted != clients {
		t.Errorf("counters %+v", c)
	}
}

func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl here")
	}
	r := newRig(t, "127.0.0.1:0", Options{Auth: Bearer(testToken), NewPage: agentPage(300)})
	want := pageText(agentPage(300)())
	url := "http://" + r.srv.Addr().String() + "/metrics"
	for _, flags := range [][]string{{"--http1.1"}, {"--http1.0"}, {"--compressed"}} {
		args := append(flags, "-sSf", "--noproxy", "*", "-H", "Authorization: Bearer "+testHex, url)
		out, err := exec.Command(curl, args...).Output()
		if err != nil || string(out) != want {
			t.Errorf("%v: %d bytes of %d, %v", flags, len(out), len(want), err)
		}
	}
	out, err := exec.Command(curl, "-sSI", "--noproxy", "*", "-H", "authorization: bearer "+testHex, url).Output()
	if err != nil || string(out) != pageHead+"\r\n" {
		t.Errorf("-I: %q, %v", out, err)
	}
	if out, err := exec.Command(curl, "-sSf", "--noproxy", "*", url).CombinedOutput(); err == nil || !strings.Contains(string(out), "401") {
		t.Errorf("without a token: %q, %v", out, err)
	}
}
