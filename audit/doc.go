// Package audit is the recovery audit log: every decision about a recovery
// command, in schema v2 of varta-watch 0.2.0, with its hash chain; and the
// check of such files that the original lacks (Verify, `vlpd audit verify`).
//
// The promise: a record that was reported synced (Stats.Synced) is never lost,
// seq never has a gap, the chain never breaks, and what survives a crash, a
// power cut or a failing disk has no hole before the last synced record. It
// holds where package sink's does. Deciding never waits for it: the loop puts
// records of fixed size into a ring; one goroutine numbers, hashes, writes and
// syncs them. What does not fit into the ring is counted, and is a record too.
//
// # Lines
//
// A header line, then records; tabs between columns, a line feed behind each.
// WHO is a pid, or NAME/ID for an agent that is no process of this machine.
//
//	seq  wall_ms  0  boot      OUR_PID  prev|-   reason                              chain
//	seq  wall_ms  0  spawn     WHO  child  exec  program  source  length             chain
//	seq  wall_ms  0  complete  WHO  child  outcome  code|-  signal|-  ns  out  err  true|false  chain
//	seq  wall_ms  0  refused   WHO  reason                                           chain
//	seq  wall_ms  0  output    WHO  child  text                                      chain
//
// The columns of the first four are the original's. New are words in them, so
// that its parsers go on working: refused because `debounced`, `line_down`, `pid_recycled`,
// `spawn_failed:CALL:ERRNO` and `lost:N` (N records did not fit into the ring
// at this place; WHO is 0), and a complete record with outcome `killed` also
// for a child that was killed when vlpd stopped. `output` is new, and written
// only where output is kept: what the child wrote last, right before its
// complete record, \xNN for every byte that is not printable ASCII and for the
// backslash, 2048 characters at the most.
//
// # Chain
//
// chain = SHA-256("VARTA-AUDIT-v2" 00 kind 00 prev 00 body) in lower-case hex:
// body is the line up to the tab before chain, prev the 32 bytes of the record
// before, or zeros. Unkeyed, it shows mistakes, not malice: whoever can write
// the file can compute it anew. With Options.Key it is HMAC-SHA-256 over the
// same input, and the header line says `hmac-sha256`. A file is of one sort:
// a keyed log begins a new generation where it finds an unkeyed one, and an
// unkeyed log does not open a keyed file.
//
// # Files
//
// PATH, then PATH.1 to PATH.5, each at most Options.MaxBytes long, each with
// header and boot record. They are 0600, of our real uid, locked with flock(2).
// Open goes on with seq and chain wherever it finds a last record, in PATH.1
// if PATH has none yet, and prev shows from where; see found for the cases. (The
// original begins anew behind what it does not understand, and hides prev
// behind a torn tail.) Nothing is ever deleted but
// the oldest generation, by a rotation.
package audit
