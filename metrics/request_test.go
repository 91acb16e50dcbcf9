package metrics

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		head string
		want status
	}{
		{"GET /metrics HTTP/1.1\r\n\r\n", ok},
		{"GET /metrics HTTP/1.1\n\n", ok},
		{"GET /metrics HTTP/1.1\r\nA:\r\nB: \t x \t\r\nC:é\r\nX-1_2~: y:z\r\n\r\n", ok},
		{"M-SEARCH * HTTP/1.1\r\n\r\n", ok},
		{"GET  /metrics HTTP/1.1\r\n\r\n", badRequest},
		{"GET /metrics  HTTP/1.1\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1 \r\n\r\n", badRequest},
		{" GET /metrics HTTP/1.1\r\n\r\n", badRequest},
		{"GET\t/metrics\tHTTP/1.1\r\n\r\n", badRequest},
		{"GET /met\trics HTTP/1.1\r\n\r\n", badRequest},
		{"GET  HTTP/1.1\r\n\r\n", badRequest},
		{"G@T /metrics HTTP/1.1\r\n\r\n", badRequest},
		{"GET /metrics http/1.1\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.10\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1\r\n\r\n", badRequest},
		{"GET /metrics HTTP/x.1\r\n\r\n", badRequest},
		{"GET /metrics HTTP/0.9\r\n\r\n", badVersion},
		{"GET /metrics HTTP/3.0\r\n\r\n", badVersion},
		{"GET /metrics HTTP/1.1\r\nno colon\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1\r\n: no name\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1\r\nA : space\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1\r\nA: x\r\n folded\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1\r\n first: x\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1\r\nA: x\rB: y\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1\r\nA: x\x00\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1\r\nA: x\x7f\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1\r\r\n\r\n", badRequest},
		{"GET /metrics HTTP/1.1\r\nAuthorization:\r\nauthorization:\r\n\r\n", badRequest},
	} {
		if _, got := parse([]byte(c.head)); got != c.want {
			t.Errorf("%q: status %s", c.head, StatusCodes[got])
		}
	}
}

func TestHopeless(t *testing.T) {
	for _, c := range []struct {
		b    string
		want bool
	}{
		{"", false}, {"\r", false}, {"\r\n\r", false}, {"\n", false}, {"G", false}, {"\r\nG", false},
		{"\x16\x03", true}, {" GET", true}, {"\rG", true}, {"\r\r", true}, {"\n\x00", true}, {"\xff", true},
	} {
		if got := hopeless([]byte(c.b)); got != c.want {
			t.Errorf("%q: %v", c.b, got)
		}
	}
}

// slowEnd is headEnd's definition: lines until the first empty one that comes
// after one that is not.
func slowEnd(b []byte) int {
	at, seen := 0, false
	for {
		n := bytes.IndexByte(b[at:], '\n')
		if n < 0 {
			return 0
		}
		line := string(b[at : at+n+1])
		at += n + 1
		if line != "\n" && line != "\r\n" {
			seen = true
		} else if seen {
			return at
		}
	}
}

var requestSeeds = []string{
	"GET /metrics HTTP/1.1\r\nHost: x\r\n" + "Authorization: Bearer " + "00\r\n\r\n",
	"GET /metrics HTTP/1.0\n\n",
	"\r\n\n\r\nHEAD http://h:1/metrics?x#y HTTP/1.1\r\nA:b\r\n\r\ntrailing",
	"POST /x HTTP/2.0\r\n\r\n",
	"GET /metrics HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
	"\r\r\nGET / HTTP/1.1\n\r\n",
	"a\n\r\r\n\n\r\n",
	"\x16\x03\x01",
	"",
}

// FuzzRequest cuts arbitrary bytes into two or three segments and checks that
// the head ends where it should; that what parses is what net/http reads too;
// and that nothing is admitted that does not hold the token.
func FuzzRequest(f *testing.F) {
	for i, s := range requestSeeds {
		f.Add([]byte(s), uint16(i*7), uint16(i*3))
	}
	f.Fuzz(func(t *testing.T, b []byte, i, j uint16) {
		end, next := 0, 0
		cuts := []int{min(int(i), len(b)), min(int(i)+int(j), len(b)), len(b)}
		for _, n := range cuts {
			if end, next = headEnd(b[:n], next); end > 0 {
				break
			}
			if next > n {
				t.Fatalf("looks on at %d of %d", next, n)
			}
		}
		if want := slowEnd(b); end != want {
			t.Fatalf("%q cut at %v ends at %d, want %d", b, cuts, end, want)
		}
		if end > 0 {
			checkParse(t, b[:end])
		}
	})
}

func checkParse(t *testing.T, head []byte) {
	r, st := parse(head)
	auth := Bearer(testToken)
	if auth.admits(r.authorized) && !strings.Contains(strings.ToLower(string(head)), testHex) {
		t.Fatalf("%q is admitted", head)
	}
	if st != ok {
		return
	}
	if hopeless(head) {
		t.Fatalf("%q is a request and hopeless", head)
	}
	std, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head[blankLines(head):])))
	if err != nil { // it is stricter about targets, lengths and hosts, which we leave alone
		return
	}
	if std.ProtoAtLeast(1, 1) == r.http10 || (std.Method == "GET") != (r.method == methodGet) || (std.Method == "HEAD") != (r.method == methodHead) {
		t.Fatalf("%q is %s %s, and to us %+v", head, std.Method, std.Proto, r)
	}
	if string(r.path) == "/metrics" && std.URL.Path != "/metrics" {
		t.Fatalf("%q asks for %q", head, std.URL.Path)
	}
	if got := std.Header.Values("Authorization"); (len(got) == 1) != (r.authorized != nil) || len(got) == 1 && got[0] != string(trim(r.authorized)) {
		t.Fatalf("%q has %q, and to us %q", head, got, r.authorized)
	}
}

// Every segment boundary in every seed, without the fuzzer's luck.
func TestHeadEndEverySplit(t *testing.T) {
	for _, s := range requestSeeds {
		b := []byte(s)
		for i := 0; i <= len(b); i++ {
			for j := i; j <= len(b); j++ {
				end, next := headEnd(b[:i], 0)
				if end == 0 {
					end, next = headEnd(b[:j], next)
				}
				if end == 0 {
					end, _ = headEnd(b, next)
				}
				if want := slowEnd(b); end != want {
					t.Fatalf("%q cut at %d and %d ends at %d, want %d", s, i, j, end, want)
				}
			}
		}
	}
}
