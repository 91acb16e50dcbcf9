package event

import "math/bits"

// powers are those of ten that 64 bits hold.
var powers = [...]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// digits is how many decimal digits v has.
func digits(v uint64) int {
	n := bits.Len64(v) * 1233 >> 12 // log10(2) is a little more than 1233/4096: right, or one too few
	if v >= powers[n] {
		n++
	}
	return max(n, 1)
}

// putUint stores v in decimal at b[at:], which must have room, and returns
// where it ends. It is strconv.AppendUint without the way over a buffer.
func putUint(b []byte, at int, v uint64) int {
	end := at + digits(v)
	i := end
	for v >= 1<<32 { // two digits a time by 64 bits, which is dear on 32-bit machines
		q := v / 100
		i -= 2
		pair(b, i, uint32(v-q*100))
		v = q
	}
	u := uint32(v)
	for u >= 100 {
		q := u / 100
		i -= 2
		pair(b, i, u-q*100)
		u = q
	}
	if i-at >= 2 {
		pair(b, i-2, u)
	} else if i > at {
		b[at] = byte('0' + u)
	}
	return end
}

// pair stores two digits. A table of pairs would be as fast, and 200 bytes.
func pair(b []byte, at int, two uint32) {
	tens := two / 10
	b[at+1] = byte('0' + two - tens*10)
	b[at] = byte('0' + tens)
}
