package children

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/platform"
)

// Command is a command line and the environment of its children, made once
// and used for any number of runs.
type Command struct {
	words []string
	paths []*byte // where the program may be
	envp  []*byte
}

// NewCommand takes the words of a command line, of which the first is the
// program, and the environment as Environ makes it. A program without a slash
// is looked for in the environment's PATH at each start. The error is EINVAL:
// no program, or a NUL byte somewhere.
func NewCommand(words, env []string) (*Command, error) {
	if len(words) == 0 || words[0] == "" {
		return nil, lean.Mark("the command has no program", unix.EINVAL)
	}
	_, err := platform.CStrings(words)
	c := &Command{words: words}
	if err == nil {
		c.envp, err = platform.CStrings(env)
	}
	if err == nil {
		c.paths, err = platform.CStrings(candidates(words[0], env))
	}
	if err != nil {
		return nil, lean.Mark("a NUL byte in the command or its environment", err)
	}
	return c, nil
}

// Program is the first word.
func (c *Command) Program() string { return c.words[0] }

// Check reports why the program could not be executed now, by whoever we are:
// it is not there, or we may not, be it for its mode or for the mount's
// (noexec); access(2). What else can fail only execve(2) finds out.
func (c *Command) Check() error {
	why := unix.ENOENT
	for _, path := range c.paths[:len(c.paths)-1] { // the last is nil
		_, _, e := unix.Syscall(unix.SYS_FACCESSAT, atCWD, uintptr(unsafe.Pointer(path)), unix.X_OK)
		switch e {
		case 0:
			return nil
		case unix.ENOENT, unix.ENOTDIR: // one further on may be there; execvp(3)
		default:
			why = e
		}
	}
	err := lean.SyscallError("access", why)
	if len(c.paths) > 2 {
		return lean.Wrap("in its PATH (see --recovery-env)", err) // which has no sbin, unless it is told
	}
	return err
}

// atCWD is AT_FDCWD, -100, as a register holds it.
const atCWD = ^uintptr(99)

// Split cuts text into words at white space, of Unicode as in varta-watch.
// There is no quoting and no escape, and no shell ever sees it.
func Split(text string) (words []string) {
	from := -1
	for i, r := range text {
		switch {
		case isSpace(r):
			if from >= 0 {
				words = append(words, text[from:i])
			}
			from = -1
		case from < 0:
			from = i
		}
	}
	if from >= 0 {
		words = append(words, text[from:])
	}
	return words
}

// isSpace is the property White_Space; unicode.IsSpace would bring a table.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\v', '\f', '\r', 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}

// Values are what stands for the placeholders of one run.
type Values struct {
	PID    string // {pid}
	ID     string // {id}
	Source string // {source}
	Agent  string // {agent}
}

// Fill returns the arguments of a run, the program's name first: that stays as
// it is, in all other words each placeholder is replaced. Other braces are no
// placeholders, and what a value holds is not looked at again.
func (c *Command) Fill(v *Values) []string {
	argv := make([]string, len(c.words))
	argv[0] = c.words[0]
	for i := 1; i < len(argv); i++ {
		argv[i] = v.fill(c.words[i])
	}
	return argv
}

func (v *Values) fill(word string) string {
	var out []byte
	from := 0 // what is not in out yet
	for i := range len(word) {
		if word[i] != '{' || i < from {
			continue
		}
		name, _, closed := lean.Cut(word[i+1:], '}')
		value, known := v.value(name)
		if closed && known {
			out = lean.Add(lean.Add(out, word[from:i]), value)
			from = i + len("{}") + len(name)
		}
	}
	if from == 0 {
		return word
	}
	return string(lean.Add(out, word[from:]))
}

func (v *Values) value(name string) (string, bool) {
	switch name {
	case "pid":
		return v.PID, true
	case "id":
		return v.ID, true
	case "source":
		return v.Source, true
	case "agent":
		return v.Agent, true
	}
	return "", false
}

// Unknown returns the first {name} in the arguments that is no placeholder, or
// "": it stays as it is, which may be meant, or a slip of the pen.
func (c *Command) Unknown() string {
	var v Values
	for _, word := range c.words[1:] {
		for i := range len(word) {
			if word[i] != '{' {
				continue
			}
			name, _, closed := lean.Cut(word[i+1:], '}')
			if _, known := v.value(name); closed && !known && isName(name) {
				return "{" + name + "}"
			}
		}
	}
	return ""
}

func isName(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return s != ""
}
