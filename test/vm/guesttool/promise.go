package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// promise is what the metrics page says about the log.
type promise struct{ records, synced uint64 }

// readPromise makes one scrape of the observer's metrics page.
func readPromise(addr string) (promise, error) {
	page, err := get(addr)
	if err != nil {
		return promise{}, err
	}
	records, err1 := sample(page, "varta_log_records_total")
	synced, err2 := sample(page, "varta_log_synced_records_total")
	if err1 != nil {
		return promise{}, err1
	}
	return promise{records, synced}, err2
}

func get(addr string) ([]byte, error) {
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", addr); err != nil {
		return nil, err
	}
	return io.ReadAll(c)
}

// sample finds the value of an unlabelled metric.
func sample(page []byte, name string) (uint64, error) {
	for line := range bytes.Lines(page) {
		if value, ok := bytes.CutPrefix(line, []byte(name+" ")); ok {
			f, err := strconv.ParseFloat(string(bytes.TrimSpace(value)), 64)
			return uint64(f), err
		}
	}
	return 0, fmt.Errorf("no %s among %d bytes of metrics", name, len(page))
}
