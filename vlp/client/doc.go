// Package client beats: it tells vlpd, or any other observer of the Varta
// Lifeline Protocol, that this program is alive.
//
//	c, err := client.Dial("/run/vlpd/vlpd.sock")
//	if err != nil {
//		log.Fatal(err) // a mistake in the call; an absent observer is none
//	}
//	defer c.Close()
//	defer c.OnPanic()
//	...
//	c.Beat(client.OK, 0) // wherever a piece of work was done
//
// A beat is one write(2) of 32 bytes to a socket that never blocks, and
// allocates nothing. Nothing that the observer does, or does not, slows the
// program down or ends it: a beat that could not be sent is dropped, Beat says
// why, and the next one tries again. A client may be used by many goroutines.
//
// # What a beat proves
//
// Only that the goroutine which sent it ran. A ticker in a goroutine of its own
// goes on beating while everything else hangs in a lock, and then the observer
// sees a healthy program: the mistake that makes most watchdogs useless. So
// beat from the loop that does the work, or, where there are several or where
// work comes in irregularly, use a Watchdog: each worker has a Task that it
// advances, and there are beats only while every task advances in time.
// Client.Run beats at an interval by itself and proves no more than that the
// process is scheduled; what it is given as say should look at the work.
//
// # Sources
//
//	Dial       the observer's Unix datagram socket; the kernel proves whose
//	           process we are
//	DialUDP    UDP, plain, or sealed WithKey or WithMasterKey
//	NewWriter  a serial line, or whatever else takes bytes; plain or sealed
//
// On a Unix socket the observer believes a frame only if the process id in it is
// the sender's as the observer sees it: a program in a PID namespace of its own
// is refused there, unless the observer allows it.
//
// # The life of a client
//
// The first beat has nonce 1, each that was sent one more. A client stands for
// this process until Close; the protocol has no word for a clean end, so a
// program that stops beating for good is a stall after its threshold, and where
// the observer is on the same machine also an exit. When the observer is
// restarted the client connects again by itself, and goes on where it was.
//
// OnPanic tells the observer of a panic, in a frame that is the last of a
// session (status critical, nonce 2^64-1), and lets the panic go on. It sees
// those of its own goroutine only, so goroutines need it too; Client.Go starts
// them with it. No hook sees os.Exit, log.Fatal, or what the runtime calls
// fatal (concurrent map writes, no memory left): there the silence tells.
//
// # Not Linux
//
// The package builds everywhere, so that programs do. Off Linux only NewWriter
// works; the others return errors.ErrUnsupported.
package client
