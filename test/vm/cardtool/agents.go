package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

// burstFrames is what SIGUSR1 sends at once: more rows than the rings of the
// log hold.
const burstFrames = 10000

// slack is how exactly a process of a loaded, emulated machine knows when a
// beat of its own arrives.
const slack = 60 * time.Millisecond

// crowd is agents that beat, and of whom one after the other falls silent. Its
// processes only sleep; it beats in their names, as root may.
type crowd struct {
	socks   []*net.UnixConn
	agents  []agent
	every   time.Duration // between two beats of an agent
	silent  time.Duration // how long each silence lasts; 0: nobody falls silent
	limit   time.Duration // silences are to be longer than this
	whose   int           // turn it is to fall silent; never the first's
	resting bool          // that one is silent
	until   time.Time     // the silence, or the time to the next
	behind  time.Duration // how long this process could not run, in all

	sent         uint64 // to each socket
	gaps, unsure int    // silences longer than limit, and those that may have been
}

type agent struct {
	proc   *exec.Cmd
	creds  []byte
	nonce  uint64
	next   time.Time
	last   time.Time     // begin of the last send
	behind time.Duration // the crowd's, then
}

// agents beats until SIGTERM. It prints "silence N" whenever another silence is
// over, "burst" when SIGUSR1 has had one sent, and when SIGUSR2 has ended all
// silences, what there were,
//
//	calm silences=N unsure=N
//
// and at the end
//
//	agent PID NONCE
//	sent=N
//
// silent and limit are the crowd's; sockets are separated by commas.
func agents(sockets string, n int, every, silent, limit time.Duration) error {
	c := crowd{every: every, silent: silent, limit: limit, whose: 1}
	for path := range strings.SplitSeq(sockets, ",") {
		s, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
		if err != nil {
			return err
		}
		c.socks = append(c.socks, s)
	}
	defer c.end()
	for range n {
		proc := exec.Command("sleep", "100000")
		if err := proc.Start(); err != nil {
			return err
		}
		creds := unix.UnixCredentials(&unix.Ucred{Pid: int32(proc.Process.Pid), Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())})
		c.agents = append(c.agents, agent{proc: proc, creds: creds})
	}
	begun := time.Now()
	for i := range c.agents {
		c.agents[i].next = begun.Add(every * time.Duration(i) / time.Duration(n)) // evenly over the period
	}
	c.until = begun.Add(every + limit/2)
	heard := make(chan os.Signal, 4)
	signal.Notify(heard, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2)
	return c.run(heard)
}

func (c *crowd) run(heard chan os.Signal) error {
	for {
		if err := c.turn(); err != nil {
			return err
		}
		due := c.due()
		select {
		case <-time.After(time.Until(due)):
			if late := time.Since(due); late > slack/2 {
				c.behind += late
			}
		case sig := <-heard:
			if sig == syscall.SIGTERM {
				c.report()
				return nil
			}
			if err := c.told(sig); err != nil {
				return err
			}
		}
	}
}

func (c *crowd) told(sig os.Signal) error {
	if sig == syscall.SIGUSR2 {
		return c.calm()
	}
	for range burstFrames {
		if err := c.beat(&c.agents[0]); err != nil {
			return err
		}
	}
	fmt.Println("burst")
	return nil
}

// calm ends the silence under way, and none follows: what the observer counts
// from now on is what is printed here.
func (c *crowd) calm() (err error) {
	if c.resting {
		back := &c.agents[c.whose]
		back.next = time.Now().Add(c.every)
		err = c.beat(back)
	}
	c.resting, c.silent = false, 0
	fmt.Printf("calm silences=%d unsure=%d\n", c.gaps, c.unsure)
	return err
}

// turn lets those beat whose time has come, and ends or begins a silence.
func (c *crowd) turn() error {
	now := time.Now()
	for i := range c.agents {
		a := &c.agents[i]
		if c.resting && i == c.whose || a.next.After(now) {
			continue
		}
		if err := c.beat(a); err != nil {
			return err
		}
		a.next = a.next.Add(c.every)
	}
	if c.silent == 0 || now.Before(c.until) {
		return nil
	}
	if c.resting = !c.resting; c.resting {
		c.until = now.Add(c.silent)
		return nil
	}
	back := &c.agents[c.whose]
	c.whose = max((c.whose+1)%len(c.agents), 1)
	c.until, back.next = now.Add(c.every), now.Add(c.every)
	err := c.beat(back)
	fmt.Println("silence", c.gaps+c.unsure)
	return err
}

// due is when the next turn must be.
func (c *crowd) due() time.Time {
	at := c.agents[0].next
	for i := range c.agents {
		if a := &c.agents[i]; (!c.resting || i != c.whose) && a.next.Before(at) {
			at = a.next
		}
	}
	if c.silent > 0 && c.until.Before(at) {
		at = c.until
	}
	return at
}

// beat sends one frame to every socket and waits for room.
func (c *crowd) beat(a *agent) error {
	a.nonce++
	now := time.Now()
	if gap, behind := now.Sub(a.last), c.behind-a.behind; !a.last.IsZero() && gap > c.limit-slack {
		if gap-behind > c.limit+slack {
			c.gaps++
		} else {
			c.unsure++ // the observer may not have run either
		}
	}
	a.last, a.behind = now, c.behind
	frame := vlp.Append(nil, &vlp.Frame{PID: uint32(a.proc.Process.Pid), Nonce: a.nonce, Timestamp: a.nonce, Payload: uint32(a.nonce)})
	for _, s := range c.socks {
		if err := send(s, frame, a.creds); err != nil {
			return err
		}
	}
	c.sent++
	return nil
}

// send waits for room. Package net has no way to send credentials over a
// connected datagram socket.
func send(s *net.UnixConn, frame, creds []byte) error {
	raw, err := s.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Write(func(fd uintptr) bool {
		sent = unix.Sendmsg(int(fd), frame, creds, nil, 0)
		return sent != unix.EAGAIN
	})
	if err != nil {
		return err
	}
	return sent
}

func (c *crowd) report() {
	for i := range c.agents {
		fmt.Println("agent", c.agents[i].proc.Process.Pid, c.agents[i].nonce)
	}
	fmt.Printf("sent=%d\n", c.sent)
}

func (c *crowd) end() {
	for i := range c.agents {
		c.agents[i].proc.Process.Kill()
		c.agents[i].proc.Wait()
	}
}
