package trust

// parseDepth counts the numbers behind NSpid in /proc/PID/status, one for each
// pid namespace that the process is seen in: proc_pid_status(5). 0 if there is
// no such line, or not all of it.
//
//	NSpid:	17365	4
func parseDepth(b []byte) (n int) {
	const field = "\nNSpid:"
	for at := 0; at+len(field) <= len(b); at++ {
		if string(b[at:at+len(field)]) != field {
			continue
		}
		inside := false
		for _, c := range b[at+len(field):] {
			switch digit := c >= '0' && c <= '9'; {
			case c == '\n':
				return n
			case digit && !inside:
				n++
				inside = true
			case !digit:
				inside = false
			}
		}
		return 0
	}
	return 0
}
