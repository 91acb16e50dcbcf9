"""differences: upstream tests that vlpd is not meant to pass, and why.

Each entry says what the test's panic must contain, and a command line with
what vlpd must answer to it: a test that fails for another reason, or does not
fail any more, is a failure of this list.
"""
import collections

# reason: for people; panic: part of the test's message; argv: what vlpd gets
# after a socket, a threshold and --shutdown-after-secs 0 ({file} is an empty regular file);
# code, words: its exit code, and what its stderr must contain.
Different = collections.namedtuple("Different", "reason panic argv code words")

DIFFERENT = {
    "cli_smoke::cli_hw_watchdog_kicks_and_writes_magic_close_on_clean_shutdown": Different(
        reason="a regular file is no watchdog: vlpd takes character devices only",
        panic="--hw-watchdog must not prevent clean exit",
        argv=("--hw-watchdog", "{file}"), code=1, words=("--hw-watchdog", "character device")),
    "self_watchdog::tests::self_watchdog_aborts_on_wedged_poll_loop": Different(
        reason="vlpd has no flag that makes it hang; the binary that is tested is the one that ships",
        panic="self-watchdog must abort via SIGABRT (6); got status",
        argv=("--inject-wedge-ms", "3000"), code=2, words=("unknown flag --inject-wedge-ms",)),
}

# Tests that cannot fail against vlpd, so that their passing says nothing, each
# with the test above whose reason is theirs too.
HOLLOW = {
    "cli_smoke::cli_hw_watchdog_does_not_write_magic_close_on_abrupt_kill":
        "cli_smoke::cli_hw_watchdog_kicks_and_writes_magic_close_on_clean_shutdown",
}
