// Run tests/portable on MicroPython's WebAssembly build: `node run.mjs REPOSITORY`.
// Copies cardos and the tests into the interpreter's memory file system and starts the same runner there. This build has
// no `cryptolib` and no `os.urandom`, so Node's AES and random bytes are lent to it under those names.

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript";

const HEAP_BYTES = 8 * 1024 * 1024;
const repository = process.argv[2];
const micropython = await loadMicroPython({ heapsize: HEAP_BYTES, stdout: (line) => console.log(line), linebuffer: true });

function copy(folder) {
  micropython.FS.mkdirTree("/repo/" + folder);
  for (const name of readdirSync(join(repository, folder))) {
    const path = folder + "/" + name;
    if (name === "node_modules" || name.startsWith(".") || name === "__pycache__") continue;
    if (statSync(join(repository, path)).isDirectory()) copy(path);
    else micropython.FS.writeFile("/repo/" + path, readFileSync(join(repository, path)));
  }
}

copy("cardos");
copy("terminal");
copy("host_tools/soft_hardware"); // the emulated chips of boards are written in the portable dialect
micropython.FS.writeFile("/repo/host_tools/__init__.py", "");
copy("tests/portable");
copy("tests/vectors");

const bytes = (hex) => Buffer.from(hex, "hex");
micropython.registerJsModule("node_crypto", {
  random: (count) => randomBytes(count).toString("hex"),
  cipher(decrypt, key, iv, data) {
    const mode = `aes-${key.length * 4}-${iv ? "cbc" : "ecb"}`;
    const cipher = (decrypt ? createDecipheriv : createCipheriv)(mode, bytes(key), iv ? bytes(iv) : null).setAutoPadding(false);
    return Buffer.concat([cipher.update(bytes(data)), cipher.final()]).toString("hex");
  },
});
micropython.FS.writeFile("/repo/cryptolib.py", `
import node_crypto

class aes:
    def __init__(self, key, mode, iv=None):
        if mode not in (1, 2):
            raise ValueError("mode")
        self._key, self._iv = bytes(key), bytes(iv) if mode == 2 else b""

    def encrypt(self, data):
        made = bytes.fromhex(node_crypto.cipher(False, self._key.hex(), self._iv.hex(), bytes(data).hex()))
        self._iv = made[-16:] if self._iv else b""
        return made

    def decrypt(self, data):
        made = bytes.fromhex(node_crypto.cipher(True, self._key.hex(), self._iv.hex(), bytes(data).hex()))
        self._iv = bytes(data)[-16:] if self._iv else b""
        return made
`);

micropython.runPython(`
import os, sys, node_crypto
sys.path.insert(0, "/repo")
os.urandom = lambda count: bytes.fromhex(node_crypto.random(count))
from tests.portable import run
passed = failed = 0
names = " ".join(run.modules("/repo", []))
`);
// This build collects garbage only while no Python is running: one call for each module, or all tests together outgrow its memory.
for (const name of micropython.globals.get("names").split(" ")) {
  micropython.runPython(`
module_passed, module_failed = run.run_module("${name}")
passed, failed = passed + module_passed, failed + module_failed
`);
}
micropython.runPython(`print("%d passed, %d failed" % (passed, failed))`);
process.exit(micropython.globals.get("passed") && !micropython.globals.get("failed") ? 0 : 1);
