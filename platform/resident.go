package platform

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// ForgetText takes the program's own code and constants out of the process's
// resident set. What is still used comes back from the page cache, a neighbourhood of
// 64 KiB at a fault; what only start-up needed stays out, and the kernel may use
// its memory for something else. It needs /proc (proc_pid_maps(5)), and
// costs some thirty page faults afterwards.
//
// A position-independent program is left alone: its constants were relocated
// at start, in memory only, and would come back from the file as they were.
func ForgetText() error {
	program, err := lean.ReadText("/proc/self/exe")
	if err != nil || len(program) <= elfType || program[elfType] != elfExec {
		return err
	}
	maps, err := lean.ReadText("/proc/self/maps") // the program's own come first
	if err != nil {
		return err
	}
	return eachReadOnly(maps, func(start, end uintptr) error {
		_, _, errno := unix.RawSyscall(unix.SYS_MADVISE, start, end-start, unix.MADV_DONTNEED)
		if errno != 0 {
			return lean.SyscallError("madvise", errno)
		}
		return nil
	})
}

// From elf(5): where e_type stands, whose low byte comes first on every target
// of ours, and its value ET_EXEC.
const (
	elfType = 16
	elfExec = 2
)

// eachReadOnly calls do for every mapping of the first file in maps that nobody can
// write to: a private mapping that was written to has no other copy.
//
//	00010000-000fe000 r-xp 00000000 00:02 12         /bin/vlpd
func eachReadOnly(maps string, do func(start, end uintptr) error) error {
	program := ""
	for maps != "" {
		var line string
		line, maps, _ = lean.Cut(maps, '\n')
		at, rest, _ := lean.Cut(line, ' ')
		from, to, _ := lean.Cut(at, '-')
		start, ok1 := lean.Uint(from, 16, uint64(^uintptr(0)))
		end, ok2 := lean.Uint(to, 16, uint64(^uintptr(0)))
		slash := 0
		for slash < len(rest) && rest[slash] != '/' {
			slash++
		}
		name := rest[slash:]
		if !ok1 || !ok2 || name == "" || program != "" && name != program {
			break // the heap, or the end of what was read
		}
		program = name
		if rest[1] == 'w' || rest[3] != 'p' {
			continue
		}
		if err := do(uintptr(start), uintptr(end)); err != nil {
			return err
		}
	}
	return nil
}
