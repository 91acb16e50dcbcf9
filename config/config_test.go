package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vlpd/args"
	"vlpd/event"
	"vlpd/watch"
)

// TestCommandLineErrors: what was wrong, what would be right; the words that
// the original's tests look for are among them.
func TestCommandLineErrors(t *testing.T) {
	ok := "--socket s --threshold-ms 1000 "
	refusesAll(t, []refusal{
		{"", "missing required flag --socket"},
		{"--socket s", "missing required flag --threshold-ms"},
		{ok + "foo", "unknown flag foo"},
		{ok + "--udp-port 0 --serial udp=/dev/x", `the name "udp" is that of the UDP source`},
		{ok + "--udp-port 0 --socket udp", "--socket: udp is what another source is called"},
		{ok + "--serial gps=/dev/x --socket gps", "--socket: gps is what another source is called"},
		{ok + "--no-such=1", "unknown flag --no-such"},
		{ok + "--export-file", "--export-file requires a value (PATH)"},
		{"--socket s --threshold-ms 9", "--threshold-ms: 9 is below the minimum allowed value (10 ms)"},
		{"--socket s --threshold-ms -5", `--threshold-ms: not a valid unsigned integer: "-5"`},
		{"--socket s --threshold-ms 0x10", `--threshold-ms: not a valid unsigned integer: "0x10"`},
		{"--socket s --threshold-ms=", `--threshold-ms: not a valid unsigned integer: ""`},
		{ok + "--tracker-capacity 65537", "--tracker-capacity: 65537 is outside the accepted range [1, 65536]"},
		{ok + "--tracker-capacity 0", "[1, 65536]"},
		{ok + "--socket-mode 999", `--socket-mode: expected octal digits (e.g. 600, 0600, or 0o600) up to 777, got: "999"`},
		{ok + "--clock-source monotonic-raw", "is not supported on `linux`"},
		{ok + "--clock-source sundial", `invalid value "sundial" (expected monotonic or boottime)`},
		{ok + "--tracker-eviction-policy lru", `--tracker-eviction-policy: invalid value "lru"`},
		{ok + "--export-file-sync-kinds stall,bogus", "bogus"},
		{ok + "--export-file-generations 100", "[1, 99]"},
		{ok + "--export-file-max-bytes 100", "512"},
		{ok + "--export-file-budget 20XB", "expected like 20MB"},
		{ok + "--export-file-budget 0", "expected like 20MB"},
		{ok + "--export-file-events most", "expected all or changes"},
		{ok + "--prom-addr localhost:9", `--prom-addr: not a valid socket address: "localhost:9"`},
		{ok + "--prom-addr 127.0.0.1:9", "--prom-addr requires --prom-token-file"},
		{ok + "--prom-token-file t", "--prom-token-file requires --prom-addr"},
		{ok + "--prom-anonymous", "--prom-anonymous requires --prom-addr"},
		{ok + "--prom-anonymous=yes", `--prom-anonymous takes no value, got "yes"`},
		{ok + "--prom-addr 10.0.0.1:9 --prom-anonymous", "loopback addresses only, and --prom-addr is 10.0.0.1:9"},
		{ok + "--prom-addr 127.0.0.1:9 --prom-anonymous --prom-token-file t", "mutually exclusive"},
		{ok + "--shutdown-grace-ms 99", "99 is below the minimum allowed value (100 ms)"},
		{ok + "--read-timeout-ms 0", "outside the accepted range"},
		{ok + "--serial bus", "NAME=DEVICE"},
		{ok + "--serial Bus=/dev/x", "a-z"},
		{ok + "--serial a=/dev/x --serial a=/dev/y", `the name "a" is given twice`},
		{ok + "--serial a=/dev/x --serial b=/dev/x", "a line has one reader"},
		{ok + "--socket s", "--socket: s is given twice"},
		{ok + "--export-file x --recovery-audit-file x", "--recovery-audit-file: x is the file of --export-file already"},
		{ok + "--export-file s", "--export-file: s is the file of --socket already"},
		{ok + "--socket t --heartbeat-file t", "--heartbeat-file: t is the file of --socket already"},
		{ok + "--recovery-audit-file x --heartbeat-file x", "--heartbeat-file: x is the file of --recovery-audit-file already"},
	})
}

