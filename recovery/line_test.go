package recovery

import "testing"

func TestLines(t *testing.T) { playAll(t, usual(), lines) }

var lines = []scenario{
	{"refused while down, judged anew when up", `
			0 down 1
			5 stall 1/7 = refused_line_down
			5 stall 7 = pending
			5 due = 7 pending
			5 next = never
			60 up 1 60
			60 next = 60
			60 due = 1/7 pending`},
	{"up is not heard yet", `
			0 down 1
			5 stall 1/7 = refused_line_down
			60 up 1 360
			60 next = 360
			100 stall 1/8 = refused_line_down
			359 due =
			359 beat 1/7
			360 due = 1/8 pending
			360 stall 1/7 = pending`},
	{"down again before anybody was judged", `
			0 down 1
			5 stall 1/7 = refused_line_down
			60 up 1 360
			90 down 1
			90 next = never
			400 due =
			500 up 1 500
			500 due = 1/7 pending`},
	{"planned before the line went down", `
			0 stall 1/7 = pending
			0 due = 1/7 pending
			0 failed 1/7 = ok
			500 down 1
			500 next = 1000
			1000 due = 1/7 refused_line_down
			1000 next = never
			2000 up 1 2000
			2000 due = 1/7 pending
			2000 failed 1/7 = ok
			2000 next = 4000`},
	{"judged anew means the debounce too", `
			0 stall 1/7 = pending
			0 due = 1/7 pending
			0 spawned 1/7 = ok
			1 zero 1/7 = ok
			1 beat 1/7
			2 down 1
			9 stall 1/7 = refused_line_down
			10 up 1 10
			10 due = 1/7 debounced
			10 next = 1000
			1000 due = 1/7 pending`},
	{"with a child of the last silence", `
			0 stall 1/7 = pending
			0 due = 1/7 pending
			0 spawned 1/7 = ok
			1 beat 1/7
			2 down 1
			9 stall 1/7 = refused_line_down
			2000 zero 1/7 = ok
			2000 due = 1/7 refused_line_down
			3000 up 1 3000
			3000 due = 1/7 pending`},
	{"in the order of the stalls, the other attempts between", `
			0 down 1
			1 stall 1/7 = refused_line_down
			2 stall 1/5 = refused_line_down
			3 stall 1/6 = refused_line_down
			4 beat 1/5
			50 up 1 50
			50 stall 9 = pending
			50 due 2 = 9 pending, 1/7 pending
			51 due = 1/6 pending`},
	{"each line by itself", `
			0 down 0
			0 down 1
			0 stall 7 = refused_line_down
			0 stall 1/7 = refused_line_down
			1 up 1 9
			2 up 0 5
			2 next = 5
			8 due = 7 pending
			8 next = 9
			9 due = 1/7 pending`},
	{"told twice", `
			0 up 1 77
			0 stall 1/7 = pending
			0 beat 1/7
			0 down 1
			0 down 1
			0 stall 1/7 = refused_line_down
			1 up 1 5
			1 up 1 9
			5 due = 1/7 pending`},
	{"trust comes first", `
			0 down 1
			0 stall 1/7 unattested = refused_unauthenticated_transport
			0 up 1 0
			0 next = never`},
}
