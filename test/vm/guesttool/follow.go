package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// follow copies the lines that are added to files, and tells of the nodes that
// a pattern like /dev/ttyUSB* matches. It ends only with an error; the files
// need not exist yet.
func follow(words []string) error {
	var logs []*tail
	for _, w := range words {
		prefix, isPattern := strings.CutSuffix(w, "*")
		if !isPattern {
			logs = append(logs, &tail{path: w})
		} else if err := watchNodes(prefix); err != nil {
			return err
		}
	}
	for ; ; time.Sleep(5 * time.Millisecond) {
		for _, l := range logs {
			if err := l.more(); err != nil {
				return err
			}
		}
	}
}

// tail is a file that grows; half a line is kept until it is whole.
type tail struct {
	path string
	file *os.File
	rest []byte
}

func (t *tail) more() (err error) {
	if t.file == nil {
		if t.file, err = os.Open(t.path); err != nil {
			t.file = nil
			return nil
		}
	}
	added, err := io.ReadAll(t.file)
	if t.rest = append(t.rest, added...); err != nil {
		return err
	}
	end := bytes.LastIndexByte(t.rest, '\n') + 1
	say(string(t.rest[:end]))
	t.rest = t.rest[end:]
	return nil
}

var saying sync.Mutex

// say writes whole lines, from whichever goroutine.
func say(lines string) {
	saying.Lock()
	defer saying.Unlock()
	os.Stdout.WriteString(lines)
}

// watchNodes tells of each node that is there or appears, "node NAME NS" with
// the wall clock time at which it was made, and of each that goes, "gone NAME".
func watchNodes(prefix string) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return err
	}
	if _, err := unix.InotifyAddWatch(fd, filepath.Dir(prefix), unix.IN_CREATE|unix.IN_DELETE); err != nil {
		return err
	}
	there, err := filepath.Glob(prefix + "*")
	for _, path := range there {
		tellNode(path)
	}
	go func() {
		for buf := make([]byte, 16<<10); ; {
			n, err := unix.Read(fd, buf)
			if err != nil {
				say(fmt.Sprintln("follow:", err))
				return
			}
			nodeEvents(buf[:n], prefix)
		}
	}()
	return err
}

// nodeEvents goes through what one read(2) of inotify(7) gave.
func nodeEvents(b []byte, prefix string) {
	for len(b) >= unix.SizeofInotifyEvent {
		ev := (*unix.InotifyEvent)(unsafe.Pointer(&b[0]))
		end := unix.SizeofInotifyEvent + int(ev.Len)
		name := string(bytes.TrimRight(b[unix.SizeofInotifyEvent:end], "\x00"))
		path := filepath.Join(filepath.Dir(prefix), name)
		switch {
		case !strings.HasPrefix(path, prefix):
		case ev.Mask&unix.IN_CREATE != 0:
			tellNode(path)
		default:
			say("gone " + name + "\n")
		}
		b = b[end:]
	}
}

// tellNode: a tty's node is made once, and neither opening nor reading changes
// its ctime, which is the kernel's time of the last tick: a few ms too early.
func tellNode(path string) {
	if info, err := os.Stat(path); err == nil {
		made := syscall.TimespecToNsec(info.Sys().(*syscall.Stat_t).Ctim)
		say(fmt.Sprintf("node %s %d\n", filepath.Base(path), made))
	}
}
