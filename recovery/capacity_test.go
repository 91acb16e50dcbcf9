package recovery

import "testing"

func TestChildrenAtOnce(t *testing.T) {
	cfg := usual()
	cfg.Max = 1
	playAll(t, cfg, []scenario{
		{"who found none free is next when one ends, in turn", `
			0 stall 7 = pending
			0 stall 8 = pending
			0 stall 9 = pending
			0 due = 7 pending, 8 refused_outstanding_capacity, 9 refused_outstanding_capacity
			0 next = never
			1 spawned 7 = ok
			5000 zero 7 = ok
			5000 next = 0
			5000 due = 8 pending
			5000 stall 6 = pending
			5000 due = 6 refused_outstanding_capacity
			5001 failed 8 = ok
			5001 due = 9 pending
			5002 spawned 9 = ok
			6001 due = 8 refused_outstanding_capacity
			6002 nonzero 9 = ok
			6002 due = 6 pending
			6002 children = 1`},
		{"who waits and beats waits no more", `
			0 stall 7 = pending
			0 stall 8 = pending
			0 stall 9 = pending
			0 due = 7 pending, 8 refused_outstanding_capacity, 9 refused_outstanding_capacity
			1 beat 8
			2 failed 7 = ok
			2 due = 9 pending`},
		{"who waits is judged again", `
			0 stall 7 = pending
			0 stall 1/8 = pending
			0 stall 9 = pending
			0 due = 7 pending, 1/8 refused_outstanding_capacity, 9 refused_outstanding_capacity
			1 down 1
			1 recycled 9
			2 failed 7 = ok
			2 due = 1/8 refused_line_down, 9 refused_pid_recycled`},
	})
}

func TestRoomOfDue(t *testing.T) {
	playAll(t, usual(), []scenario{{"takes turns, first come first served", `
			0 stall 7 = pending
			0 stall 5 = pending
			1 stall 6 = pending
			0 stall 4 = pending
			9 due 0 =
			9 due 1 = 7 pending
			9 next = 0
			9 due 2 = 5 pending, 4 pending
			9 due 2 = 6 pending
			9 due 2 =`}})
}

func TestPlaces(t *testing.T) {
	cfg := usual()
	cfg.Capacity = 2
	s := play(t, cfg, `
			0 stall 7 = pending
			0 due = 7 pending
			0 spawned 7 = ok
			1 zero 7 = ok
			1 beat 7
			1 stall 8 = pending
			1 stall 9 = refused_debounce_capacity
			999 stall 9 = refused_debounce_capacity
			1000 stall 9 = pending
			1000 stall 7 = refused_debounce_capacity
			1001 beat 9
			1001 stall 7 = pending
			1001 gone 7
			1001 due = 8 pending
			1001 spawned 8 = ok
			1002 gone 8
			1002 stall 9 = pending
			1002 stall 7 = refused_debounce_capacity
			9000 stall 7 = refused_debounce_capacity
			9000 zero 8 = ok
			9000 stall 7 = pending`)
	if got := s.table.Counts().Replaced; got != 2 {
		t.Errorf("%d debounce entries replaced; want 2", got)
	}
	playAll(t, cfg, []scenario{{"the debounce that ended first goes first", `
			0 stall 7 = pending
			0 stall 8 = pending
			0 due 1 = 7 pending
			9 due = 8 pending
			9 failed 8 = ok
			9 failed 7 = ok
			10 beat 8
			10 beat 7
			1005 stall 6 = pending
			1006 stall 8 = debounced`}})
}

// TestNoRoomWithoutEvictions: as long as the tracker has no more agents than
// the table, whoever stalls finds room.
func TestNoRoomWithoutEvictions(t *testing.T) {
	playAll(t, usual(), []scenario{{"four agents, over and over", `
			0 stall 6 = pending
			0 stall 7 = pending
			0 stall 8 = pending
			0 stall 1/6 = pending
			0 due = 6 pending, 7 pending, 8 pending, 1/6 pending
			1 beat 6
			2 stall 6 = debounced
			3 beat 1/6
			4 stall 1/6 = debounced`}})
}
