package intake

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// maze makes links of all kinds and returns the folder they are in.
func maze(t *testing.T) string {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"real/deep", "by-id"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "real/tty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"by-id/a": "../real/tty", "by-id/b": root + "/by-id/a", "by-id/dangling": "../later/tty",
		"dir": "real", "loop": "loop", "by-id/c": "../dir/deep/.././/tty",
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestWalk(t *testing.T) {
	root := maze(t)
	for _, tc := range []struct {
		path, want string
		err        error
		visited    []string // below root
	}{
		{"real/tty", "real/tty", nil, []string{"real", "real/tty"}},
		{"by-id/a", "real/tty", nil, []string{"by-id", "by-id/a", "real", "real/tty"}},
		{"by-id/b", "real/tty", nil, []string{"by-id", "by-id/b", "by-id", "by-id/a", "real", "real/tty"}},
		{"by-id/c", "real/tty", nil, []string{"by-id", "by-id/c", "dir", "real", "real/deep", "real/tty"}},
		{"by-id/dangling", "", unix.ENOENT, []string{"by-id", "by-id/dangling", "later"}},
		{"none/of/these", "", unix.ENOENT, []string{"none"}},
		{"real/tty/x", "", unix.ENOTDIR, []string{"real", "real/tty", "real/tty/x"}},
		{"loop", "", unix.ELOOP, nil},
	} {
		var visited []string
		got, err := walk(join(root, tc.path), func(dir, name string) {
			if rel, ok := below(root, join(dir, name)); ok {
				visited = append(visited, rel)
			}
		})
		if tc.err == nil {
			tc.want = join(root, tc.want)
		}
		if err != tc.err || got != tc.want || (tc.visited != nil && !slices.Equal(visited, tc.visited)) {
			t.Errorf("%s: got %q, %v, by way of %q", tc.path, got, err, visited)
		}
	}
	if got, err := walk("/../..//.", func(string, string) {}); got != "/" || err != nil {
		t.Errorf("root: %q, %v", got, err)
	}
}

func below(root, path string) (string, bool) {
	if len(path) <= len(root) {
		return "", false
	}
	return path[len(root)+1:], path[:len(root)] == root
}

// inotifyEvent is a struct inotify_event.
func inotifyEvent(wd int32, mask uint32, name string) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(wd))
	b = binary.NativeEndian.AppendUint32(b, mask)
	b = binary.NativeEndian.AppendUint32(b, 0)
	padded := (len(name) + 16) &^ 15
	if name == "" {
		padded = 0
	}
	b = binary.NativeEndian.AppendUint32(b, uint32(padded))
	return append(append(b, name...), make([]byte, padded-len(name))...)
}

func TestDispatchPokesWhoWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		events [][]byte
		want   [3]bool // hooks: tty in 1, anything in 1, tty in 2
		left   int     // hooks
	}{
		"its name":             {[][]byte{inotifyEvent(1, unix.IN_CREATE, "tty")}, [3]bool{true, true, false}, 3},
		"another name":         {[][]byte{inotifyEvent(1, unix.IN_ATTRIB, "ttyS0")}, [3]bool{false, true, false}, 3},
		"longer name":          {[][]byte{inotifyEvent(2, unix.IN_ATTRIB, "tty.0123456789abcdef")}, [3]bool{}, 3},
		"two":                  {[][]byte{inotifyEvent(2, unix.IN_CREATE, "x"), inotifyEvent(2, unix.IN_CREATE, "tty")}, [3]bool{false, false, true}, 3},
		"the folder":           {[][]byte{inotifyEvent(2, unix.IN_DELETE_SELF, "")}, [3]bool{false, false, true}, 3},
		"the folder's end":     {[][]byte{inotifyEvent(1, unix.IN_IGNORED, "")}, [3]bool{true, true, false}, 1},
		"unknown watch":        {[][]byte{inotifyEvent(3, unix.IN_CREATE, "tty")}, [3]bool{}, 3},
		"events were lost":     {[][]byte{inotifyEvent(-1, unix.IN_Q_OVERFLOW, "")}, [3]bool{true, true, true}, 3},
		"torn, never happens":  {[][]byte{inotifyEvent(1, unix.IN_CREATE, "")[:15]}, [3]bool{}, 3},
		"nothing":              {nil, [3]bool{}, 3},
		"many events one poke": {[][]byte{inotifyEvent(2, unix.IN_CREATE, "tty"), inotifyEvent(2, unix.IN_ATTRIB, "tty")}, [3]bool{false, false, true}, 3},
	} {
		var pokes [3]chan struct{}
		for i := range pokes {
			pokes[i] = make(chan struct{}, 1)
		}
		n := &nodes{hooks: []hook{{1, "tty", pokes[0]}, {1, "", pokes[1]}, {2, "tty", pokes[2]}}}
		n.dispatch(slices.Concat(tc.events...))
		var got [3]bool
		for i, c := range pokes {
			got[i] = len(c) == 1
		}
		if got != tc.want || len(n.hooks) != tc.left {
			t.Errorf("%s: poked %v, %d hooks left", name, got, len(n.hooks))
		}
	}
}

// While a line is up nothing is watched: what happens in /dev does not wake us.
func TestNothingIsWatchedWhileUp(t *testing.T) {
	link := filepath.Join(t.TempDir(), "tty")
	r := newRig(t, noSys(t), "a="+link, "b="+link+"-b")
	watches := func() int {
		r.lines.nodes.mu.Lock()
		defer r.lines.nodes.mu.Unlock()
		return len(r.lines.nodes.hooks)
	}
	r.until("both missing", func() bool { return len(r.changes) == 2 })
	eventually(t, "lines are missing and something is watched", func() bool { return watches() > 0 })
	p, q := newPTY(t), newPTY(t)
	point(t, link, p.path)
	r.until("a up", func() bool { return r.last(0).Up })
	eventually(t, "one line is missing and something is watched", func() bool { return watches() > 0 })
	point(t, link+"-b", q.path)
	r.until("b up", func() bool { return r.last(1).Up })
	if n := watches(); n != 0 {
		t.Errorf("all lines are up and %d folders are watched", n)
	}
}

// eventually is for what other goroutines do and no descriptor tells.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("never true: %s", what)
		}
	}
}
