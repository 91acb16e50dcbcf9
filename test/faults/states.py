"""states: what a file can be instead of what it should be."""
import os
import socket

import vlpt

TEXTS = {
    "empty": "", "blank": " \n", "not hex": "zz" * 32, "short": "abcd", "long": vlpt.TOKEN + "00",
    "two keys": vlpt.TOKEN + "\n" + vlpt.TOKEN[::-1] + "\n", "large": "0" * 70000, "0644": vlpt.TOKEN,
    "another's": vlpt.TOKEN, "good": vlpt.TOKEN,
}
MODES = {"0644": 0o644}


def make(state, path, stack):
    """Makes path what the word says; what has to live on is put on the stack."""
    if state == "missing":
        return
    if state == "folder":
        os.mkdir(path)
    elif state == "pipe":
        os.mkfifo(path, 0o600)
    elif state == "symlink":
        make("good", path + "-target", stack)
        os.symlink(path + "-target", path)
    elif state == "an observer's":
        stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)).bind(path)
    else:
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(TEXTS[state])
        os.chmod(path, MODES.get(state, 0o600))
        if state == "another's":
            os.chown(path, 65534, 65534)
