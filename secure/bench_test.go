package secure

import "testing"

// BenchmarkOpen opens the same frames again and again; what differs is who
// sent them. ctr rises within a run of 1024, then the memory starts anew.
func BenchmarkOpen(b *testing.B) {
	frames := make([][]byte, 1024)
	forged := make([][]byte, len(frames))
	plain := frame(4242)
	for i := range frames {
		frames[i] = sealMaster(testKey(9), 4242, 7, uint32(i+1), plain)
		forged[i] = mastered(uint32(i+2), 7, 1)
		forged[i][20] ^= 1
	}
	sharedFrames := make([][]byte, len(frames))
	for i := range sharedFrames {
		sharedFrames[i] = sealShared(testKey(1), 7, uint32(i+1), plain)
	}
	run := func(name string, frames [][]byte) {
		b.Run(name, func(b *testing.B) {
			o := NewOpener(keysOf(9, 1), Config{Senders: 16})
			var out [PlainSize]byte
			b.ReportAllocs()
			for i := range b.N {
				if i&1023 == 0 && o.mem.used > 0 {
					o.mem.slots[0].n = 0
				}
				o.Open(frames[i&1023], &out)
			}
		})
	}
	run("shared", sharedFrames)
	run("master", frames)
	run("forged", forged)
}
