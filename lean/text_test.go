package lean

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestQuoteIsLikeStrconv(t *testing.T) {
	for _, s := range []string{"", "a b", `"`, `\`, "\n", "\x00\x1f\x7f", "grün", "\xff\xc3", "日本"} {
		want := strconv.Quote(s)
		if s == "\x00\x1f\x7f" || s == "\xff\xc3" {
			want = strings.ToLower(want)
		}
		if got := Quote(s); got != want {
			t.Errorf("%q: got %s", s, got)
		}
	}
	if got := Quote("ü\xff"); got != `"\xc3\xbc\xff"` {
		t.Errorf("half UTF-8: got %s", got)
	}
}

func TestUint(t *testing.T) {
	for _, c := range []struct {
		s          string
		base, high uint64
		n          uint64
		ok         bool
	}{
		{"0", 10, 9, 0, true}, {"007", 10, 9, 7, true}, {"10", 10, 9, 0, false}, {"9", 10, 9, 9, true},
		{"", 10, 9, 0, false}, {"+1", 10, 9, 0, false}, {"-1", 10, 9, 0, false}, {"1 ", 10, 9, 0, false}, {"1_0", 10, 99, 0, false},
		{"777", 8, 0o777, 0o777, true}, {"1000", 8, 0o777, 0, false}, {"8", 8, 0o777, 0, false},
		{"fFfF", 16, 0xffff, 0xffff, true}, {"10000", 16, 0xffff, 0, false}, {"g", 16, 0xffff, 0, false}, {"a", 10, 99, 0, false},
		{"18446744073709551615", 10, math.MaxUint64, math.MaxUint64, true},
		{"18446744073709551616", 10, math.MaxUint64, 0, false}, {"99999999999999999999", 10, math.MaxUint64, 0, false},
		{"5", 10, 3, 0, false}, {"0", 10, 0, 0, true}, {"1", 10, 0, 0, false},
	} {
		if n, ok := Uint(c.s, c.base, c.high); n != c.n && c.ok || ok != c.ok {
			t.Errorf("Uint(%q, %d, %d) = %d, %t, want %d, %t", c.s, c.base, c.high, n, ok, c.n, c.ok)
		}
	}
}

func FuzzUint(f *testing.F) {
	f.Add("18446744073709551615", uint64(math.MaxUint64))
	f.Add("256", uint64(255))
	f.Add("+1", uint64(1))
	f.Fuzz(func(t *testing.T, s string, high uint64) {
		want, err := strconv.ParseUint(s, 10, 64)
		n, ok := Uint(s, 10, high)
		if ok != (err == nil && want <= high) || (ok && n != want) {
			t.Errorf("Uint(%q, 10, %d) = %d, %t; strconv has %d, %v", s, high, n, ok, want, err)
		}
	})
}

func TestSplit(t *testing.T) {
	for _, s := range []string{"", "a", "a,b", ",", ",,a", "a,", "no sep"} {
		if got, want := Split(s, ','), strings.Split(s, ","); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, s := range []string{"", "a", "a=b", "=", "a=", "=b=c"} {
		before, after, found := Cut(s, '=')
		wantBefore, wantAfter, want := strings.Cut(s, "=")
		if before != wantBefore || after != wantAfter || found != want {
			t.Errorf("%q: got %q, %q, %t", s, before, after, found)
		}
	}
}
