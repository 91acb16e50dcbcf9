package children

import (
	"syscall"

	"vlpd/lean"
)

// Environ is the environment of children: our own if inherit, or else
// PATH=/usr/bin:/bin alone, and then the NAME=VALUE entries of extra, of which
// a later one replaces an earlier one of the same name. The name ends at the
// first '='. An entry without one is left out: it would be no environment.
func Environ(inherit bool, extra []string) []string {
	env := []string{"PATH=/usr/bin:/bin"}
	if inherit {
		env = syscall.Environ()
	}
	for _, entry := range extra {
		env = set(env, entry)
	}
	return env
}

func set(env []string, entry string) []string {
	name, _, ok := lean.Cut(entry, '=')
	if !ok {
		return env
	}
	for i, old := range env {
		if was, _, _ := lean.Cut(old, '='); was == name {
			env[i] = entry
			return env
		}
	}
	return append(env, entry)
}

// candidates lists where execvp(3) would look for a program: in the PATH of
// the child, not ours. Without PATH it is glibc's default; an empty entry is
// the working directory.
func candidates(program string, env []string) []string {
	if _, _, slash := lean.Cut(program, '/'); slash {
		return []string{program}
	}
	path := "/bin:/usr/bin"
	for _, entry := range env {
		if name, value, _ := lean.Cut(entry, '='); name == "PATH" {
			path = value
			break
		}
	}
	var list []string
	for _, dir := range lean.Split(path, ':') {
		if dir != "" {
			dir += "/"
		}
		list = append(list, dir+program)
	}
	return list
}
