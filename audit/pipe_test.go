package audit

import (
	"os"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// TestVerifyWaitsForAPipe: a generation that is unpacked by another program
// comes when it comes.
func TestVerifyWaitsForAPipe(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := "/proc/self/fd/" + strconv.Itoa(int(in.Fd()))
	type answer struct {
		t   Totals
		err error
	}
	got := make(chan answer, 1)
	go func() {
		t, err := Verify(Query{Paths: []string{path}}, func(Note) {})
		got <- answer{t, err}
	}()
	l := lines{header: plainHeader, agent: appendID, chain: newChain(nil)}
	at := place{}
	text := l.append(l.append(nil, &record{kind: header}, &at), &record{kind: boot}, &at)
	for i := range text { // byte by byte, each when the one before was read
		out.Write(text[i : i+1])
		for left := 1; left > 0 && len(got) == 0; runtime.Gosched() {
			if left, err = unix.IoctlGetInt(int(in.Fd()), unix.TIOCINQ); err != nil {
				t.Fatal(err)
			}
		}
	}
	out.Close()
	if a := <-got; a.err != nil || !a.t.Whole() || a.t.Records != 1 {
		t.Errorf("%+v, %v", a.t, a.err)
	}
}
