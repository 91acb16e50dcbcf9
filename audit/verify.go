package audit

import (
	"errors"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Query is what Verify is asked.
type Query struct {
	// Paths are the files, in any order: PATH.2 is older than PATH.1, and that
	// than PATH. One PATH alone stands for all its generations that are there.
	Paths []string
	Key   *[KeyBytes]byte // of a keyed log
	Head  *[KeyBytes]byte // a chain value noted earlier, which must be there; or nil
}

// Note is something about a line.
type Note struct {
	File   string
	Line   int  // from 1
	Broken bool // else it is unusual, and explained
	Text   string
}

// Totals are what was found altogether.
type Totals struct {
	Files, Lines, Records uint64
	Unchained             uint64 // records without a chain value: of a build of the original without the feature
	Unproven              uint64 // records whose predecessor is in no file
	Foreign               uint64 // lines of other schemas before a file's first header
	Restarts              uint64 // at which the original began anew with seq 1
	Broken                uint64 // lines
	First, Last           uint64 // seq
	Head                  string // chain value of the last record, in hex
	HeadMissing           bool   // no record has Query.Head
}

// Whole reports whether there is a chain, and nothing speaks against it.
func (t *Totals) Whole() bool { return t.Broken == 0 && t.Records > 0 && !t.HeadMissing }

// ErrKeyNeeded is a keyed file and no key.
var ErrKeyNeeded = errors.New("the chain is keyed (hmac-sha256): its key is needed")

// Verify reads audit files from the oldest to the newest and checks each line:
// header, form, seq, prev and chain, and what is at the end. It calls report
// for all that is broken or unusual. Files of varta-watch 0.2.0 pass as well,
// with notes where they are peculiar: seq that starts again, a boot record that
// stands ahead of older records, lines of other schemas in front. With a key
// every record must be keyed. Its error says why nothing can be told.
//
// It shows that nothing between the first and the last record was changed.
// That nothing was cut off behind the last one, only a head noted elsewhere shows.
func Verify(q Query, report func(Note)) (Totals, error) {
	files, err := openAll(q.Paths)
	defer closeAll(files)
	if err != nil {
		return Totals{}, err
	}
	c, r := newChecker(&q, report), newReader()
	for i := len(files) - 1; i >= 0; i-- { // the oldest is the last
		f := &files[i]
		r.reset(f)
		if err := c.read(f.path, r); err != nil {
			return c.t, lean.Wrap(f.path, err)
		}
	}
	c.finish()
	return c.t, nil
}

// read takes all lines of a file.
func (c *checker) read(path string, r *reader) error {
	c.enter(path)
	for {
		line, end, err := r.next()
		if err != nil || end == noLine {
			if err == nil {
				c.leave()
			}
			return err
		}
		c.at.line++
		c.t.Lines++
		if err := c.take(line, end); err != nil {
			return err
		}
	}
}

// input is a file that is read.
type input struct {
	fd       int
	path     string
	dev, ino uint64
}

func (f *input) Read(p []byte) (n int, err error) {
	err = again(func() error { n, err = unix.Read(f.fd, p); return err })
	return max(n, 0), lean.SyscallError("read", err)
}

// openAll opens the newest file first: if the log is rotated meanwhile, a file
// is seen under two names, and taken once, but none is missed.
func openAll(paths []string) (files []input, err error) {
	list, some := newestFirst(paths), len(paths) == 1 && generation(paths[0]) == 0
	for g := 1; some && g <= generationsMost; g++ {
		list = append(list, paths[0]+"."+number(uint64(g)))
	}
	for _, path := range list {
		f := input{path: path}
		call, err := f.open()
		if err == unix.ENOENT && some {
			continue
		}
		if err != nil {
			return files, lean.Wrap(path, lean.SyscallError(call, err))
		}
		if files = append(files, f); seen(files) {
			unix.Close(f.fd)
			files = files[:len(files)-1]
		}
	}
	if len(files) == 0 {
		return files, lean.Wrap(paths[0], lean.SyscallError("open", unix.ENOENT))
	}
	return files, nil
}

func (f *input) open() (call string, err error) {
	if f.fd, err = unix.Open(f.path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0); err != nil {
		return "open", err
	}
	// O_NONBLOCK was for a FIFO that nobody writes to, open(2). A pipe from
	// another program, such as zcat, is waited for.
	if err = unix.SetNonblock(f.fd, false); err != nil {
		unix.Close(f.fd)
		return "fcntl", err
	}
	var st unix.Stat_t
	if err = unix.Fstat(f.fd, &st); err != nil {
		unix.Close(f.fd)
	}
	f.dev, f.ino = uint64(st.Dev), st.Ino
	return "fstat", err
}

// seen reports whether the last file is one of the others.
func seen(files []input) bool {
	last := &files[len(files)-1]
	for i := range files[:len(files)-1] {
		if files[i].dev == last.dev && files[i].ino == last.ino {
			return true
		}
	}
	return false
}

func closeAll(files []input) {
	for i := range files {
		unix.Close(files[i].fd)
	}
}
