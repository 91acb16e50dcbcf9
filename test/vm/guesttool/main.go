// Guesttool is what the tests run inside the ARM machine beside vlpd.
//
//	guesttool load SOCKET IP:PORT PERIOD FIRST [COUNT]
//	guesttool verify LOG
//	guesttool follow LOG NODE
//	guesttool guard DEVICE
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
// Follow prints the rows of a log as they come, and "node NS" with the wall
// clock time at which a device node was made, each time it appears.
//
// Guard keeps a hardware watchdog; see guard.go.
package main

import (
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
	case len(args) == 3 && args[0] == "follow":
		return follow(args[1], args[2])
	case len(args) == 2 && args[0] == "guard":
		return guard(args[1])
	case len(args) < 5 || len(args) > 6 || args[0] != "load":
		return fmt.Errorf("usage: guesttool load SOCKET IP:PORT PERIOD FIRST [COUNT] | verify LOG | follow LOG NODE | guard DEVICE")
	}
	period, err := time.ParseDuration(args[3])
	if err != nil {
		return err
	}
	numbers := []uint64{0, 0}
	for i, text := range args[4:] {
		if numbers[i], err = strconv.ParseUint(text, 10, 32); err != nil {
			return err
		}
	}
	return load(args[1], args[2], period, numbers[0], numbers[1])
}
