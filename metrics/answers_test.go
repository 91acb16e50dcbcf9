package metrics

import (
	"io"
	"strings"
	"testing"
)

const okSmall = pageHead + "Content-Length: 38\r\n\r\n" + smallText

func refused(s status) string { return answers[s].head + answers[s].body }

var answerCases = []struct{ name, request, want string }{
	{"1.1", "GET /metrics HTTP/1.1\r\nHost: x\r\n" + bearing + "\r\n", okSmall},
	{"1.0", "GET /metrics HTTP/1.0\r\n" + bearing + "\r\n", okSmall},
	{"no host", "GET /metrics HTTP/1.1\r\n" + bearing + "\r\n", okSmall},
	{"bare line feeds", strings.ReplaceAll("GET /metrics HTTP/1.1\n"+bearing+"\n", "\r", ""), okSmall},
	{"empty lines first", "\r\n\n\r\nGET /metrics HTTP/1.1\r\n" + bearing + "\r\n", okSmall},
	{"query", "GET /metrics?name=up&x=/y HTTP/1.1\r\n" + bearing + "\r\n", okSmall},
	{"absolute", "GET http://gw:9100/metrics HTTP/1.1\r\n" + bearing + "\r\n", okSmall},
	{"minor version", "GET /metrics HTTP/1.9\r\n" + bearing + "\r\n", okSmall},
	{"head", "HEAD /metrics HTTP/1.1\r\n" + bearing + "\r\n", pageHead + "\r\n"},
	{"pipelined", strings.Repeat("GET /metrics HTTP/1.1\r\n"+bearing+"\r\n", 3), okSmall},
	{"with a body", "GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n" + bearing + "\r\nhello", okSmall},
	{"long but fits", "GET /metrics HTTP/1.1\r\nCookie: " + strings.Repeat("c", 7900) + "\r\n" + bearing + "\r\n", okSmall},

	{"root", "GET / HTTP/1.1\r\n" + bearing + "\r\n", refused(notFound)},
	{"root of a host", "GET http://gw HTTP/1.1\r\n" + bearing + "\r\n", refused(notFound)},
	{"longer path", "GET /metrics/ HTTP/1.1\r\n" + bearing + "\r\n", refused(notFound)},
	{"escaped path", "GET /%6detrics HTTP/1.1\r\n" + bearing + "\r\n", refused(notFound)},
	{"head elsewhere", "HEAD / HTTP/1.1\r\n" + bearing + "\r\n", answers[notFound].head},

	{"post", "POST /metrics HTTP/1.1\r\n" + bearing + "\r\n", refused(badMethod)},
	{"post before token", "POST /metrics HTTP/1.1\r\n\r\n", refused(badMethod)},
	{"options", "OPTIONS * HTTP/1.1\r\n\r\n", refused(badMethod)},
	{"lower case", "get /metrics HTTP/1.1\r\n" + bearing + "\r\n", refused(badMethod)},

	{"no token", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", refused(unauthorized)},
	{"no token elsewhere", "GET /secret HTTP/1.1\r\nHost: x\r\n\r\n", refused(unauthorized)},
	{"wrong token", "GET /metrics HTTP/1.1\r\nAuthorization: Bearer " + strings.Repeat("0", 64) + "\r\n\r\n", refused(unauthorized)},
	{"head without", "HEAD /metrics HTTP/1.1\r\n\r\n", refused(unauthorized)},

	{"two tokens", "GET /metrics HTTP/1.1\r\n" + bearing + bearing + "\r\n", refused(badRequest)},
	{"http 0.9", "GET /metrics\r\n\r\n", refused(badRequest)},
	{"http 2", "GET /metrics HTTP/2.0\r\n\r\n", refused(badVersion)},
	{"preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refused(badVersion)},
	{"tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", refused(badRequest)},
	{"nul", "GET /metrics\x00 HTTP/1.1\r\n\r\n", refused(badRequest)},
	{"too long", "GET /metrics HTTP/1.1\r\nCookie: " + strings.Repeat("c", requestBytes), refused(headTooLong)},
	{"too long line", "GET /" + strings.Repeat("c", requestBytes), refused(headTooLong)},
	{"only empty lines", strings.Repeat("\r\n", requestBytes/2), refused(headTooLong)},
}

func TestAnswers(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", wantToken)
	for _, c := range answerCases {
		t.Run(c.name, func(t *testing.T) {
			if got := r.talk(c.request); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	r.wantIdle()
	if c := r.counters(); c.AuthFailures() != 4 || c.Pages != 11 || c.Responses[ok] != 12 || c.Responses[notFound] != 5 {
		t.Errorf("counters %+v", c)
	}
}

// Every answer with a length has the one it says.
func TestAnswerLengths(t *testing.T) {
	for i, a := range answers[1:] {
		if !strings.Contains(a.head, contentLength(len(a.body))) || !strings.HasPrefix(a.head, "HTTP/1.1 "+StatusCodes[i+1]+" ") {
			t.Errorf("%q with a body of %d bytes", a.head, len(a.body))
		}
		if len(a.head)+len(a.body) > headRoom {
			t.Errorf("%q is unreasonably long", a.head)
		}
	}
}

func TestAnonymous(t *testing.T) {
	r := newRig(t, "[::1]:0", noToken)
	for _, field := range []string{"", bearing, "Authorization: Basic Zm9vOmJhcg==\r\n"} {
		if got := r.talk("GET /metrics HTTP/1.1\r\n" + field + "\r\n"); got != okSmall {
			t.Errorf("with %q: %q", field, got)
		}
	}
	zero := newRig(t, "127.0.0.1:0", Options{NewPage: smallPage})
	if got := zero.talk("GET /metrics HTTP/1.1\r\n" + bearing + "\r\n"); got != answers[unauthorized].head {
		t.Errorf("no policy admits: %q", got)
	}
}

// A request is the same request however it is cut into segments.
func TestEverySplit(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", wantToken)
	request := "\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n" + bearing + "\r\n"
	for cut := 1; cut < len(request); cut++ {
		c := r.send(request[:cut])
		r.until("first part read", func(s *Server) bool { return s.conns[0].n == cut })
		if _, err := io.WriteString(c, request[cut:]); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(c); err != nil || string(got) != okSmall {
			t.Fatalf("cut at %d: %q, %v", cut, got, err)
		}
		c.Close()
		r.wantIdle()
	}
}

func TestByteByByte(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", wantToken)
	request := "GET /metrics HTTP/1.1\n" + strings.ReplaceAll(bearing, "\r", "") + "\n"
	c := r.dial()
	for i := range request {
		if _, err := io.WriteString(c, request[i:i+1]); err != nil {
			t.Fatal(err)
		}
		if i < len(request)-1 {
			r.until("the byte read", func(s *Server) bool { return s.conns[0].n == i+1 })
		}
	}
	if got, err := io.ReadAll(c); err != nil || string(got) != okSmall {
		t.Fatalf("%q, %v", got, err)
	}
}

// The end of the stream before the end of the head.
func TestHalfClose(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", wantToken)
	for _, c := range []struct{ request, want string }{
		{"", ""},
		{"GET /metrics HTTP/1.1\r\n" + bearing, answers[badRequest].head},
		{"GET /metrics HTTP/1.1\r\n" + bearing + "\r\n", okSmall},
	} {
		conn := r.send(c.request)
		if err := conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(conn); err != nil || string(got) != c.want {
			t.Errorf("%q: %q, %v", c.request, got, err)
		}
		conn.Close()
	}
	r.wantIdle()
}
