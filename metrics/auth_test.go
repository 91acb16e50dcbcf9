package metrics

import (
	"strings"
	"testing"
)

func TestBearer(t *testing.T) {
	a := Bearer(testToken)
	for _, c := range []struct {
		value string
		want  bool
	}{
		{"Bearer " + testHex, true},
		{" Bearer " + testHex, true},
		{"\t bearer \t " + testHex + " \t", true},
		{"BEARER " + strings.ToUpper(testHex), true},
		{"Bearer\t" + testHex, true},

		{"", false},
		{"Bearer", false},
		{"Bearer ", false},
		{testHex, false},
		{"Bearer" + testHex, false},
		{"Basic " + testHex, false},
		{"Bearer " + testHex[1:], false},
		{"Bearer " + testHex[2:], false},
		{"Bearer " + testHex + "0", false},
		{"Bearer " + testHex + "00", false},
		{"Bearer " + testHex + " x", false},
		{"Bearer " + testHex + ",", false},
		{"Bearer \"" + testHex[2:] + "\"", false},
		{"Bearer g" + testHex[1:], false},
		{"Bearer 0x" + testHex[2:], false},
		{"Bearer \x01" + testHex[1:], false},
		{"Bearer " + strings.Repeat("0", 64), false},
	} {
		if got := a.admits([]byte(c.value)); got != c.want {
			t.Errorf("%q: %v", c.value, got)
		}
	}
	if a.admits(nil) {
		t.Error("admitted without the field")
	}
}

// Each bit of the token counts.
func TestBearerEveryBit(t *testing.T) {
	const digits = "0123456789abcdef"
	a := Bearer(testToken)
	for bit := range 8 * TokenBytes {
		b := []byte("Bearer " + testHex)
		at := len("Bearer ") + bit/4
		b[at] = digits[strings.IndexByte(digits, b[at])^1<<(bit%4)]
		if a.admits(b) {
			t.Errorf("admitted with bit %d wrong", bit)
		}
	}
}

// No policy but its own admits: an all-zero token is not the absence of one.
func TestZeroAuth(t *testing.T) {
	var none Auth
	zero := []byte("Bearer " + strings.Repeat("0", 64))
	if none.admits(zero) || none.admits(nil) {
		t.Error("the zero value admits")
	}
	if zeros := Bearer([TokenBytes]byte{}); !zeros.admits(zero) || zeros.admits(nil) {
		t.Error("a token of zeros is a token")
	}
	if all := Anonymous(); !all.admits(nil) {
		t.Error("anonymous does not admit")
	}
}
