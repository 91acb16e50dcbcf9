package metrics

import (
	"net/netip"
	"strconv"
	"testing"
)

var addrSeeds = []string{
	"127.0.0.1:9100", "0.0.0.0:0", "255.255.255.255:65535", "1.2.3.4:00080",
	"[::1]:9100", "[::]:0", "[2001:db8::1]:1", "[1:2:3:4:5:6:7:8]:1", "[1::8]:1", "[1:2:3:4:5:6:7::]:1", "[::2:3:4:5:6:7:8]:1",
	"[1:0:0:4:0:0:0:8]:1", "[1:0:0:4:5:0:0:8]:1", "[::1.2.3.4]:1", "[64:ff9b::1.2.3.4]:1", "[1:2:3:4:5:6:7.8.9.10]:1",
	"[::ffff:127.0.0.1]:1", "[::ffff:7f00:1]:1", "[fe80::1%eth0]:1", "[fe80::1%3]:1", "[FE80::ABCD]:1", "[0:0:0:0:0:0:0:0]:1",
	"", ":", "127.0.0.1", "127.0.0.1:", ":9100", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:0x1", "127.0.0.1:1 ",
	"127.0.0:1", "127.0.0.1.2:1", "127.0.0.256:1", "127.0.0.01:1", "127.0.0.:1", "127..0.1:1", "localhost:9100", "[127.0.0.1]:1",
	"::1:9100", "[::1:9100", "::1]:9100", "[]:1", "[:]:1", "[:::]:1", "[1::2::3]:1", "[1:2:3:4:5:6:7]:1", "[1:2:3:4:5:6:7:8:9]:1",
	"[1:2:3:4:5:6:7:8::]:1", "[::1:2:3:4:5:6:7:8]:1", "[12345::]:1", "[g::]:1", "[1:]:1", "[:1]:1", "[::1%]:1", "[%eth0]:1",
	"[1.2.3.4::]:1", "[::1.2.3]:1", "[1:2:3:4:5:6:7:1.2.3.4]:1", "[::ffff:1.2.3.4%eth0]:1", "[+1::]:1", "[1:2:3:4::5:6:7:8]:1",
}

// checkAddr compares with net/netip, which the daemon has no room for.
func checkAddr(t *testing.T, s string) {
	t.Helper()
	got, err := ParseAddr(s)
	want, wantErr := netip.ParseAddrPort(s)
	if want.Addr().Is4In6() { // written and bound as what it is, and no zone has a meaning there
		if want.Addr().Zone() != "" {
			wantErr = strconv.ErrSyntax
		}
		want = netip.AddrPortFrom(want.Addr().Unmap(), want.Port())
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: %v, %v; want %v, %v", s, got, err, want, wantErr)
	}
	if err != nil {
		return
	}
	if got.IP != want.Addr().As16() || got.V4 != want.Addr().Is4() || got.Zone != want.Addr().Zone() || got.Port != want.Port() {
		t.Fatalf("%q: %+v, want %v", s, got, want)
	}
	if got.String() != want.String() || got.Loopback() != want.Addr().IsLoopback() {
		t.Fatalf("%q: %s, loopback %v; want %v", s, got, got.Loopback(), want)
	}
	if back, err := ParseAddr(got.String()); err != nil || back != got {
		t.Fatalf("%q: back from %s as %+v, %v", s, got, back, err)
	}
}

func TestAddr(t *testing.T) {
	for _, s := range addrSeeds {
		checkAddr(t, s)
	}
}

func FuzzAddr(f *testing.F) {
	for _, s := range addrSeeds {
		f.Add(s)
	}
	f.Fuzz(checkAddr)
}
