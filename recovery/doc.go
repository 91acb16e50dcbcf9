// Package recovery decides when a recovery command is to run.
//
// A Table is told who fell silent, who beats again and what became of each
// command, and says which commands are to be started. It owns no process, no
// clock and no file, and has no lock: the loop owns it. Times are ns of the
// observer's clock. Everything is allocated by New, in proportion to the
// capacity; a call costs O(log n), n being the agents that something is planned
// for, and a look at each source while agents of lines that came up are left.
//
// # A stall, judged
//
// Stalled judges by the first rows, first hit wins; what is left is an attempt.
// Due judges attempts whose time has come, by the rows below the line.
//
//	condition                                   outcome
//	1 agent of another pid namespace            refused_cross_namespace
//	2 nobody vouches for the sender             refused_unauthenticated_transport,
//	                                            refused_socket_mode_only
//	3 no room to remember the agent             refused_debounce_capacity
//	4 its line is down                          refused_line_down
//	5 its last attempt was less than the        debounced
//	  debounce ago, or its child still runs
//	  --
//	6 its line is down                          refused_line_down
//	7 its last attempt was less than the        debounced
//	  debounce ago (after a line came up)
//	8 as many children run as may               refused_outstanding_capacity
//	9 its pid is another process's by now       refused_pid_recycled
//	10 none of these                            start it: spawned or spawn_failed,
//	                                            then reaped_zero, reaped_nonzero
//	                                            or killed
//
// An outcome is counted where it is found, the end of a child included. One that
// was killed after its timeout is killed and nothing else.
//
// # What is tried again
//
// All of it only while the silence lasts: a beat or an eviction takes back what
// is planned. A child that runs goes on, and is awaited.
//
//	debounced            when the debounce is over and the last child has ended
//	line_down            when the line is up, see LineUp
//	outstanding_capacity when a child ends: who has waited longest is next. It
//	                     is a delay and not a verdict, so it is counted once
//	                     for each attempt that has to wait
//	spawn_failed,        after the debounce time (100 ms at least), counted from
//	reaped_nonzero,      when the failure is known; then after twice that, and
//	killed               so on up to a minute, or the debounce if that is longer
//	reaped_zero          not in this silence
//	other refusals       not in this silence
//
// The debounce runs from the attempt, not from its success. It outlives the
// silence, and so does the entry of the agent; when the table is full, the
// entry whose debounce ended first gives its place to a newcomer. Only agents
// that are silent, have a child or are in their debounce can fill it: with as
// much room as the tracker has, that takes evictions.
package recovery
