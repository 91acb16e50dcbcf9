package metrics

import "strconv"

// status is an answer, in the order of the table below.
type status uint8

const (
	ok status = iota
	badRequest
	unauthorized
	notFound
	badMethod
	timedOut
	headTooLong
	badVersion
	statuses
)

// Statuses is how many kinds of answer there are; StatusCodes names them.
const Statuses = int(statuses)

// StatusCodes are the texts of the answers' codes, for a label.
var StatusCodes = [Statuses]string{"200", "400", "401", "404", "405", "408", "431", "505"}

// answer is a refusal ready to be sent; a HEAD request gets the head alone.
type answer struct{ head, body string }

const (
	closing = "Connection: close\r\n"
	empty   = "Content-Length: 0\r\n" + closing + "\r\n"
)

var answers = [statuses]answer{
	badRequest:   {head: "HTTP/1.1 400 Bad Request\r\n" + empty},
	unauthorized: {head: "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"varta\"\r\n" + empty},
	notFound: {
		head: "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 27\r\n" + closing + "\r\n",
		body: "metrics are under /metrics\n",
	},
	badMethod:   {head: "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n" + empty},
	timedOut:    {head: "HTTP/1.1 408 Request Timeout\r\n" + empty},
	headTooLong: {head: "HTTP/1.1 431 Request Header Fields Too Large\r\n" + empty},
	badVersion:  {head: "HTTP/1.1 505 HTTP Version Not Supported\r\n" + empty},
}

// pageHead is what every answer with a page begins with.
const pageHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n" + closing

// A connection's buffer, once its request is read:
//
//	0          headRoom                      slotBytes-tailRoom   slotBytes
//	|  ← head, | part of the page            |  end of chunk,      |
//	|  chunk   |                             |  last chunk         |
//	|  size    |                             |                     |
//
// The head is put right before the part, so that one send takes all.
const (
	slotBytes = 64 << 10
	headRoom  = 256
	tailRoom  = 16
	bodyEnd   = slotBytes - tailRoom
)

// framing is how the client learns where the page ends.
type framing uint8

const (
	framingNone   framing = iota // nothing sent yet
	framingLength                // Content-Length
	framingChunks                // HTTP/1.1
	framingClose                 // HTTP/1.0: the end of the stream
)

// frame surrounds the part of a page in buf[headRoom:end] with what has to go
// with it, and returns the limits of the whole. It is told whether this is the
// page's last part and remembers in f what it chose for the first.
func frame(buf []byte, end int, last, http10 bool, f *framing) (from, to int) {
	first := *f == framingNone
	if first {
		*f = choose(last, http10)
	}
	size := end - headRoom
	head := buf[:0:headRoom]
	if first {
		head = append(head, pageHead...)
		switch *f {
		case framingLength:
			head = append(strconv.AppendInt(append(head, "Content-Length: "...), int64(size), 10), "\r\n"...)
		case framingChunks:
			head = append(head, "Transfer-Encoding: chunked\r\n"...)
		}
		head = append(head, "\r\n"...)
	}
	if *f == framingChunks {
		if size > 0 { // a chunk of no bytes would end the page
			head = append(strconv.AppendInt(head, int64(size), 16), "\r\n"...)
			end += copy(buf[end:], "\r\n")
		}
		if last {
			end += copy(buf[end:], "0\r\n\r\n")
		}
	}
	from = headRoom - len(head)
	copy(buf[from:headRoom], head)
	return from, end
}

func choose(last, http10 bool) framing {
	switch {
	case last:
		return framingLength
	case http10:
		return framingClose
	}
	return framingChunks
}
