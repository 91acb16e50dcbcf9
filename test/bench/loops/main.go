// Command loops compares ways to wait for beats: what docs/decisions/0001
// decided on, measured. Each variant is a process that receives and counts,
// and nothing else; all get the same agents, in turn, several rounds, because
// only ratios from one interleaved run mean anything on a shared machine.
//
//	go run ./test/bench/loops [-rounds 3] [-agents 256] [-frames 20]
//
// It needs a C compiler for the load generator, and root for the variants with
// a raised queue limit: net.unix.max_dgram_qlen is raised while their socket
// is made and put back at once.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// periodUS is the agents' heartbeat: ten a second, phases spread.
const periodUS = 100000

func main() {
	rounds := flag.Int("rounds", 3, "rounds; medians are printed")
	agents := flag.Int("agents", 256, "processes that beat")
	frames := flag.Int("frames", 20, "beats of each, ten a second")
	variant := flag.String("receive", "", "be this variant, for ourselves")
	flag.Parse()
	if *variant != "" {
		receive(*variant, flag.Arg(0))
		return
	}
	if err := compare(*rounds, *agents, *frames); err != nil {
		fmt.Fprintln(os.Stderr, "loops:", err)
		os.Exit(1)
	}
}

// compare runs all variants in turn and prints the medians.
func compare(rounds, agents, frames int) error {
	dir, err := os.MkdirTemp("", "vlpd-loops-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	senders := filepath.Join(dir, "senders")
	if out, err := exec.Command("cc", "-O2", "-o", senders, "test/peer/senders.c").CombinedOutput(); err != nil {
		return fmt.Errorf("cc: %w: %s", err, out)
	}
	runs := map[string][]run{}
	for range rounds {
		for _, v := range variants {
			r, err := one(v.name, filepath.Join(dir, "s"), senders, agents, frames)
			if err != nil {
				return fmt.Errorf("variant %s: %w", v.name, err)
			}
			runs[v.name] = append(runs[v.name], r)
		}
	}
	fmt.Printf("%d agents, 10 beats a second each, %d rounds of %d beats, medians\n\n", agents, rounds, agents*frames)
	fmt.Printf("%-3s %-52s %9s %6s %10s %8s\n", "", "", "CPU us", "ratio", "beats", "lost")
	fmt.Printf("%-3s %-52s %9s %6s %10s %8s\n", "", "", "a beat", "to A", "a wake-up", "")
	base := median(runs[variants[0].name], func(r run) float64 { return r.us() })
	for _, v := range variants {
		us := median(runs[v.name], run.us)
		fmt.Printf("%-3s %-52s %9.2f %6.2f %10.1f %7.1f%%\n", v.name, v.about, us, us/base,
			median(runs[v.name], run.perWake), 100*median(runs[v.name], run.lost))
	}
	return nil
}

// run is what one process of a variant received and used.
type run struct {
	cpuNS, beats, wakes, refused int64
}

func (r run) us() float64      { return float64(r.cpuNS) / 1e3 / float64(max(r.beats, 1)) }
func (r run) perWake() float64 { return float64(r.beats) / float64(max(r.wakes, 1)) }
func (r run) lost() float64    { return float64(r.refused) / float64(max(r.beats+r.refused, 1)) }

func median(runs []run, of func(run) float64) float64 {
	var all []float64
	for _, r := range runs {
		all = append(all, of(r))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// one lets all agents beat at one receiver.
func one(variant, socket, senders string, agents, frames int) (r run, err error) {
	os.Remove(socket)
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	receiver, said, err := start(exec.Command(self, "-receive", variant, socket))
	if err != nil {
		return r, err
	}
	defer receiver.Wait()
	defer receiver.Process.Kill()
	if !said.Scan() {
		return r, fmt.Errorf("the receiver did not start")
	}
	load := exec.Command(senders, socket, fmt.Sprint(agents), fmt.Sprint(frames), "pace", fmt.Sprint(periodUS))
	begin, err := load.StdinPipe()
	if err != nil {
		return r, err
	}
	load, told, err := start(load)
	if err != nil {
		return r, err
	}
	defer load.Wait()
	defer begin.Close()
	if !told.Scan() {
		return r, fmt.Errorf("no senders")
	}
	before := cpuNS(receiver.Process.Pid)
	fmt.Fprintln(begin)
	for told.Scan() && told.Text() != "drained" {
		var sent int64
		fmt.Sscanf(told.Text(), "sent %d refused %d", &sent, &r.refused)
	}
	r.cpuNS = cpuNS(receiver.Process.Pid) - before
	receiver.Process.Signal(syscall.SIGTERM)
	if !said.Scan() {
		return r, fmt.Errorf("the receiver told no count")
	}
	_, err = fmt.Sscan(said.Text(), &r.beats, &r.wakes)
	return r, err
}

func start(c *exec.Cmd) (*exec.Cmd, *bufio.Scanner, error) {
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	c.Stderr = os.Stderr
	return c, bufio.NewScanner(out), c.Start()
}

// cpuNS is the time all threads of a process spent on a CPU, as the scheduler
// counts it; proc(5), schedstat.
func cpuNS(pid int) (total int64) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, path := range tasks {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that has just ended
		}
		var ns int64
		fmt.Sscan(strings.TrimSpace(string(b)), &ns)
		total += ns
	}
	return total
}
