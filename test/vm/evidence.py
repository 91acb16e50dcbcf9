"""evidence: what a broken disk must be understood from, kept in a folder.

For each: NAME.img, the disk before anybody mounted it; NAME.record, the writes
that it was made of (blklog.py); NAME.txt, what was read. And base.img, the disk
before all writes.
"""
import os
import re
import shutil

import filesystems


class Evidence:
    def __init__(self, folder, base):
        self.folder, self.base = folder, base  # folder None: nothing is kept

    def before(self, images):
        """To be called before they are read."""
        if self.folder:
            for image in images:
                filesystems.copy(image, image + ".cut")

    def keep(self, name, image, text):
        if not self.folder:
            return
        os.makedirs(self.folder, exist_ok=True)
        stem = os.path.join(self.folder, re.sub(r"[^a-z0-9]+", "-", name.lower())[:100].strip("-"))
        filesystems.copy(self.base, os.path.join(self.folder, "base.img"))
        filesystems.copy(image + ".cut", stem + ".img")
        record = os.path.join(os.path.dirname(image), "record")
        if os.path.exists(record):
            shutil.copy(record, stem + ".record")
        with open(stem + ".txt", "w") as f:
            f.write(f"{name}\n{text}")
