// Guesttool is what the tests run inside the ARM machine beside vlpd.
//
//	guesttool load SOCKET IP:PORT PERIOD FIRST [COUNT]
//	guesttool verify LOG
//	guesttool follow FILE... [/dev/PREFIX*]
//	guesttool guard DEVICE
//	guesttool ready SOCKET
//	guesttool crowd SOCKET PERIOD COUNT PID...
//
// Load beats every PERIOD with the nonces FIRST, FIRST+1, …, each frame's
// payload equal to its nonce, and meanwhile reads the observer's metrics page
// in a loop. Each time the count of synced rows has grown it prints
//
//	synced N
//
// which is the promise that the host holds against what it finds after a power
// cut. With a COUNT it ends when so many beats are sent and as many rows were
// handed to the log.
//
// Verify reads every generation of an event log, oldest first, and prints what
// it found on one line; see verify.go for what counts as what.
//
// Follow prints the lines of files as they come, and tells of device nodes:
// "node NAME NS" with the wall clock time at which it was made, "gone NAME".
//
// Guard keeps a hardware watchdog; see guard.go. Ready tells when the observer
// says that it is ready; see ready.go. Crowd beats for many processes; see
// crowd.go.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "guesttool:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "verify":
		found, err := verify(args[1])
		if err == nil {
			fmt.Println(found)
		}
		return err
	case len(args) >= 2 && args[0] == "follow":
		return follow(args[1:])
	case len(args) == 2 && args[0] == "guard":
		return guard(args[1])
	case len(args) == 2 && args[0] == "ready":
		return ready(args[1])
	case len(args) >= 5 && args[0] == "crowd":
		period, numbers, err := timing(args[2:])
		if err != nil {
			return err
		}
		return crowd(args[1], period, numbers[0], numbers[1:])
	case len(args) < 5 || len(args) > 6 || args[0] != "load":
		return errors.New("usage: guesttool load SOCKET IP:PORT PERIOD FIRST [COUNT] | verify LOG | follow FILE... [/dev/PREFIX*]" +
			" | crowd SOCKET PERIOD COUNT PID... | guard DEVICE | ready SOCKET")
	}
	period, numbers, err := timing(args[3:])
	if err != nil {
		return err
	}
	return load(args[1], args[2], period, numbers[0], append(numbers, 0)[1])
}

// timing reads a period and the numbers behind it.
func timing(words []string) (period time.Duration, numbers []uint64, err error) {
	if period, err = time.ParseDuration(words[0]); err != nil {
		return 0, nil, err
	}
	for _, text := range words[1:] {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return 0, nil, err
		}
		numbers = append(numbers, n)
	}
	return period, numbers, nil
}
