package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// golden are records of varta-watch 0.2.0 from two starts, as captured; their
// chain was checked with Python's hashlib (reference vectors, x_audit_chain).
var golden = []string{
	"1\t1795533430434\t0\tboot\t19588\t-\tfresh\t78ca898a3f7aeb15152541c628c32495a0f7583ec9e046c02cf874ba959b1458",
	"2\t1795533430627\t0\tspawn\t19547\t19590\texec\t/bin/true\tinline\t9\tf47c55d52b20cdda828dda13a9170bc67650158479c12d16de399376ef450784",
	"3\t1795533430736\t0\tcomplete\t19547\t19590\treaped\t0\t-\t108575813\t0\t0\tfalse\ta45edb849dd521b2e2b2705b7d681e683326babf3da1088cab613bd9df544a2c",
	"4\t1795533431091\t0\tboot\t19656\ta45edb849dd521b2e2b2705b7d681e683326babf3da1088cab613bd9df544a2c\tresume\taa82ceb5b83c7378c8af50072e334775d3e1169fc07480a92f18116761d4ed35",
}

// keyedGolden are the chain values of the same records under the key 00 01 …
// 1f, the boot record's prev column adapted; by Python's hmac.
var keyedGolden = []string{
	"a37480f8504efca9df03259bcdd393a4da669cbb1d963dceb837761789957b50", "de7482c67bf8232b3d3be2bba3afc5d827dec139ce26384fcaf9f2c60de87b1c", "0ae7c791b07b5c9c6c17b08ac9f261bef228829d3e6b481d264e0637586907c3", "6c87074ae7dd2d41b6d13212b402e3028765a0dad1643d8b9c83a9965f920124",
}

var testKey = func() (k [KeyBytes]byte) {
	for i := range k {
		k[i] = byte(i)
	}
	return k
}()

func goldenFile() string { return plainHeader + "\n" + strings.Join(golden, "\n") + "\n" }

// goldenRecords are the records that become golden, with the pid that writes each.
func goldenRecords() ([]record, []uint32) {
	return []record{
		{kind: boot, wallMS: 1795533430434, word: uint8(fresh)},
		{kind: spawn, wallMS: 1795533430627, id: 19547, child: 19590, value: 9},
		{kind: complete, wallMS: 1795533430736, id: 19547, child: 19590, ns: 108575813},
		{kind: boot, wallMS: 1795533431091, word: uint8(resume)},
	}, []uint32{19588, 19588, 19588, 19656}
}

func testLines(key *[KeyBytes]byte) *lines {
	names := &commands{}
	names.add("/bin/true", "inline")
	return &lines{header: headerOf(key), agent: appendID, names: names, tails: newTails(tailMost), chain: newChain(key)}
}

// TestGolden: we write what the original wrote, byte for byte.
func TestGolden(t *testing.T) {
	for _, key := range []*[KeyBytes]byte{nil, &testKey} {
		l, at := testLines(key), place{}
		records, pids := goldenRecords()
		for i := range records {
			l.pid = pids[i]
			got := strings.TrimSuffix(string(l.append(nil, &records[i], &at)), "\n")
			if key == nil && got != golden[i] {
				t.Errorf("got  %q\nwant %q", got, golden[i])
			}
			if key != nil && !strings.HasSuffix(got, "\t"+keyedGolden[i]) {
				t.Errorf("keyed: got %q, want %s", got, keyedGolden[i])
			}
			p, ok := parse([]byte(got))
			if !ok || p.seq != uint64(i+1) || !p.chained {
				t.Errorf("%q is read as %+v, %v", got, p, ok)
			}
		}
	}
}

