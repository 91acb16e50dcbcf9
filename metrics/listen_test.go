package metrics

import (
	"net"
	"strings"
	"testing"
)

func TestListenErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, c := range []struct{ addr, want string }{
		{l.Addr().String(), l.Addr().String() + ": bind: address already in use"},
		{"192.0.2.1:9100", "192.0.2.1:9100: bind: cannot assign requested address"},
		{"[2001:db8::1]:9100", "[2001:db8::1]:9100: bind: "},
		{"[fe80::1%nosuchif]:9100", "[fe80::1%nosuchif]:9100: ioctl SIOCGIFINDEX: no such device"},
		{"[fe80::1%aninterfacenamethatistoolong]:9100", "interface name"},
	} {
		a, err := ParseAddr(c.addr)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Listen(a, noToken)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.addr, err, c.want)
		}
	}
}

// Restarting on the same port must work while old connections linger.
func TestReuseAddress(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", noToken)
	r.talk("GET /metrics HTTP/1.1\r\n\r\n")
	r.wantIdle()
	again := make(chan error, 1)
	r.until("closed and opened", func(s *Server) bool {
		s.poller.Del(s.fd)
		s.poller = nil
		a := s.Addr()
		if err := s.Close(); err != nil {
			again <- err
			return true
		}
		n, err := Listen(a, noToken)
		if err == nil {
			*s = *n // the rig closes it
		}
		again <- err
		return true
	})
	if err := <-again; err != nil {
		t.Fatal(err)
	}
}
