package intake

// pidMaxFallback is the kernel's upper limit for pid_max, proc(5).
const pidMaxFallback = 4194304

// ReadPIDMax reads /proc/sys/kernel/pid_max, or returns 4194304 if it cannot.
// It reads a file: not for the loop.
func ReadPIDMax() uint32 {
	v, ok := readIntFile("/proc/sys/kernel/pid_max")
	if !ok || v < 1 || v > pidMaxFallback {
		return pidMaxFallback
	}
	return uint32(v)
}

// SetPIDMax replaces the limit that ListenUnix read; by the owner.
func (u *Unix) SetPIDMax(v uint32) { u.pidMax = v }

// PIDMax is the highest pid that is accepted.
func (u *Unix) PIDMax() uint32 { return u.pidMax }
