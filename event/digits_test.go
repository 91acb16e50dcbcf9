package event

import (
	"math"
	"strconv"
	"testing"
)

// TestPutUint: as strconv, at every number of digits and its neighbours.
func TestPutUint(t *testing.T) {
	values := []uint64{0, 1, math.MaxUint32 - 1, math.MaxUint32, math.MaxUint32 + 1, math.MaxUint64}
	for p := uint64(1); ; p *= 10 {
		values = append(values, p-1, p, p+1, p*2, p*9)
		if p > math.MaxUint64/10 {
			break
		}
	}
	for s := range 64 {
		values = append(values, 1<<s, 1<<s-1, 0x9e3779b97f4a7c15>>s)
	}
	for _, v := range values {
		checkUint(t, v)
	}
}

func checkUint(t *testing.T, v uint64) {
	t.Helper()
	b := [24]byte{2: '#'}
	end := putUint(b[:], 3, v)
	if got, want := string(b[3:end]), strconv.FormatUint(v, 10); got != want {
		t.Errorf("%d became %q", v, got)
	}
	if b[2] != '#' || b[end] != 0 {
		t.Errorf("%d was stored beyond its place: %q", v, b)
	}
}

func FuzzPutUint(f *testing.F) {
	f.Add(uint64(12345678901234567890))
	f.Fuzz(func(t *testing.T, v uint64) { checkUint(t, v) })
}
