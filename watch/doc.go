// Package watch says who is alive, given beats and clock readings.
//
// A Table holds agents keyed by (source, pid), each in the FIFO of its
// threshold class, where a beat moves it to the tail: the head is always the
// next to fall silent, so deadlines are exact and cost O(1) a beat. Who falls
// silent moves to a second FIFO of its class, whose head eviction looks at.
// Everything is allocated by New and in proportion to the capacity. The table
// reads no clock, opens nothing, starts nothing and has no lock: the loop owns it.
//
// # Time
//
// Callers pass raw readings of a clock that does not run backwards. Inside,
// time is the observed clock: the reading less every pause told to Forgive,
// since time in which the observer could not run is not silence. Records and
// Next carry raw readings; silences are spans of the observed clock.
//
// # What a nonce says
//
// First hit wins; S is the stored nonce, n the frame's. Local is a Unix socket
// (the kernel proves the sender), Wire a serial line (bytes cannot overtake),
// Net plain UDP (datagrams overtake and can be replayed). Sealed is as Net, but
// a fallen nonce is a session exactly if the seal is the first of a session; so
// is SealedWire, a serial line with a key, where gaps are counted as on a Wire.
//
//	frame                              Local      Wire       Net
//	1 agent unknown                    beat       beat       beat
//	2 slot marked by NewSession        session    session    session
//	3 n > S (the terminal nonce too)   beat       beat, gap  beat
//	4 every field as in the last one   duplicate  duplicate  duplicate
//	5 n = 1, S at the end (wrap)       session    session    session
//	6 n = 1                            session    session    session if silent
//	                                                         for the threshold
//	7 n < 2^20, S at the end (wrap),   beat       beat, gap  beat
//	  or n above what the terminal
//	  nonce came after
//	8 continues a remembered fall      session    session    session
//	                                   if silent             if silent
//	9 anything else, n <= S            dropped    dropped,   dropped
//	                                              remembered
//
// S is at the end from 2^64-1-2^20 on. Rows 5 and 7 count a wrap, as the
// original does for every start after a terminal frame. A dropped frame or a
// duplicate refreshes nothing. Any accepted frame forgets a remembered fall.
//
// A fall is a nonce at or below S: an old copy, or a device that restarted
// while noise ate its first frame. The next frame tells: one to sixteen nonces
// further on and with no earlier timestamp, it begins a session at itself
// (the remembered frame was never a beat). One old copy, however often it
// comes, and copies that alternate with live beats therefore start nothing.
// Two different old frames, replayed in order with no live beat between, do:
// noise cannot make them, an RS-485 echo is equal to the last frame (row 4),
// and whoever can write them to the wire could as well write a higher nonce.
//
// On other sources a fall is remembered only while the agent is silent past its
// threshold: two programs in one process, or datagrams that overtook, must not
// take turns in beginning sessions, and replayed frames must not keep a dead
// agent's stall from being told.
//
// A restart whose only frame so far, nonce 1, repeats the stored one bit for
// bit is a duplicate; nonce 2 is then an ordinary beat. A restart that first
// gets through above S is one too: nothing tells it from a gap.
//
// A gap is the nonces between S and n, which an agent must have sent. The
// terminal nonce stands outside the sequence, so none are counted around it,
// nor below the first frame of a session.
package watch
