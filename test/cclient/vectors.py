"""vectors: the golden vectors and an agent's life, by vlp.h on every kind of machine that can be had here."""
import json

from toolchains import BARE, HOSTS, OUT, SRC, build, multilib, vlpt
import wire  # toolchains finds it for us

RESULTS = {None: "VLP_FINE", "BadMagic": "VLP_BAD_MAGIC", "BadVersion": "VLP_BAD_VERSION", "BadCrc": "VLP_BAD_CRC", "BadStatus": "VLP_BAD_STATUS",
           "StallOnWire": "VLP_STALL_ON_WIRE", "BadPid": "VLP_BAD_ID", "BadTimestamp": "VLP_BAD_TIMESTAMP", "BadNonce": "VLP_BAD_NONCE"}


def octets(text):
    return "{ " + ", ".join(f"0x{b:02X}" for b in bytes.fromhex(text)) + " }"


def crcs(all_vectors):
    for v in all_vectors["crc32c_vectors"]:
        yield f'{{ {octets(v["input_hex"] or "00")}, {len(v["input_hex"]) // 2}, 0x{v["expected_crc_hex"]} }}'


def frames(all_vectors):
    for v in all_vectors["frame_vectors"] + all_vectors["x_frame_vectors"]:
        i = v.get("inputs") or dict(status="ok", pid=0, timestamp=0, nonce=0, payload=0)
        fields = f'{i["timestamp"]}u, {i["nonce"]}u, {i["pid"]}u, {i["payload"]}u, {wire.STATUS[i["status"]]}'
        yield f'{{ {octets(v.get("wire_hex") or v["expected_wire_hex"])}, {{ {fields} }}, {RESULTS[v["expected_decode_error"]]} }}'


def sealed(all_vectors):
    for v in all_vectors["secure_frame_vectors"] + all_vectors["x_secure_frame_vectors"]:
        if v["kind"] in ("shared_key_seal", "master_key_seal"):
            key = v.get("key_hex") or v["derived_agent_key_hex"]
            wire = v["expected_wire_hex"]
            nonce = f'{octets(v["iv_random_hex"])}, {v["iv_counter"]}u'
            yield f'{{ {octets(key)}, {nonce}, {octets(v["plaintext_hex"])}, {octets(wire)}, {len(wire) // 2} }}'


def keys(all_vectors):
    for v in all_vectors["secure_frame_vectors"]:
        if v["kind"] == "kdf_agent_key":
            yield f'{{ {octets(v["master_key_hex"])}, {v["agent_id"]}u, {octets(v["expected_okm_hex"])}, 32 }}'
        elif v["kind"] == "kdf_iv_prefix":
            yield f'{{ {octets(v["session_salt_hex"])}, {v["prefix_index"]}u, {octets(v["expected_iv_prefix_hex"])}, 8 }}'


SHAPES = [
    ("crcs", crcs, "uint8_t in[32]; size_t size; uint32_t crc;", 5),
    ("frames", frames, "uint8_t wire[32]; vlp_frame frame; vlp_result result;", 23),
    ("sealed", sealed, "uint8_t key[32], prefix[8]; uint32_t counter; uint8_t plain[32], wire[64], form;", 4),
    ("keys", keys, "uint8_t secret[32]; uint32_t number; uint8_t want[32], size;", 2),
]


def header():
    """Writes vectors.h; returns how many checks vectors.c makes of the golden vectors."""
    with open(vlpt.ROOT / "vlp/testdata/vlp-vectors.json") as f:
        golden = json.load(f)
    text, total, weight = "", 0, {"crcs": 1, "frames": 1, "sealed": 3, "keys": 1}
    for name, rows, fields, count in SHAPES:
        entries = list(rows(golden))
        if len(entries) != count:
            raise RuntimeError(f"{len(entries)} {name} in the golden vectors, expected {count}")
        total += count * weight[name] + 2 * sum("VLP_FINE" in e for e in entries)  # a legal frame is two more
        text += f"static const struct {{ {fields} }} {name}[] = {{\n" + "".join(f"\t{e},\n" for e in entries) + "};\n"
    (OUT / "vectors.h").write_text(text)
    return total


def flavours():
    for table in (0, 16, 256):
        yield f"table {table}", [f"-DVLP_CRC_TABLE={table}"]
    yield "a CRC of the caller's", ["-include", str(SRC / "own_crc.h"), "-DVLP_CRC32C(p,n)=own_crc32c(p,n)"]
    yield "nonce of 32 bits", ["-DVLP_NONCE_32"]


def avr_table(target, options):
    """On AVR the table is read from flash."""
    if "avr-gcc" not in target.compiler:
        return options
    return [*options, "-DVLP_TABLE_IN=PROGMEM", "-DVLP_TABLE_GET(p)=pgm_read_dword(p)", "-include", "avr/pgmspace.h"]


def tests(report):
    golden = header()
    for target in HOSTS + BARE:
        if "-m32" in target.compiler and not multilib():
            report.skip("golden vectors by gcc -m32", "this gcc cannot link for 32 bits")
            continue
        for name, options in flavours():
            what = f"golden vectors, {target.name}, {name}"
            sources = [SRC / "vectors.c", SRC / ("bare.c" if target.bare else "host.c")]
            extra = [*avr_table(target, options), f"-I{OUT}"] + (["-Dmain=test_main"] if target.bare else [])
            if target.bare:  # only vectors.c has its main renamed
                obj = OUT / "vectors.o"
                compiler = [w for w in target.compiler if not str(w).endswith("startup.c")]
                build(obj.name, [*compiler, "-c", *extra], sources[0])
                program = build("vectors", target.compiler, obj, sources[1], "-lgcc")
            else:
                program = build("vectors", [*target.compiler, *extra], *sources)
            said = target.run(program)
            done = vlpt.re.search(r"(\d+) passed, (\d+) failed", said)
            report.check(what, done and int(done.group(1)) > golden and done.group(2) == "0", done.group(0) if done else said[-800:])
