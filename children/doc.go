// Package children runs commands: it starts them, hears how they end, keeps
// the end of what they print, and ends them when their time is up. It knows
// nothing of agents; whoever asks gives each run a token and finds it again in
// the results.
//
//	loop ── requests, a ring and a doorbell ──→ runner ── fork, kill, wait ──→ children
//	     ←─ results, a ring and Notify ───────         ←─ pidfds, pipes ──────
//
// One goroutine, the runner, owns all children. The loop's side (Start, Result,
// Running) never waits: not for a fork, not for execve(2) on a slow card, not
// for a lock. What a child does holds up nobody:
//
//   - It is forked, not vforked: the runner goes on while execve is under way,
//     and is told by a pipe how that ended (package platform, Fork).
//   - Its stdin is /dev/null. With capture its output is read to the end,
//     whatever it prints; the last bytes are kept and all are counted. How much
//     is read at a time is bounded, for one child and for all (output.go).
//   - It leads a process group of its own. When its time is up the group gets
//     SIGTERM, and SIGKILL KillAfter later, so that nothing it started stays.
//     A child that ends by itself leaves its group alone: daemons live on.
//   - A group is signalled only while its leader is not reaped, so that its
//     number cannot belong to somebody else by then. A leader that ended after
//     SIGTERM is reaped when its group is empty or was killed.
//   - A grandchild that keeps a pipe open keeps nothing else: when the child
//     has ended, what is in the pipe is read and the pipe closed a second later,
//     which is told (linger.go).
//
// Each request that was taken ends in exactly one result: Ended, or
// SpawnFailed; Spawned comes before Ended. A child that cannot be killed,
// because it hangs in the kernel, has none, and counts as running.
//
// Commands are split and filled without a shell (command.go). Not done here:
// whether to run a command at all, and when to try again.
package children
