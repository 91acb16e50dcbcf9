//! An agent with the official Rust client: it obeys the same words as agent.py, and answers alike.

use std::{env, io, process, thread};
use varta_client::{
    install_panic_handler, install_panic_handler_secure_udp, install_panic_handler_udp, BeatOutcome, BeatTransport, Status, Varta,
};
use varta_vlp::crypto::Key;

// The C library that std is linked with; there is no fork in std.
extern "C" {
    fn fork() -> i32;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
}

/// A client over any of the transports.
trait Agent {
    fn beat(&mut self, status: Status, payload: u32) -> BeatOutcome;
    fn reconnect(&mut self) -> io::Result<()>;
    fn reconnect_after(&mut self, n: u32);
}

impl<T: BeatTransport> Agent for Varta<T> {
    fn beat(&mut self, status: Status, payload: u32) -> BeatOutcome {
        Varta::beat(self, status, payload)
    }
    fn reconnect(&mut self) -> io::Result<()> {
        Varta::reconnect(self)
    }
    fn reconnect_after(&mut self, n: u32) {
        self.set_reconnect_after(n)
    }
}

fn key(hex: &str) -> Key {
    Key::from_hex(hex).expect("key")
}

fn connect(how: &[&str]) -> Box<dyn Agent> {
    match how {
        ["uds", path] => Box::new(Varta::connect(path).expect("connect")),
        ["udp", to] => Box::new(Varta::connect_udp(to.parse().expect("address")).expect("connect")),
        ["secure", to, k] => Box::new(Varta::connect_secure_udp(to.parse().expect("address"), key(k)).expect("connect")),
        ["master", to, k] => {
            Box::new(Varta::connect_secure_udp_with_master(to.parse().expect("address"), key(k)).expect("connect"))
        }
        _ => panic!("connect {how:?}"),
    }
}

fn hook(how: &[&str]) {
    match how {
        ["uds", path] => install_panic_handler(path).expect("panic hook"),
        ["udp", to] => install_panic_handler_udp(to.parse().expect("address")).expect("panic hook"),
        ["secure", to, k] => install_panic_handler_secure_udp(to.parse().expect("address"), key(k)).expect("panic hook"),
        _ => panic!("hook {how:?}"),
    }
}

fn status(name: &str) -> Status {
    match name {
        "ok" => Status::Ok,
        "degraded" => Status::Degraded,
        "critical" => Status::Critical,
        "stall" => Status::Stall,
        _ => panic!("status {name}"),
    }
}

/// Returns in the child at once, in the parent when the child has ended.
fn split() {
    // There is one thread, and nothing waits in a buffer: each answer was flushed with its line.
    let child = unsafe { fork() };
    assert!(child >= 0, "fork");
    if child == 0 {
        println!("{}", process::id());
        return;
    }
    let mut raw = 0;
    assert_eq!(unsafe { waitpid(child, &mut raw, 0) }, child, "waitpid");
    println!("ended with {}", if raw & 0x7f == 0 { raw >> 8 & 0xff } else { -(raw & 0x7f) });
}

fn main() {
    assert!(env::args().len() == 1, "usage: agent < COMMANDS");
    let mut agent: Option<Box<dyn Agent>> = None;
    println!("{}", process::id());
    for line in io::stdin().lines() {
        let line = line.expect("stdin");
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["connect", how @ ..] => agent = Some(connect(how)),
            ["hook", how @ ..] => hook(how),
            ["fork"] => {
                split();
                continue;
            }
            ["fail"] => panic!("the end of the agent"),
            ["stumble"] => assert!(thread::spawn(|| panic!("the end of a thread")).join().is_err()),
            ["exit"] => return,
            other => {
                let agent = agent.as_mut().expect("connect comes first");
                match other {
                    ["beat", name, payload] => {
                        println!("{}", agent.beat(status(name), payload.parse().expect("payload")));
                        continue;
                    }
                    ["race", n] => {
                        for _ in 0..n.parse().expect("count") {
                            let _ = agent.beat(Status::Ok, 0);
                        }
                    }
                    ["reconnect"] => agent.reconnect().expect("reconnect"),
                    ["after", n] => agent.reconnect_after(n.parse().expect("count")),
                    _ => panic!("command {line}"),
                }
            }
        }
        println!("done");
    }
}
