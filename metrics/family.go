package metrics

import "vlpd/lean"

// Type is the type of a metric family.
type Type uint8

// The types of the text format that are used here.
const (
	Counter Type = iota
	Gauge
	Histograms
)

var typeNames = [...]string{"counter", "gauge", "histogram"}

// Family is what a scraper is told about all samples of one name.
type Family struct {
	Name string
	Help string // one sentence of UTF-8; escaped when printed
	Type Type
}

// AppendHead appends the HELP and TYPE lines, which stand before the samples
// of the family and are printed even if there are none.
func (f *Family) AppendHead(dst []byte) []byte {
	dst = lean.Add(dst, "# HELP ")
	dst = lean.Add(dst, f.Name)
	dst = append(dst, ' ')
	dst = appendEscaped(dst, f.Help, false)
	dst = lean.Add(dst, "\n# TYPE ")
	dst = lean.Add(dst, f.Name)
	dst = append(dst, ' ')
	dst = lean.Add(dst, typeNames[f.Type])
	return append(dst, '\n')
}

// appendEscaped appends s with backslash and line feed escaped, and the double
// quote too if it stands between quotes, as in a label value.
func appendEscaped(dst []byte, s string, quoted bool) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		var esc byte
		switch c := s[i]; {
		case c == '\\', c == '"' && quoted:
			esc = c
		case c == '\n':
			esc = 'n'
		default:
			continue
		}
		dst = append(append(dst, s[from:i]...), '\\', esc)
		from = i + 1
	}
	return append(dst, s[from:]...)
}
