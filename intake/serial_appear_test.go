package intake

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"vlpd/event"
)

// stage is where a line waits for serial/by-id/tty below root.
type stage struct {
	t                *testing.T
	root, link, real string
}

func (s stage) mkdir(name string) {
	if err := os.MkdirAll(filepath.Join(s.root, name), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

func (s stage) point(link, target string) { point(s.t, filepath.Join(s.root, link), target) }

// Every way in which a path can come to be.
var appearances = map[string]func(s stage){
	"link": func(s stage) {
		s.mkdir("serial/by-id")
		if err := os.Symlink(s.real, s.link); err != nil {
			s.t.Fatal(err)
		}
	},
	"renamed link": func(s stage) {
		s.mkdir("serial/by-id")
		s.point("serial/by-id/tty", s.real)
	},
	"folder moved in": func(s stage) {
		s.mkdir("aside/by-id")
		s.point("aside/by-id/tty", s.real)
		if err := os.Rename(filepath.Join(s.root, "aside"), filepath.Join(s.root, "serial")); err != nil {
			s.t.Fatal(err)
		}
	},
	"folder is a link made last": func(s stage) {
		s.mkdir("aside/by-id")
		s.point("aside/by-id/tty", s.real)
		s.point("serial", "aside")
	},
	"folders go and come": func(s stage) {
		for range 3 {
			s.mkdir("serial/by-id")
			if err := os.RemoveAll(filepath.Join(s.root, "serial")); err != nil {
				s.t.Fatal(err)
			}
		}
		s.mkdir("serial/by-id")
		s.point("serial/by-id/tty", s.real)
	},
	"target of a dangling link": func(s stage) {
		s.mkdir("serial/by-id")
		s.point("serial/by-id/tty", "../../later/tty")
		s.mkdir("later")
		s.point("later/tty", s.real)
	},
}

func TestLineAppears(t *testing.T) {
	for name, appear := range appearances {
		t.Run(name, func(t *testing.T) {
			best := time.Hour
			for try := 0; try < 3 && best > 200*time.Millisecond; try++ { // this machine may have much else to do
				best = min(best, appears(t, appear))
			}
			if best > 200*time.Millisecond {
				t.Errorf("up after %v", best)
			}
		})
	}
}

// appears is how long it takes a line to be up.
func appears(t *testing.T, appear func(s stage)) time.Duration {
	t.Helper()
	p := newPTY(t)
	root := t.TempDir()
	s := stage{t, root, filepath.Join(root, "serial", "by-id", "tty"), p.path}
	r := newRig(t, noSys(t), "a="+s.link)
	r.expect(0, false, event.LineMissing)
	appear(s)
	began := time.Now()
	r.expectUp(event.LineOpened)
	took := time.Since(began)
	r.beat(0, p)
	return took
}
