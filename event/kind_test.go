package event

import (
	"strings"
	"testing"
)

func TestKindWordsRoundTrip(t *testing.T) {
	for k := Kind(0); k < Kinds; k++ {
		if got, ok := ParseKind(k.String()); !ok || got != k {
			t.Errorf("ParseKind(%q) = %d, %v; want %d", k, got, ok, k)
		}
	}
	if got, ok := ParseKind(Kinds.String()); ok {
		t.Errorf("ParseKind(%q) = %v; want none", Kinds, got)
	}
}

func TestParseKinds(t *testing.T) {
	good := map[string]Set{
		"none":                     0,
		"stall":                    Set(0).With(Stall),
		"stall,stall":              Set(0).With(Stall),
		"line,beat":                Set(0).With(Beat).With(Line),
		"io,mismatch":              Set(0).With(IO).With(Mismatch),
		Set(0).String():            0,
		Set(1<<Kinds - 1).String(): 1<<Kinds - 1,
	}
	for list, want := range good {
		if got, err := ParseKinds(list); err != nil || got != want {
			t.Errorf("ParseKinds(%q) = %v, %v; want %v", list, got, err, want)
		}
	}
	for list, word := range map[string]string{
		"": `""`, "stall,": `""`, "stall,none": `"none"`, "Stall": `"Stall"`, "beat, stall": `" stall"`, "stale": `"stale"`,
	} {
		_, err := ParseKinds(list)
		if err == nil || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "recovered,session") {
			t.Errorf("ParseKinds(%q): error %v; want one naming %s and the kinds", list, err, word)
		}
	}
}
