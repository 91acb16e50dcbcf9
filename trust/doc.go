// Package trust says who is behind the pid of a local agent: in which pid
// namespace the process lives, whether it is still the one that beat first, and
// that it has ended.
//
// A process is looked at once, at its first beat: a pidfd pins it, its pid
// namespace and start time are read. The verdict is kept as long as the
// process lives, which rests on two facts: nobody can change the pid namespace
// of a running process, its own included (setns(2) and unshare(2) move only
// children), and no other process can have its pid before it has ended. So a
// beat of a known process costs one look into a table, no system call and
// nothing of /proc; who remembers that it was Pinned is spared the table too.
// When a process ends, its pidfd becomes readable, and Gather and Exited tell.
//
// Processes are keyed as package watch keys agents, by (source, pid). One that
// beats on two sockets is two agents and has two entries and two pidfds: no
// entry then depends on another. The loop owns the table; it has no lock.
//
// # What is proven
//
// The kernel writes the sender's pid on each datagram (SO_PASSCRED); only who
// has CAP_SYS_ADMIN can have it write another's, unix(7). A number alone says
// whose it is only while the process exists. What the pidfd pins is whoever has
// the pid at the first look. That is the sender, unless between sending and
// looking it ended, was reaped, and the pid was given out again: all pids of
// the machine would have to come round while the datagram waited, some
// milliseconds, or somebody would have to have asked for that pid (clone3(2),
// set_tid, CAP_CHECKPOINT_RESTORE). Of those the start time finds one that
// began after the datagram came, to 10 ms: then the sender is gone. One that
// began between sending and receiving passes.
//
// From then on a beat is that of the pinned process until its end was told.
// One that comes later is looked at again: if nobody has the pid, or only the
// zombie of that process, it was a last beat that had waited in the queue and
// counts; if another process has it, a new session begins. A last beat that is
// read after another process has got the pid is taken for one of that process.
//
// SO_PASSPIDFD (Linux 6.5) would prove the sender of every datagram, but each
// would come with a descriptor to look at and to close, which costs more than
// all else that is done for a beat, and needs room in the descriptor table for
// a whole batch. It is not used.
//
// # Without pidfds
//
// Where the kernel has none (before Linux 5.3), forbids them, or descriptors
// have run out, the start time alone tells processes apart. It is compared at a
// beat when the last comparison is older than a second; a pid that was given
// out again within that second is noticed late, an exit only at the next beat
// or when Same is asked. How many there are is counted, and why is said once.
// As soon as a descriptor is free again the next comparison takes it.
//
// # Time
//
// A look costs some microseconds, ten times that on a small board, so looks
// have half a millisecond of a turn. What is beyond that waits for the next
// turns; beats of those who wait are accepted meanwhile, as those of a process
// whose namespace cannot be read are.
//
// # Not done here
//
// Nothing is logged, no frame is counted and no agent is known. Whether a frame
// is accepted and a recovery command may run is for the caller to decide.
package trust
