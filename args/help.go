package args

import (
	"strings"

	"vlpd/lean"
)

// Columns is a serial console's width; no line of the help is wider.
const Columns = 80

// Help describes the flags, one paragraph each.
func Help(flags []Flag) string {
	var b strings.Builder
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		b.WriteString("  " + f.Name)
		if f.Arg != "" {
			b.WriteString(" " + f.Arg)
		}
		text := f.About
		if f.Def != "" {
			text += " (" + f.Def + ")"
		}
		b.WriteString("\n" + wrap(text, "      "))
	}
	return b.String()
}

// wrap breaks text at blanks so that lines stay within Columns.
func wrap(text, indent string) string {
	var b strings.Builder
	line := indent
	for more := true; more; {
		var word string
		word, text, more = lean.Cut(text, ' ')
		if len(line)+1+len(word) > Columns && line != indent {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}
