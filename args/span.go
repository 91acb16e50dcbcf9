package args

import (
	"strconv"
	"strings"
	"time"

	"vlpd/lean"
)

// units of a span of time. "ms" stands before the units that end like it.
var units = []struct {
	name string
	ns   int64
}{{"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}

// Span takes a time within [low, high] like 500ms, 1s, 2.5m or 1m30s; a bare
// number means seconds. Decimals count to the sixth.
func Span(dst *time.Duration, low, high time.Duration) func(string) error {
	return func(v string) error {
		ns, ok := parseSpan(v)
		if !ok {
			return lean.New("not a time: " + lean.Quote(v) + " (expected like 500ms, 1s, 2m or a number of seconds)")
		}
		if ns < int64(low) || ns > int64(high) {
			return outside(v, SpanText(low), SpanText(high))
		}
		*dst = time.Duration(ns)
		return nil
	}
}

// SpanText is d as Span reads it, in whole seconds or milliseconds. The
// Duration's own String would link floating decimals of every size.
func SpanText(d time.Duration) string {
	if d%time.Second == 0 {
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
}

// parseSpan sums up numbers with units, or takes one number without.
func parseSpan(s string) (sum int64, ok bool) {
	for alone := true; s != ""; alone = false {
		whole, millionths, rest, found := decimal(s)
		ns, rest := unit(rest)
		if ns == 0 && rest == "" && alone {
			ns = 1e9
		}
		if !found || ns == 0 || whole >= 1<<60/ns || sum >= 1<<61 {
			return 0, false
		}
		sum += whole*ns + millionths*ns/1e6
		s, ok = rest, true
	}
	return sum, ok
}

func unit(s string) (ns int64, rest string) {
	for _, u := range units {
		if rest, found := strings.CutPrefix(s, u.name); found {
			return u.ns, rest
		}
	}
	return 0, s
}

// decimal reads digits with or without a point among them.
func decimal(s string) (whole, millionths int64, rest string, found bool) {
	whole, rest = digits(s)
	found = len(rest) < len(s)
	if after, point := strings.CutPrefix(rest, "."); point {
		_, rest = digits(after)
		decimals := after[:len(after)-len(rest)]
		millionths, _ = digits((decimals + "000000")[:6])
		found = found || decimals != ""
	}
	return whole, millionths, rest, found
}

// digits reads a number, or gives one above 2^59 for what is too large.
func digits(s string) (n int64, rest string) {
	for s != "" && s[0] >= '0' && s[0] <= '9' {
		n = min(n, 1<<56)*10 + int64(s[0]-'0')
		s = s[1:]
	}
	return n, s
}
