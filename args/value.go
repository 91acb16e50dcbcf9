package args

import (
	"strconv"
	"strings"

	"vlpd/lean"
)

// Int takes an unsigned decimal within [low, high], as the original does: a
// leading plus is allowed, nothing else around the digits.
//
// It is not inlined, nor are the others: a table would have a copy of each
// closure for every flag.
//
//go:noinline
func Int[T ~int | ~int64 | ~uint32](dst *T, low, high int64) func(string) error {
	return func(v string) error {
		n, err := ParseInt(v, low, high)
		if err == nil {
			*dst = T(n)
		}
		return err
	}
}

// ParseInt is what Int does, for setters that go on from there.
func ParseInt(v string, low, high int64) (int64, error) {
	n, ok := lean.Uint(strings.TrimPrefix(v, "+"), 10, 1<<64-1)
	switch {
	case !ok:
		return 0, lean.New("not a valid unsigned integer: " + lean.Quote(v))
	case n > 1<<63-1 || int64(n) < low || int64(n) > high:
		return 0, outside(v, strconv.FormatInt(low, 10), strconv.FormatInt(high, 10))
	}
	return int64(n), nil
}

func outside(v, low, high string) error {
	return lean.New(v + " is outside the accepted range [" + low + ", " + high + "]")
}

// Invalid refuses a value that is not what was expected.
func Invalid(v, expected string) error {
	return lean.New("invalid value " + lean.Quote(v) + " (expected " + expected + ")")
}

// Word takes one of the given words.
//
//go:noinline
func Word(dst *string, words ...string) func(string) error {
	return func(v string) error {
		expected := ""
		for i, w := range words {
			if v == w {
				*dst = v
				return nil
			}
			if i > 0 {
				expected += " or "
			}
			expected += w
		}
		return Invalid(v, expected)
	}
}

// Text takes anything but nothing.
//
//go:noinline
func Text(dst *string) func(string) error {
	return func(v string) error {
		if v == "" {
			return lean.New("must not be empty")
		}
		*dst = v
		return nil
	}
}

// Switch turns something on; it takes no value.
//
//go:noinline
func Switch(dst *bool) func(string) error {
	return func(string) error {
		*dst = true
		return nil
	}
}
