package metrics

import (
	"strconv"
	"strings"
)

var (
	testToken = [TokenBytes]byte{0: 0xab, 7: 0xcd, 31: 0xef}
	testHex   = "ab000000000000cd" + strings.Repeat("0", 46) + "ef"
	bearing   = "Authorization: Bearer " + testHex + "\r\n"
	wantToken = Options{Auth: Bearer(testToken), NewPage: smallPage}
	noToken   = Options{Auth: Anonymous(), NewPage: smallPage}
)

const smallText = "# HELP up Is it?\n# TYPE up gauge\nup 1\n"

func smallPage() Page {
	f := Family{"up", "Is it?", Gauge}
	return NewPage(nil, func(dst []byte, _ int) ([]byte, int) { return Sample(f.AppendHead(dst), f.Name).Uint(1), Done })
}

// agentFamilies are as many as a big observer has rows for each agent.
var agentFamilies = [7]Family{
	{"varta_beats_total", "Total accepted beats per agent pid.", Counter},
	{"varta_stalls_total", "Total observer-detected stalls per agent pid.", Counter},
	{"varta_status", "Last reported status.", Gauge},
	{"varta_agent_up", "Whether the agent is alive.", Gauge},
	{"varta_agent_last_beat_timestamp_seconds", "When the agent beat last.", Gauge},
	{"varta_agent_threshold_seconds", "Silence that is a stall.", Gauge},
	{"varta_agent_restarts_total", "Sessions after the first.", Counter},
}

// agentPage has n agents in each of the families.
func agentPage(n int) func() Page {
	return func() Page {
		var sections []Section
		for i := range agentFamilies {
			sections = append(sections, agentSection(&agentFamilies[i], n))
		}
		return NewPage(nil, sections...)
	}
}

const agentsPerStep = 16

func agentSection(f *Family, n int) Section {
	seconds := strings.HasSuffix(f.Name, "_seconds")
	return func(dst []byte, at int) ([]byte, int) {
		if at == 0 {
			dst = f.AppendHead(dst)
		}
		for end := min(at+agentsPerStep, n); at < end; at++ {
			r := Sample(dst, f.Name).LabelUint("pid", uint64(1000+at))
			if seconds {
				dst = r.Millis(1795533885915000000 + int64(at)*1e7)
			} else {
				dst = r.Uint(uint64(at) * 977)
			}
		}
		if at == n {
			return dst, Done
		}
		return dst, at
	}
}

// pageText renders a page as one string.
func pageText(p Page) string {
	p.Begin()
	buf, all, more := make([]byte, 0, SliceBytes), []byte(nil), true
	for more {
		buf, more = p.Render(buf[:0])
		all = append(all, buf...)
	}
	return string(all)
}

func contentLength(n int) string { return "Content-Length: " + strconv.Itoa(n) + "\r\n" }
