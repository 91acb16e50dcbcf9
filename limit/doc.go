// Package limit says whether one more frame may pass now, by rate and burst.
//
// There are two shapes of the same bucket. Bucket keeps a level and is exact
// for any rate; the observer has one or two of them. Allow keeps a single time,
// 8 bytes, so that each of 65,536 agents can have one; its token is a whole
// number of nanoseconds, which Interval rounds.
//
// A bucket starts full: burst frames pass at once, then rate of them a second.
// After an idle time it is full again and never more than that. The rates are
// per second (the original's bucket filled a thousand times too fast).
//
// Times are ns of a clock that starts at 0 or later and does not run backwards.
// A clock that stands still fills nothing, one that jumps ahead fills the bucket once, and nothing
// overflows. Should a reading come before an earlier one, a Bucket takes time
// to stand still until the clock has caught up; Allow knows no earlier reading,
// so the agent waits for the difference as well.
//
// Who asks whom is the caller's affair (package watch, and the loop for what is
// no frame). Nobody waits: a frame that may not pass costs no more than one
// that may.
//
// One goroutine uses a bucket. Integers only, no allocation, and no 64-bit
// division but after an idle time of four seconds, since 32-bit ARM has none.
package limit
