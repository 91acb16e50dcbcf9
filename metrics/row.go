package metrics

import "strconv"

// Row is a sample line being written: a name, labels, then a value, which ends
// the line and gives the slice back.
//
//	dst = Sample(dst, "varta_beats_total").Label("source", "gps").Uint(49)
//
// It is a value of a few words that lives in registers, so use it in one
// expression. Names and label names are taken as they are; label values are
// escaped.
type Row struct {
	b     []byte
	comma bool // a label is there already
}

// Sample begins a line of the family called name.
//
//go:noinline
func Sample(dst []byte, name string) Row { return Row{b: append(dst, name...)} }

// Suffix extends the name, as in _bucket; it comes before any label.
func (r Row) Suffix(s string) Row {
	r.b = append(r.b, s...)
	return r
}

// Label adds name="value".
func (r Row) Label(name, value string) Row {
	r = r.label(name)
	r.b = append(appendEscaped(r.b, value, true), '"')
	return r
}

// LabelUint adds a label whose value is a number, such as a pid.
func (r Row) LabelUint(name string, v uint64) Row {
	r = r.label(name)
	r.b = append(strconv.AppendUint(r.b, v, 10), '"')
	return r
}

func (r Row) label(name string) Row {
	if r.comma {
		r.b = append(r.b, ',')
	} else {
		r.b = append(r.b, '{')
		r.comma = true
	}
	r.b = append(append(r.b, name...), '=', '"')
	return r
}

// Uint ends the line with a count.
func (r Row) Uint(v uint64) []byte {
	return append(strconv.AppendUint(r.space(), v, 10), '\n')
}

// Bool ends the line with 1 or 0.
func (r Row) Bool(v bool) []byte {
	if v {
		return append(r.space(), '1', '\n')
	}
	return append(r.space(), '0', '\n')
}

// Seconds ends the line with ns as seconds with nine decimals.
func (r Row) Seconds(ns int64) []byte {
	b, u := appendSign(r.space(), ns, 1)
	return append(appendSeconds(b, u), '\n')
}

// Millis ends the line with ns as seconds with three decimals; what is below a
// millisecond is cut off, never rounded up into the future.
func (r Row) Millis(ns int64) []byte {
	b, u := appendSign(r.space(), ns, 1e6)
	ms := u / 1e6
	b = append(strconv.AppendUint(b, ms/1000, 10), '.')
	return append(appendDigits(b, uint32(ms%1000), 3), '\n')
}

func (r Row) space() []byte {
	if r.comma {
		return append(r.b, '}', ' ')
	}
	return append(r.b, ' ')
}

// appendSign appends a minus sign if v is negative and does not vanish in
// whole units, and returns v without it.
func appendSign(dst []byte, v int64, unit uint64) ([]byte, uint64) {
	if v >= 0 {
		return dst, uint64(v)
	}
	u := -uint64(v)
	if u >= unit {
		dst = append(dst, '-')
	}
	return dst, u
}

func appendSeconds(dst []byte, ns uint64) []byte {
	dst = append(strconv.AppendUint(dst, ns/1e9, 10), '.')
	return appendDigits(dst, uint32(ns%1e9), 9)
}

// appendDigits appends v with leading zeros up to nine digits. The divisor is
// constant, which spares ARM cores without a divider a call each.
func appendDigits(dst []byte, v uint32, digits int) []byte {
	var text [9]byte
	for i := digits - 1; i >= 0; i-- {
		text[i] = byte('0' + v%10)
		v /= 10
	}
	return append(dst, text[:digits]...)
}
