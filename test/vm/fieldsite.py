"""fieldsite: the installation of test/vm/field: a gateway, a microcontroller, the wire between, and a power relay.

The relay is what the gateway's recovery command switches: it writes a line to a
virtio port, which stands for a GPIO line, and the microcontroller is reset.
"""
import threading

import adapters
import gateway
import news

import vlpt

LOG, AUDIT = "/var/lib/vlpd/events.log", "/var/lib/vlpd/audit.log"
DEVICE = 42
POWER = ["-chardev", "socket,id=power,path={run}/power.sock,server=on,wait=off", "-device", "virtserialport,chardev=power,name=power"]

# The command goes on for a moment after it has switched, as a relay's does.
FILES = {"usr/sbin/power-cycle": ("#!/bin/sh\n" + gateway.console.PORT_NAMED + 'echo "cycle $1" >"$(port_named power)" && sleep 1\n').encode(),
         "etc/init.d/S60agent": b"""#!/bin/sh
case "$1" in
start) [ ! -x /usr/bin/vlpd ] || start-stop-daemon -S -b -m -p /run/agent.pid -x /usr/bin/vlpd -- \\
  beat --socket /run/vlpd/vlpd.sock --interval 300ms --payload 5 ;;
stop) start-stop-daemon -K -q -p /run/agent.pid ;;
esac
"""}
FOLLOW = gateway.console.PORT_NAMED + f"guesttool follow {LOG} {AUDIT} '/dev/ttyUSB*' >\"$(port_named out)\" 2>&1 &\n"


class Site:
    """One power-on of the gateway; the device and its wire outlive it."""

    def __init__(self, report, card, device, wire):
        self.report, self.device, self.wire = report, device, wire
        words = [*POWER, *adapters.words(["rs485"])]
        self.guest = gateway.Gateway(card, ("xhci_pci", "virtio_pci", "ftdi_sio"), words)
        self.console, self.news, self.line = self.guest.console, news.News(self.guest), "rs485"
        self.console.ask(FOLLOW)
        self.adapter = adapters.Adapter(self.guest, self.news, "rs485")
        self.asked = []  # of the relay
        self.relay = self.guest.line("power.sock").sock
        threading.Thread(target=self._switch, daemon=True).start()

    def _switch(self):
        """The power relay."""
        with self.relay.makefile() as f:
            for text in f:
                if text.strip() == f"cycle {self.agent}":
                    self.device.power_cycle()
                self.asked.append(text.strip())

    @property
    def agent(self):
        return f"{self.line}/{DEVICE}"

    def plug(self):
        """The adapter's node is there; what comes over the wire goes in."""
        self.adapter.plug()
        self.wire.reach(self.adapter.end)

    def pull(self):
        self.wire.reach(None)
        self.adapter.pull()

    def wait_asked(self, count, seconds=20):
        return vlpt.wait_for(lambda: len(self.asked) >= count, seconds)

    def page(self):
        return self.console.ask('wget -q -O - --header "Authorization: Bearer $(cat /etc/vlpd/token)" http://127.0.0.1:9464/metrics')

    def metric(self, name, **labels):
        return vlpt.metric(self.page(), name, **labels)

    def kinds(self, mark):
        """{who: kinds in their order}, without beats; lines with what became of them."""
        out = {}
        for r in self.news.rows(mark):
            if r.kind != "beat":
                out.setdefault(r.who, []).append(f"{r.status} {r.payload}" if r.kind == "line" else r.kind)
        return out

    def records(self, mark):
        return [" ".join(c[3:6] if c[3] == "refused" else c[3:5]) for c in self.news.audit(mark)]

    def beats(self, mark):
        """(boots, nonce) of the device, as the log has them."""
        return [(int(r.payload), int(r.nonce)) for r in self.news.rows(mark) if r.kind == "beat" and r.who == self.agent]

    def heard(self, mark, **columns):
        return self.news.row(mark, kind="beat", who=self.agent, **columns)

    def power_cut(self):
        self.wire.reach(None)
        self.guest.kill()

    def close(self):
        self.wire.reach(None)
        self.guest.close()
