// Udpload sends beats over UDP at a given rate, all made in advance, so that
// the sender's cost is that of sending.
//
//	udpload ADDR KEY|- RATE SECONDS
//
// KEY is 64 hex digits, and frames are sealed with it; "-" sends plain ones.
// It prints how many it sent, and in how many seconds.
package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"vlpd/vlp"
)

const agents = 50

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "udpload:", err)
		os.Exit(1)
	}
}

func run(argv []string) error {
	if len(argv) != 4 {
		return fmt.Errorf("expected ADDR KEY|- RATE SECONDS, got %q", argv)
	}
	rate, err := strconv.Atoi(argv[2])
	if err != nil {
		return err
	}
	seconds, err := strconv.Atoi(argv[3])
	if err != nil {
		return err
	}
	datagrams, err := datagramsOf(argv[1], rate*seconds)
	if err != nil {
		return err
	}
	c, err := net.Dial("udp", argv[0])
	if err != nil {
		return err
	}
	fmt.Println("ready")
	var line string
	fmt.Scanln(&line)
	start := time.Now()
	for i, d := range datagrams {
		if _, err := c.Write(d); err != nil {
			return err
		}
		if i%64 == 0 { // as many as are due by now, and no more
			for time.Since(start) < time.Duration(i)*time.Second/time.Duration(rate) {
			}
		}
	}
	fmt.Println(len(datagrams), time.Since(start).Seconds())
	return nil
}

// datagramsOf makes n datagrams of some agents in turn.
func datagramsOf(key string, n int) ([][]byte, error) {
	out := make([][]byte, n)
	k, err := hex.DecodeString(key)
	if key != "-" && err != nil {
		return nil, err
	}
	for i := range out {
		f := vlp.Frame{PID: uint32(1000 + i%agents), Nonce: uint64(1 + i/agents), Timestamp: uint64(i)}
		out[i] = vlp.Append(nil, &f)
		if key == "-" {
			continue
		}
		aead, err := chacha20poly1305.New(k)
		if err != nil {
			return nil, err
		}
		nonce := binary.LittleEndian.AppendUint64(nil, uint64(f.PID))
		nonce = binary.LittleEndian.AppendUint32(nonce, uint32(f.Nonce))
		out[i] = aead.Seal(nonce, nonce, out[i], nil)
	}
	return out, nil
}
