package event

import "vlpd/lean"

// kindNames are the words of column 2 and of flags.
var kindNames = [Kinds]string{
	Beat:      "beat",
	Stall:     "stall",
	Decode:    "decode",
	IO:        "io",
	Mismatch:  "mismatch",
	CTrunc:    "ctrunc",
	Eviction:  "eviction",
	Start:     "start",
	Stop:      "stop",
	Clock:     "clock",
	Recovered: "recovered",
	Session:   "session",
	Exit:      "exit",
	Line:      "line",
	Lost:      "lost",
}

// String is the word of column 2.
func (k Kind) String() string {
	if k < Kinds {
		return kindNames[k]
	}
	return "unknown"
}

// ParseKind is the inverse of String.
func ParseKind(word string) (Kind, bool) {
	for k, name := range kindNames {
		if name == word {
			return Kind(k), true
		}
	}
	return Kinds, false
}

// ParseKinds reads a comma-separated list of kinds, or "none" for no kind. Its
// error names the word that is neither and the words that could stand there.
func ParseKinds(list string) (Set, error) {
	if list == "none" {
		return 0, nil
	}
	var s Set
	for more := true; more; {
		var word string
		word, list, more = lean.Cut(list, ',')
		k, ok := ParseKind(word)
		if !ok {
			return 0, lean.New("unknown event kind " + lean.Quote(word) +
				" (expected none or a list of " + Set(1<<Kinds-1).String() + ")")
		}
		s = s.With(k)
	}
	return s, nil
}

// String lists the kinds in s as ParseKinds reads them.
func (s Set) String() string {
	if s == 0 {
		return "none"
	}
	words := ""
	for k, name := range kindNames {
		if s.Has(Kind(k)) {
			words += "," + name
		}
	}
	return words[1:]
}
