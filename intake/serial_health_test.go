package intake

import (
	"testing"

	"vlpd/vlp"
)

func TestJudgeBytes(t *testing.T) {
	for _, tc := range []struct {
		seen, skipped, frames uint64
		want                  Diagnosis
	}{
		{0, 0, 0, Silent},
		{31, 31, 0, Noisy},
		{63, 40, 0, Noisy},
		{64, 40, 0, Unreadable},
		{100000, 100000, 0, Unreadable},
		{32, 0, 1, Clear},
		{320, 39, 9, Clear},
		{320, 40, 9, Noisy},
		{100000, 99968, 1, Noisy},
	} {
		if got := judgeBytes(tc.seen, tc.skipped, tc.frames); got != tc.want {
			t.Errorf("%+v: got %v", tc, got)
		}
	}
}

func TestDiagnoseByTheCallersClock(t *testing.T) {
	const second = int64(1e9)
	l := &Line{scanner: vlp.NewScanner(), fd: 0} // open: nothing is read from it here
	feed := func(b []byte) {
		l.scanner.Wrote(copy(l.scanner.Space(), b))
		var f vlp.Frame
		for _, more := l.Next(&f); more; _, more = l.Next(&f) {
		}
	}
	noise := make([]byte, 200)
	for _, step := range []struct {
		at   int64
		feed []byte
		want Diagnosis
	}{
		{5, nil, Unjudged},
		{6, lineFrame(1), Unjudged},
		{15, nil, Clear},
		{16, noise, Clear}, // the window has just begun
		{24, nil, Clear},
		{25, nil, Unreadable},
		{34, nil, Unreadable},
		{95, nil, Silent}, // asked late: judged over a minute
		{96, append(noise, lineFrame(2)...), Silent},
		{105, nil, Noisy},
	} {
		feed(step.feed)
		if got := l.Diagnose(step.at * second); got != step.want {
			t.Errorf("at %d s: got %v, want %v", step.at, got, step.want)
		}
	}
	l.fd = -1
	if got := l.Diagnose(106 * second); got != Down {
		t.Errorf("a line that is not open: %v", got)
	}
	l.fd = 0
	if got := l.Diagnose(107 * second); got != Unjudged {
		t.Errorf("a line opened a moment ago: %v", got)
	}
}
