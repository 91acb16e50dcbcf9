package observer

import (
	"io"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/recovery"
	"vlpd/sink"
	"vlpd/vlp"
)

// scrapeLoop reads whole pages, one after the other.
func scrapeLoop(b *testing.B, r *rig, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		c, err := net.Dial("tcp", r.o.loop.server.Addr().String())
		if err != nil {
			return
		}
		io.WriteString(c, "GET /metrics HTTP/1.1\r\n\r\n")
		io.Copy(io.Discard, c)
		c.Close()
	}
}

// recovered is how many agents of the other line fall silent in one instant, for
// each of which a command is started.
const recovered = 300

// fallSilent has them beat once, all with a threshold in the midst of the others'.
func fallSilent(b *testing.B, r *rig, stop <-chan struct{}) {
	eventuallyUp(b, r) // what comes before is flushed
	var wire []byte
	for id := range recovered {
		wire = vlp.Append(wire, &vlp.Frame{PID: uint32(lateClasses*(100+id) + lateClasses/2), Nonce: 1})
	}
	for len(wire) > 0 { // a tty takes 4 KiB at a time
		n, err := unix.Write(r.other, wire)
		if err != nil {
			b.Error(err)
			return
		}
		wire = wire[n:]
	}
	counts := r.o.loop.recover.table.Counts()
	<-stop
	if n := counts.Outcomes[recovery.Spawned]; n != recovered {
		b.Errorf("%d of %d commands started", n, recovered)
	}
}

// babble writes garbage that looks like the starts of frames, without a pause.
func babble(b *testing.B, r *rig, stop <-chan struct{}) {
	junk := make([]byte, 4096)
	for i := range junk {
		junk[i] = "VA\x02\x00"[i%4]
	}
	unix.SetNonblock(r.other, true)
	for {
		select {
		case <-stop:
			return
		default:
			if _, err := unix.Write(r.other, junk); err != nil {
				poll := []unix.PollFd{{Fd: int32(r.other), Events: unix.POLLOUT}}
				unix.Poll(poll, 10)
			}
		}
	}
}

// frozenFS is this machine's file system with an fdatasync that hangs.
func frozenFS() (sink.FS, func()) {
	gate := make(chan struct{})
	return hangingFS{sink.OS, gate}, func() { close(gate) }
}

type hangingFS struct {
	sink.FS
	gate chan struct{}
}

func (h hangingFS) OpenFile(p sink.Path, create bool) (sink.File, error) {
	f, err := h.FS.OpenFile(p, create)
	if err != nil {
		return nil, err
	}
	return hangingFile{f, h.gate}, nil
}

type hangingFile struct {
	sink.File
	gate chan struct{}
}

func (h hangingFile) Fdatasync() error {
	<-h.gate
	return h.File.Fdatasync()
}
