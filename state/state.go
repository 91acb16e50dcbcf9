// Package state keeps a file that outlives the process: its content is replaced
// as a whole, and a reader finds the old one or the new one, also after a power
// cut.
//
//	temporary file, mode 0600 → write → fdatasync → rename → fsync of the folder
//
// After the folder's fsync Save has returned, and not before, the new content is
// the one that will be found. A cut at any step before leaves the old, and maybe
// a temporary file, which the next Save replaces.
//
// In front of the content stands what tells a whole file of ours from anything
// else, little-endian:
//
//	"vlpdKEEP", version (4), length of the content (8), the first 16 bytes of its
//	SHA-256
//
// A file or folder that others could have written is refused, by the rules of
// package secret. The calls block for as long as the medium does.
package state

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/secret"
)

const (
	magic    = "vlpdKEEP"
	version  = 1
	sumSize  = 16
	headSize = len(magic) + 4 + 8 + sumSize
)

// ErrDamaged marks a file that is not what Save wrote.
var ErrDamaged = errors.New("damaged")

// Store is the files of one folder. One goroutine at a time uses it; Save
// allocates nothing.
type Store struct {
	FS   FS
	dir  string // ends in NUL
	head [headSize]byte
}

// NewStore returns a store in a folder that CheckDir has found good.
func NewStore(fs FS, dir string) *Store { return &Store{FS: fs, dir: dir + nul} }

const nul = "\x00"

// Name is a file in the store. The paths are made once, with their NUL: package
// unix would copy them to the heap at each call.
type Name struct{ path, tmp string }

// Name returns the file that is called so.
func (s *Store) Name(name string) Name {
	path := trim(s.dir) + "/" + name
	return Name{path + nul, path + ".tmp" + nul}
}

// String is the path.
func (n Name) String() string { return trim(n.path) }

func trim(path string) string { return path[:len(path)-1] }

// FS is what Save needs of a file system, so that tests can cut the power
// between any two steps. Paths end in NUL, errors are errnos.
type FS interface {
	// Create makes a file of mode 0600 in place of any that is there.
	Create(path string) (File, error)
	Rename(from, to string) error
	SyncDir(dir string) error
}

// File is a file that is being written.
type File interface {
	Write(p []byte) (int, error)
	Fdatasync() error
	Close() error
}

// Save makes content that of the file. An error names the step.
func (s *Store) Save(name Name, content []byte) error {
	f, err := s.FS.Create(name.tmp)
	if err != nil {
		return lean.PathError("open", trim(name.tmp), err)
	}
	err = s.fill(f, content)
	if e := f.Close(); err == nil && e != nil {
		err = lean.SyscallError("close", e)
	}
	if err != nil {
		return lean.Wrap(trim(name.tmp), err)
	}
	if err := s.FS.Rename(name.tmp, name.path); err != nil {
		return lean.PathError("rename", trim(name.path), err)
	}
	if err := s.FS.SyncDir(s.dir); err != nil {
		return lean.PathError("fsync", trim(s.dir), err)
	}
	return nil
}

func (s *Store) fill(f File, content []byte) error {
	for _, part := range [...][]byte{s.header(content), content} {
		switch n, err := f.Write(part); {
		case err != nil:
			return lean.SyscallError("write", err)
		case n < len(part):
			return lean.New("write: " + strconv.Itoa(n) + " bytes taken of " + strconv.Itoa(len(part)))
		}
	}
	return lean.SyscallError("fdatasync", f.Fdatasync())
}

func (s *Store) header(content []byte) []byte {
	h, le := s.head[:0], binary.LittleEndian
	sum := sha256.Sum256(content)
	h = append(h, magic...)
	h = le.AppendUint32(h, version)
	h = le.AppendUint64(h, uint64(len(content)))
	return append(h, sum[:sumSize]...)
}

// Load returns what Save wrote, nil and no error if there is no such file.
// most is how many bytes it can be.
func (s *Store) Load(name Name, most int) ([]byte, error) {
	path := name.String()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, lean.PathError("open", path, err)
	}
	defer unix.Close(fd)
	if err := secret.Check(fd); err != nil {
		return nil, lean.Wrap(path, err)
	}
	b, err := readAll(fd, headSize+most)
	if err != nil {
		return nil, lean.Wrap(path, err)
	}
	content, why := open(b)
	if why != "" {
		return nil, lean.Mark(path+": damaged: "+why, ErrDamaged)
	}
	return content, nil
}

// open judges a file, and returns its content or what is wrong.
func open(b []byte) (content []byte, why string) {
	le := binary.LittleEndian
	if len(b) < headSize || string(b[:len(magic)]) != magic {
		return nil, "it does not begin with " + magic
	}
	if v := le.Uint32(b[len(magic):]); v != version {
		return nil, "version " + strconv.FormatUint(uint64(v), 10) + ", expected " + strconv.Itoa(version)
	}
	content = b[headSize:]
	if n := le.Uint64(b[len(magic)+4:]); n != uint64(len(content)) {
		return nil, strconv.Itoa(len(content)) + " bytes, expected " + strconv.FormatUint(n, 10)
	}
	sum := sha256.Sum256(content)
	if string(b[headSize-sumSize:headSize]) != string(sum[:sumSize]) {
		return nil, "its checksum is another"
	}
	return content, ""
}

// readAll reads to the end; more than most is no file of ours.
func readAll(fd, most int) ([]byte, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, lean.SyscallError("fstat", err)
	}
	if st.Size > int64(most) {
		return nil, lean.Mark("damaged: "+strconv.FormatInt(st.Size, 10)+" bytes, expected at most "+strconv.Itoa(most), ErrDamaged)
	}
	b := make([]byte, st.Size)
	for n := 0; n < len(b); {
		m, err := unix.Read(fd, b[n:])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, lean.SyscallError("read", err)
		case m == 0:
			return b[:n], nil
		default:
			n += m
		}
	}
	return b, nil
}
