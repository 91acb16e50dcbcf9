package demo

import (
	"strings"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/metrics"
)

// scrapeSeconds bounds one look at /metrics.
const scrapeSeconds = 10

// scrape reads the page as a simple client does and returns its sample rows.
func scrape(addr string) ([]string, error) {
	where, err := metrics.ParseAddr(addr)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, lean.SyscallError("socket", err)
	}
	defer unix.Close(fd)
	limit := unix.Timeval{Sec: scrapeSeconds}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		return nil, lean.SyscallError("setsockopt SO_RCVTIMEO", err)
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(where.Port), Addr: [4]byte(where.IP[12:])}); err != nil {
		return nil, lean.SyscallError("connect", err)
	}
	if _, err := unix.Write(fd, []byte("GET /metrics HTTP/1.0\r\n\r\n")); err != nil {
		return nil, lean.SyscallError("write", err)
	}
	answer, buf := "", make([]byte, 16<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err == unix.EINTR { // we were stopped and continued
			continue
		}
		if n <= 0 || err != nil {
			break
		}
		answer += string(buf[:n])
	}
	lines := lean.Split(strings.TrimSuffix(answer, "\n"), '\n')
	head := lines[0]
	if !strings.HasPrefix(head, "HTTP/1.1 200 ") {
		return nil, lean.New("not a page: " + lean.Quote(head))
	}
	for i, line := range lines {
		if line == "\r" {
			return lines[i+1:], nil
		}
	}
	return nil, lean.New("a page without a body")
}
