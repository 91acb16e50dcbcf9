//go:build race

package observer

import "testing"

// skipUnderRace: the detector allocates; the ordinary run has these tests.
func skipUnderRace(t *testing.T) {
	t.Helper()
	t.Skip("SKIPPED under the race detector, which allocates: run without -race as well")
}
