//! An agent with the official Rust client: beats, goes silent, comes back, connects again, panics.
//! `agent SOCKET` prints its pid, then what became of each of its beats.

use std::{env, process, thread, time::Duration};
use varta_client::{install_panic_handler, BeatOutcome, Status, Varta};

fn main() {
    let path = env::args().nth(1).expect("usage: agent SOCKET");
    install_panic_handler(&path).expect("panic hook");
    let mut agent = Varta::connect(&path).expect("connect");
    println!("{}", process::id());
    let mut outcomes: Vec<BeatOutcome> = (1..=5).map(|n| agent.beat(Status::Ok, n)).collect();
    outcomes.push(agent.beat(Status::Degraded, u32::MAX));
    outcomes.push(agent.beat(Status::Critical, 0));
    thread::sleep(Duration::from_millis(800)); // longer than the threshold: a stall
    outcomes.push(agent.beat(Status::Ok, 8));

    let mut again = Varta::connect(&path).expect("second connect");
    outcomes.push(again.beat(Status::Ok, 9));
    let sent = outcomes.iter().filter(|o| matches!(o, BeatOutcome::Sent)).count();
    println!("sent {} of {}", sent, outcomes.len());
    panic!("the end of the agent");
}
