package trust

import (
	"os"
	"testing"
)

func TestParseDepth(t *testing.T) {
	for text, want := range map[string]int{
		"Name:\tx\nNSpid:\t17365\nNSpgid:\t1\n":       1,
		"Name:\tx\nNSpid:\t17365\t4\nNSpgid:\t1\n":    2,
		"Name:\tx\nNSpid:\t17365\t4\t1\nNSpgid:\t1\n": 3,
		"Name:\tNSpid:\t1 2\nNSpid:\t8\n":             1,
		"Name:\tx\nNSpid:\t17365\t4":                  0, // cut off
		"Name:\tx\n":                                  0, "": 0, "\nNSpid:\n": 0,
	} {
		if got := parseDepth([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	if got := parseDepth(status); got < 1 {
		t.Errorf("our own depth is %d", got)
	}
}