// TestDropInErrors: the same for the flags of recovery, limits, liveness and UDP.
func TestDropInErrors(t *testing.T) {
	ok := "--socket s --threshold-ms 1000 "
	refusesAll(t, []refusal{
		{ok + "--key-env=K", "--key-env: was removed"},
		{ok + "--recovery-cmd true", "use --recovery-exec"},
		{ok + "--recovery-timeout-ms 99", "below the minimum allowed value (100 ms)"},
		{ok + "--recovery-capture-stdio", "requires --recovery-exec"},
		{ok + "--recovery-capture-bytes 1048577", "exceeds the maximum allowed value (1048576 bytes)"},
		{ok + "--recovery-audit-key-file k", "requires --recovery-audit-file"},
		{ok + "--recovery-audit-sync-every 0", "not a valid unsigned integer"},
		{ok + "--recovery-audit-max-bytes 4095", "[4096,"},
		{ok + "--self-watchdog-secs 0", "[1,"},
		{ok + "--eviction-scan-window 4097", "[1, 4096]"},
		{ok + "--iteration-budget-ms 49", "[50, 60000]"},
		{ok + "--scrape-budget-ms 60001", "[50, 60000]"},
		{ok + "--udp-port 65536", "[0, 65535]"},
		{ok + "--udp-bind-addr localhost", "--udp-bind-addr: not a valid IP address: \"localhost\""},
		{ok + "--udp-bind-addr fe80::1%lo", "zone"},
		{ok + "--udp-port 1 --key-file k --udp-bind-addr 0.0.0.0", "--i-accept-secure-udp-non-loopback"},
		{ok + "--udp-port 1 --key-file k --recovery-exec x", "--secure-udp-i-accept-recovery-on-unauthenticated-transport"},
		{ok + "--udp-port 1 --i-accept-plaintext-udp --recovery-exec x", "--plaintext-udp-i-accept-recovery-on-unauthenticated-transport"},
	})
}

// refusal is a command line and what its error must say.
type refusal struct{ argv, want string }

func refusesAll(t *testing.T, cases []refusal) {
	t.Helper()
	for _, c := range cases {
		_, err := Parse(strings.Fields(c.argv))
		if err == nil || !errors.Is(err, args.ErrUsage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("vlpd %s\n got %v\nwant %s", c.argv, err, c.want)
		}
	}
}

func TestCommandLineValues(t *testing.T) {
	c, err := Parse(strings.Fields("--socket a --socket=b --serial bus=/dev/ttyS1,9600,8E1 --threshold-ms 99 --threshold-ms +250 " +
		"--socket-mode 0o660 --clock-source boottime --tracker-eviction-policy balanced --export-file l --export-file-budget 20MB " +
		"--export-file-sync-kinds none --export-file-events changes --prom-addr [::1]:0 --prom-anonymous --shutdown-after-secs 0 --read-timeout-ms 5"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sockets) != 2 || c.Sockets[1] != "b" || c.Threshold != 250*time.Millisecond || c.SocketMode != 0o660 ||
		c.Clock != "boottime" || c.Evict != watch.Balanced || c.Log.Budget != 20_000_000 || c.Log.SyncKinds != 0 ||
		c.Log.Events != "changes" || !c.ShutdownAfterSet || c.ShutdownAfter != 0 || len(c.NoEffect) != 1 {
		t.Errorf("%+v", c)
	}
	if l := c.Lines[0]; l.Name != "bus" || l.Baud != 9600 || l.Parity != 'E' || l.Stops != 1 {
		t.Errorf("%+v", l)
	}
}

func TestDefaults(t *testing.T) {
	c, err := Parse([]string{"--socket", "s", "--threshold-ms", "10"})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []event.Kind{event.Stall, event.Recovered, event.Exit, event.Line, event.Start, event.Stop} {
		if !c.Log.SyncKinds.Has(k) {
			t.Errorf("%v is not synced at once", k)
		}
	}
	if c.Trust.Users = []string{"x"}; c.ModeOfSockets() != 0o666 {
		t.Errorf("mode %o beside --agent-user", c.ModeOfSockets())
	}
	if c.Trust.Users, c.SocketMode = []string{"x"}, 0; c.ModeOfSockets() != 0 {
		t.Errorf("mode %o, 0 was asked for", c.ModeOfSockets())
	}
	c.Trust.Users, c.SocketMode = nil, modeUnsaid
	if c.Log.SyncKinds.Has(event.Beat) || c.Capacity != 256 || c.ModeOfSockets() != 0o600 || c.Log.Generations != 5 {
		t.Errorf("%+v", c)
	}
}

// TestHelp: every flag, within 80 columns, and what the original's help test
// looks for of the parts that exist.
func TestHelp(t *testing.T) {
	text := Help()
	for line := range strings.Lines(text) {
		if len(strings.TrimSuffix(line, "\n")) > args.Columns {
			t.Errorf("wider than %d: %q", args.Columns, line)
		}
	}
	var c Config
	for _, f := range flagsOf(&c) {
		if !f.Hidden && !strings.Contains(text, "\n  "+f.Name) {
			t.Errorf("%s is not in the help", f.Name)
		}
	}
}
