package args

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	const low, high = time.Millisecond, 366 * 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"500ms": 500 * time.Millisecond, "1s": time.Second, "2m": 2 * time.Minute, "3h": 3 * time.Hour,
		"5": 5 * time.Second, "0.5": time.Second / 2, ".25": time.Second / 4, "1.": time.Second,
		"1m30s": 90 * time.Second, "1.5h": 90 * time.Minute, "0.001s": time.Millisecond,
		"1.1234567s": 1123456 * time.Microsecond, "8784h": high, "31622400000ms": high, "007s": 7 * time.Second,
		"": 0, "s": 0, ".": 0, ".s": 0, "-1s": 0, "+1s": 0, "1x": 0, "1 s": 0, "1s ": 0, "5s5": 0, "1s1": 0, "1e3": 0,
		"1..5s": 0, "0.5ms": 0, "8785h": 0, "0": 0,
		"9223372036854775807": 0, "99999999999999999999999999s": 0, "18446744073709551617ms": 0, "3000000000h3000000000h": 0,
	} {
		var got time.Duration
		err := Span(&got, low, high)(text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestSpanText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 20 * time.Second: "20s", time.Hour: "3600s", 250 * time.Millisecond: "250ms", 1500 * time.Millisecond: "1500ms",
	} {
		if got := SpanText(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
