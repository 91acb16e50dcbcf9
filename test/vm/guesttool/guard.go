package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"vlpd/liveness"
)

// guard is the least observer that has a hardware watchdog: a loop that turns
// when it is asked. SIGTERM is a clean stop; after SIGUSR1 the loop hears
// nothing more, as if it were wedged.
func guard(device string) error {
	rings := make(chan struct{}, 1)
	ring := func() {
		select {
		case rings <- struct{}{}:
		default:
		}
	}
	say := func(_ liveness.Level, text string) { fmt.Println(text) }
	k, err := liveness.Start(liveness.Options{HWPath: device, Ring: ring, Say: say, Grace: time.Second})
	if err != nil {
		return err
	}
	h := k.Hardware()
	fmt.Printf("guard options %#x bootstatus %#x\n", h.Options, h.BootStatus)
	heard := make(chan os.Signal, 2)
	signal.Notify(heard, syscall.SIGTERM, syscall.SIGUSR1)
	begun := time.Now()
	for turn := uint64(1); ; turn++ {
		k.Answer(turn, int64(time.Since(begun)))
		select {
		case <-rings:
		case sig := <-heard:
			if sig == syscall.SIGUSR1 {
				fmt.Println("guard deaf")
				<-heard
			}
			k.Stopping()
			k.Close()
			return nil
		}
	}
}
