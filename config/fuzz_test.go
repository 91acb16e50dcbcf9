package config

import (
	"errors"
	"strings"
	"testing"

	"vlpd/args"
)

// FuzzParse: whatever stands on the command line, it is taken or refused with
// an error for exit code 2 that says something; what was taken is taken again
// in the joined form, and no flag is read beyond --help.
func FuzzParse(f *testing.F) {
	for _, line := range []string{
		"--socket\ns\n--threshold-ms\n1000", "--socket=s\n--threshold-ms=+10\n--max-beat-rate=0",
		"--serial\nbus=/dev/ttyS0,9600,8E1,trust=yes\n--threshold-ms\n10\n--recovery-exec\nx {pid}\n--recovery-env\nA=B",
		"--udp-port\n0\n--udp-bind-addr\n::1\n--key-file\nk\n--threshold-ms\n10", "--help\n--nonsense", "-h=x", "--version",
		"--socket\n\xff\n--threshold-ms\n18446744073709551616", "--udp-bind-addr\n[::", "--export-file-budget\n0x1MB",
		"--recovery-cmd\nx", "--prom-addr\n[::1%lo]:0\n--prom-anonymous", "", "=", "--=\n--socket",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		argv := strings.Split(text, "\n")
		c, err := Parse(argv)
		if errors.Is(err, args.ErrHelp) || errors.Is(err, args.ErrVersion) {
			return
		}
		if err != nil {
			if !errors.Is(err, args.ErrUsage) || len(err.Error()) < 8 {
				t.Fatalf("%q: %v", argv, err)
			}
			return
		}
		if c.Threshold < minThreshold || c.Capacity < 1 || c.Capacity > maxCapacity || len(c.Sockets)+len(c.Lines) == 0 && !c.UDP.PortSet {
			t.Fatalf("%q was taken: %+v", argv, c)
		}
		if again, err := Parse(joined(argv)); err != nil || again.Threshold != c.Threshold || len(again.Sockets) != len(c.Sockets) ||
			again.Recovery.Command != c.Recovery.Command || again.UDP != c.UDP || again.Limits != c.Limits {
			t.Fatalf("%q joined: %v, %+v, want %+v", joined(argv), err, again, c)
		}
	})
}

// joined writes each flag that was taken and its value as one word.
func joined(argv []string) (words []string) {
	for len(argv) > 0 {
		word := argv[0]
		argv = argv[1:]
		for _, f := range flagsOf(&Config{}) {
			if f.Name == word && f.Arg != "" {
				word += "=" + argv[0]
				argv = argv[1:]
				break
			}
		}
		words = append(words, word)
	}
	return words
}
