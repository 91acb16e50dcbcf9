package demo

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/args"
	"vlpd/lean"
)

const (
	// startMillis bounds the wait for the line that says where /metrics is.
	startMillis = 10_000

	// stopWithin bounds the wait for the observer's end after SIGTERM.
	stopWithin = 10 * time.Second

	stderr = uintptr(2) // for children that share ours
)

// observer is this binary, running as it does in the field.
type observer struct {
	pid     int
	metrics string     // address of /metrics
	ended   chan error // gets the exit, once
	gone    bool
}

func startObserver(s *scene) (*observer, error) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return nil, lean.SyscallError("pipe2", err)
	}
	defer unix.Close(pipe[0])
	pid, err := s.launch(uintptr(pipe[1]))
	unix.Close(pipe[1])
	if err != nil {
		return nil, err
	}
	o := &observer{pid: pid, ended: make(chan error, 1)}
	go func() { o.ended <- lean.Wait(pid) }()
	if o.metrics, err = firstLine(pipe[0]); err != nil {
		if end := <-o.ended; end != nil {
			err = end
		}
		o.gone = true
		why, _ := lean.ReadText(s.path(errFile))
		return nil, lean.Mark("the observer did not start: "+err.Error()+"\n"+why, err)
	}
	return o, nil
}

// errFile takes what the observer says on stderr.
const errFile = "observer.err"

func (s *scene) launch(stdout uintptr) (pid int, err error) {
	path := s.path(errFile)
	said, err := unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return 0, lean.PathError("open", path, err)
	}
	defer unix.Close(said)
	return startSelf(stdout, uintptr(said), "--socket", s.path("beats.sock"),
		"--serial", "bus="+s.device.path+",115200",
		"--threshold-ms", strconv.FormatInt(s.threshold().Milliseconds(), 10),
		"--export-file", s.path("events.log"), "--export-file-sync-every", "100",
		"--prom-addr", "127.0.0.1:0", "--prom-anonymous", "--log-format", "text",
		"--shutdown-after-secs", strconv.FormatInt(int64(s.outlive()/time.Second), 10))
}

// startSelf starts this binary anew, without stdin. In the child the link
// leads to the same file, even if it was replaced or removed meanwhile.
func startSelf(stdout, stderr uintptr, argv ...string) (pid int, err error) {
	return lean.Start("/proc/self/exe", append([]string{"vlpd"}, argv...), lean.Closed, stdout, stderr)
}

// firstLine reads one line; the pipe ends early if the observer does.
func firstLine(fd int) (string, error) {
	line, buf := "", make([]byte, 128)
	for {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(ready, startMillis)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return "", lean.SyscallError("poll", err)
		}
		if n == 0 {
			return "", lean.New("it said nothing in time")
		}
		n, err = unix.Read(fd, buf)
		if err != nil || n == 0 {
			return "", lean.New("its stdout ended")
		}
		line += string(buf[:n])
		if head, _, ok := lean.Cut(line, '\n'); ok {
			return head, nil
		}
	}
}

// stop ends it as an init script does.
func (o *observer) stop() error {
	if o.gone {
		return nil
	}
	o.gone = true
	if err := unix.Kill(o.pid, unix.SIGTERM); err != nil {
		return lean.SyscallError("kill", err)
	}
	select {
	case err := <-o.ended:
		return err
	case <-lean.NewAlarm(stopWithin).C:
		unix.Kill(o.pid, unix.SIGKILL)
		return lean.New("still there " + args.SpanText(stopWithin) + " after SIGTERM")
	}
}