func TestHex(t *testing.T) {
	d := digest{0, 1, 0x9a, 0xbc}
	d[31] = 0xef
	text := appendHex(nil, &d)
	if string(text) != hex.EncodeToString(d[:]) {
		t.Errorf("%s", text)
	}
	if got, ok := parseHex(text); !ok || got != d {
		t.Errorf("%x, %v", got, ok)
	}
	for _, bad := range []string{"", "-", string(text[1:]), string(text) + "0", strings.ToUpper(string(text)), "g" + string(text[1:]), ":" + string(text[1:]), "/" + string(text[1:]), "`" + string(text[1:])} {
		if _, ok := parseHex([]byte(bad)); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

// linked is an independent way to a record's line.
func linked(key *[KeyBytes]byte, prev, body string) (line, chain string) {
	raw := make([]byte, 32)
	if prev != "-" {
		raw, _ = hex.DecodeString(prev)
	}
	h := sha256.New()
	if key != nil {
		h = hmac.New(sha256.New, key[:])
	}
	h.Write([]byte(strings.Join([]string{"VARTA-AUDIT-v2", strings.Split(body, "\t")[3], string(raw), body}, "\x00")))
	chain = hex.EncodeToString(h.Sum(nil))
	return body + "\t" + chain, chain
}

// chained links bodies, each behind the one before; PREV in a body is the chain
// value of that. Headers, with or without a line feed before, are taken as they are.
func chained(key *[KeyBytes]byte, prev string, bodies ...string) (text, last string) {
	var line string
	for _, b := range bodies {
		if strings.HasPrefix(strings.TrimLeft(b, "\n"), "#") {
			text += b + "\n"
			continue
		}
		line, prev = linked(key, prev, strings.ReplaceAll(b, "PREV", prev))
		text += line + "\n"
	}
	return text, prev
}

func TestLines(t *testing.T) {
	l := testLines(nil)
	l.agent = func(dst []byte, source uint16, id uint32) []byte {
		return appendID(append(dst, []string{"", "rs485-a/"}[source]...), source, id)
	}
	script := l.names.add("/opt/re\tstart\r\n", "/etc/re\x00cmd")
	at, n, _ := l.tails.put([]byte("no\tsuch \\ file\r\n\x00\x7f\xff~"))
	cases := []struct {
		r    record
		want string
	}{
		{record{kind: spawn, source: 1, id: 17, child: 5, at: script, value: 1 << 31}, "spawn\trs485-a/17\t5\texec\t/opt/re start  \t/etc/re cmd\t2147483648"},
		{record{kind: complete, word: uint8(Killed), value: uint32(unix.SIGKILL), id: 7, child: 5, ns: 451784925}, "complete\t7\t5\tkilled\t-\t9\t451784925\t0\t0\tfalse"},
		{record{kind: complete, value: 3 << 8, id: 7, child: 5, ns: 1, stdout: 6, stderr: 1 << 40}, "complete\t7\t5\treaped\t3\t-\t1\t6\t1099511627776\tfalse"},
		{record{kind: complete, word: uint8(Killed) | truncatedFlag, value: uint32(unix.SIGTERM) | 0x80, id: 7, child: 5}, "complete\t7\t5\tkilled\t-\t15\t0\t0\t0\ttrue"},
		{record{kind: complete, word: uint8(ReapFailed), value: 99, id: 7, child: 5}, "complete\t7\t5\treap_failed\t-\t-\t0\t0\t0\tfalse"},
		{record{kind: refused, word: uint8(UnauthenticatedTransport), source: 1, id: 4444}, "refused\trs485-a/4444\tunauthenticated_transport"},
		{record{kind: refused, word: uint8(spawnFailed), id: 4444, value: uint32(unix.ENOENT), at: uint32(Execve)}, "refused\t4444\tspawn_failed:execve:ENOENT"},
		{record{kind: refused, word: uint8(spawnFailed), id: 4444, value: 4000, at: uint32(Pipe2)}, "refused\t4444\tspawn_failed:pipe2:4000"},
		{record{kind: refused, word: uint8(lostRecords), source: 1, value: 44}, "refused\t0\tlost:44"},
		{record{kind: output, id: 7, child: 5, at: at, value: n}, `output` + "\t7\t5\t" + `no\x09such \x5c file\x0d\x0a\x00\x7f\xff~`},
		{record{kind: boot, word: uint8(schemaDrift)}, "boot\t0\tPREV\tschema_drift"},
	}
	where, prev := place{}, "-"
	for i, c := range cases {
		c.r.wallMS = -5
		want, next := chained(nil, prev, strings.Join([]string{number(uint64(i + 1)), "0", "0", c.want}, "\t"))
		if got := string(l.append(nil, &c.r, &where)); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		prev = next
	}
}

// TestReasons: the original's words, which metrics have as well.
func TestReasons(t *testing.T) {
	var got []string
	for r := range Reasons {
		got = append(got, reasonNames[r])
	}
	want := []string{"unauthenticated_transport", "cross_namespace_agent", "socket_mode_only", "debounce_capacity",
		"outstanding_capacity", "debounced", "line_down", "pid_recycled"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
