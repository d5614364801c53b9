#!/usr/bin/env python3
"""Writes decode.jsonl: what `tpdu decode` must answer, made from 3GPP TS 23.040 and 23.038 without the C++ code.

Each line is {"line": the input, "expect": keys of the answer that must be equal}. Deterministic: run it again after a change and
commit both. National language tables are not in here (tests/unit/firmware/modem/tpdu/national_tables_test.cpp pins them).
"""
import json
import pathlib
import random

ALPHABET = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
            "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
EXTENSION = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65}
random.seed(23040)


def septets(text):
    out = []
    for c in text:
        out += [0x1B, EXTENSION[c]] if c in EXTENSION else [ALPHABET.index(c)]
    return out


def pack(codes, header=b""):
    """The whole user data as one big number: the header below, then the septets from the next multiple of seven bits."""
    first = -(-len(header) * 8 // 7)
    value = int.from_bytes(header, "little")
    for i, code in enumerate(codes):
        value |= code << 7 * (first + i)
    count = first + len(codes)
    return count, value.to_bytes(-(-count * 7 // 8), "little")


def swap(digits):
    digits += "F" * (len(digits) % 2)
    return bytes(int(digits[i + 1] + digits[i], 16) for i in range(0, len(digits), 2))


def address(digits, toa):
    return bytes([len(digits), toa]) + swap(digits.translate(str.maketrans("*#abc", "ABCDE")))


def alphanumeric(text, toa=0xD0):
    codes = septets(text)
    return bytes([-(-len(codes) * 7 // 4), toa]) + pack(codes)[1]


def smsc(digits, toa=0x91):
    return bytes([len(digits) // 2 + len(digits) % 2 + 1, toa]) + swap(digits) if digits else b"\0"


def stamp(y, mo, d, h, mi, s, quarters):
    zone = "%02d" % abs(quarters)
    octets = bytearray(swap("%02d%02d%02d%02d%02d%02d" % (y % 100, mo, d, h, mi, s)) + swap(zone))
    if quarters < 0:
        octets[6] |= 0x08
    sign = "-" if quarters < 0 else "+"
    text = "%04d-%02d-%02dT%02d:%02d:%02d%s%02d:%02d" % (y, mo, d, h, mi, s, sign, abs(quarters) // 4, abs(quarters) % 4 * 15)
    return bytes(octets), text


vectors = []


def vector(data, words, **expect):
    text = data.hex()
    vectors.append({"line": (text.upper() if random.random() < .5 else text) + words, "expect": expect})


def refused(data, words=""):
    vector(data, words, ok=False)


def deliver(text=None, *, oa=address("31641600986", 0x91), pid=0, dcs=0, header=b"", scts=None, ud=None, first=0x04, centre="31624000000"):
    scts = scts or stamp(2002, 8, 26, 19, 37, 41, 0)[0]
    if ud is None:
        ud = pack(septets(text), header) if dcs & 0xEC == 0 else (len(header) + 2 * len(text.encode("utf-16-be")) // 2, header + text.encode("utf-16-be"))
    count, octets = ud
    return smsc(centre) + bytes([first | (0x40 if header else 0)]) + oa + bytes([pid, dcs]) + scts + bytes([count]) + octets


base = dict(ok=True, type="deliver", smsc="+31624000000", number="+31641600986", number_type="international", pid=0, timestamp="2002-08-26T19:37:41+00:00")

# Lengths, alphabets
pool = ALPHABET.replace("\x1b", "") + "".join(EXTENSION)
for n in list(range(0, 20)) + [80, 159, 160]:
    text = ""
    while len(septets(text)) < n:
        c = random.choice(pool)
        if len(septets(text + c)) <= n:
            text += c
    vector(deliver(text), "", **base, encoding="gsm7", dcs=0, text=text, concat=None, ports=None, data_hex=None, **{"class": None})
for n in (0, 1, 2, 69, 70):
    text = "".join(random.choice("aäжЖ中\u0301€") for _ in range(n))
    vector(deliver(text, dcs=8), " mt", **base, encoding="ucs2", dcs=8, text=text)
vector(deliver("a😀b", dcs=8), " mt smsc", **base, text="a😀b")
vector(deliver(dcs=8, ud=(5, bytes.fromhex("0041d83d00"))), "", text="A\ud83d")
vector(deliver(dcs=8, ud=(4, bytes.fromhex("de000041"))), "", text="\ude00A")
vector(deliver(dcs=4, ud=(3, b"\x00\xff\x10")), "", encoding="8bit", text=None, data_hex="00ff10")
vector(deliver(dcs=0x20, ud=(3, b"\x00\xff\x10")), "", encoding="gsm7-compressed", text=None, data_hex="00ff10")
vector(deliver(dcs=0x28, ud=(2, b"\x00\xff")), "", encoding="ucs2-compressed", text=None, data_hex="00ff")

# Escapes: unknown code, doubled, trailing
vector(deliver(ud=pack([0x1B, 0x41, 0x42])), "", text="AB")
vector(deliver(ud=pack([0x1B, 0x1B, 0x65])), "", text=" e")
vector(deliver(ud=pack([0x41, 0x1B])), "", text="A ")
vector(deliver(ud=(8, pack([0] * 8)[1])), "", text="@" * 8)
vector(deliver(ud=(7, pack([1] * 7 + [0])[1])), "", text="£" * 7)  # spare bits are no character

# Every data coding scheme
for dcs in range(256):
    encoding, klass = "gsm7", None
    if dcs < 0x80:
        encoding = ["gsm7", "8bit", "ucs2", "gsm7"][dcs >> 2 & 3] + ("-compressed" if dcs & 0x20 else "")
        klass = dcs & 3 if dcs & 0x10 else None
    elif dcs >= 0xF0:
        encoding, klass = "8bit" if dcs & 4 else "gsm7", dcs & 3
    elif dcs >= 0xE0:
        encoding = "ucs2"
    octets = pack(septets("hello"))[1] + b"\0"
    text = {"gsm7": "hello", "ucs2": octets[:4].decode("utf-16-be")}.get(encoding)
    count = {"gsm7": 5, "ucs2": 4}.get(encoding, 5)
    data = None if text is not None else octets[:5].hex()
    vector(deliver(dcs=dcs, ud=(count, octets)), "", dcs=dcs, encoding=encoding, text=text, data_hex=data, **{"class": klass})

# Addresses
for kind, name in enumerate(["unknown", "international", "national", "network", "subscriber", None, "abbreviated", "unknown"]):
    if name:
        for digits in ("", "1", "12", "0401234567", "12345678901234567890", "1*2#3abc"):
            plus = "+" if kind == 1 and digits else ""
            vector(deliver("x", oa=address(digits, 0x80 | kind << 4 | 1)), "", number=plus + digits, number_type=name)
for text in ("A", "ABC", "Google", "Verizon", "ABCDEFGH", "a@b_c", "Info Ñandú".replace("ú", "ü"), "_______@", "12345678901"):
    vector(deliver("x", oa=alphanumeric(text)), "", number=text, number_type="alphanumeric")
refused(deliver("x", oa=address("1" * 21, 0x91)))
refused(deliver("x", oa=bytes([255, 0x91]) + bytes(128)))
vector(deliver("x", centre=""), "", smsc=None)
vector(deliver("x", centre="")[1:], " mt tpdu", smsc=None, ok=True, text="x")
vector(deliver("x", centre="12345678901234567890"), "", smsc="+12345678901234567890")
refused(deliver("x", centre="1234567890123456789012"))

# Service centre times
for y, mo, d, h, mi, s, q in [(2011, 2, 28, 11, 50, 50, -20), (1999, 12, 31, 23, 59, 59, 0), (2000, 2, 29, 0, 0, 0, 55),
                              (2089, 1, 1, 1, 1, 1, -1), (1990, 1, 1, 0, 0, 0, 79), (2026, 6, 30, 12, 0, 0, -79), (2024, 2, 29, 1, 2, 3, 35)]:
    octets, text = stamp(y, mo, d, h, mi, s, q)
    vector(deliver("x", scts=octets), "", timestamp=text)
for bad in ((2026, 0, 1, 0, 0, 0, 0), (2026, 13, 1, 0, 0, 0, 0), (2026, 1, 0, 0, 0, 0, 0), (2026, 2, 29, 0, 0, 0, 0), (2026, 4, 31, 0, 0, 0, 0),
            (2026, 1, 1, 24, 0, 0, 0), (2026, 1, 1, 0, 60, 0, 0), (2026, 1, 1, 0, 0, 60, 0)):
    refused(deliver("x", scts=stamp(*bad)[0]))
for place in range(7):
    octets = bytearray(stamp(2011, 11, 11, 11, 11, 11, 11)[0])
    octets[place] = 0xA1
    refused(deliver("x", scts=bytes(octets)))


# Headers
def ie(*elements):
    body = b"".join(bytes([i, len(d)]) + d for i, d in elements)
    return bytes([len(body)]) + body


concat8 = (0x00, bytes([0xAB, 3, 2]))
concat16 = (0x08, bytes([0x12, 0x34, 255, 1]))
c8 = {"ref": 0xAB, "ref_bits": 8, "total": 3, "seq": 2}
c16 = {"ref": 0x1234, "ref_bits": 16, "total": 255, "seq": 1}
p16 = {"dst": 2948, "src": 9200, "bits": 16}
for elements, concat, ports in [
    ([concat8], c8, None), ([concat16], c16, None), ([concat8, concat16], c16, None), ([concat16, concat8], c8, None),
    ([(4, b"\x10\x20")], None, {"dst": 16, "src": 32, "bits": 8}), ([(5, bytes.fromhex("0b8423f0"))], None, p16),
    ([(5, bytes.fromhex("0b8423f0")), concat8], c8, p16), ([(0x70, b"abc"), concat8, (0xFF, b"")], c8, None),
    ([(0, b"\x01\x00\x01")], None, None), ([(0, b"\x01\x02\x00")], None, None), ([(0, b"\x01\x02\x03")], None, None),
    ([concat8, (0, b"\x01\x02\x03")], c8, None), ([(0, b"\x01\x02")], None, None), ([(8, b"\x01\x02\x01\x01\x01")], None, None),
    ([(0x24, b"\x0e"), (0x25, b"\xff")], None, None)]:
    header = ie(*elements)
    vector(deliver("Text behind a header {1}", header=header), "", **base, text="Text behind a header {1}", concat=concat, ports=ports)
    vector(deliver("жё", header=header, dcs=8), "", text="жё", concat=concat, ports=ports)
vector(deliver("x", header=bytes([5, 0, 3, 1, 2]) + b"\x01"), "", concat={"ref": 1, "ref_bits": 8, "total": 2, "seq": 1}, text="x")
vector(deliver("x", header=bytes([6, 0, 3, 1, 2, 1, 9])), "", concat=None, text="x")  # the last element is cut: all ignored
vector(deliver("x", header=bytes([7, 0, 3, 1, 2, 1, 9, 9])), "", concat=None, text="x")
for n in range(0, 12):
    header = ie((0x70, bytes(range(n))))
    vector(deliver("Fill bits: " + "é" * n, header=header), "", text="Fill bits: " + "é" * n)
refused(deliver(ud=(0, b""), first=0x44))
refused(deliver(ud=(6, b"\x05\x00\x03\x01\x02\x01"), first=0x44))  # 6 octets are 7 septets
vector(deliver(ud=(7, b"\x05\x00\x03\x01\x02\x01\x00"), first=0x44), "", text="", concat={"ref": 1, "ref_bits": 8, "total": 2, "seq": 1})
refused(deliver(dcs=4, ud=(5, b"\x05\x00\x03\x01\x02\x01"), first=0x44))
vector(deliver(dcs=4, ud=(6, b"\x05\x00\x03\x01\x02\x01"), first=0x44), "", data_hex="", concat={"ref": 1, "ref_bits": 8, "total": 2, "seq": 1})

# Too short, too long, wrong
whole = deliver("How are you?")
for n in range(len(whole)):
    refused(whole[:n])
vector(whole + b"\xff\xff", "", **base, text="How are you?")
refused(b"\x00\x03" + whole[9:])
refused(b"\x00\x01" + whole[9:], " mt")
refused(b"\x00\x00" + whole[9:], " mo")
for line in ("", "0", "zz", "00 xx", "00 mt smsc more", "0 0"):
    vectors.append({"line": line, "expect": {"ok": False}})


# SUBMIT
def submit(text, *, first=0x01, mr=0, da=address("46708251358", 0x91), dcs=0, vp=b""):
    count, octets = pack(septets(text))
    return b"\0" + bytes([first, mr]) + da + bytes([0, dcs]) + vp + bytes([count]) + octets


for octet in range(256):
    minutes = ((octet + 1) * 5 if octet <= 143 else 720 + (octet - 143) * 30 if octet <= 167 else
               (octet - 166) * 1440 if octet <= 196 else (octet - 192) * 10080)
    vector(submit("hellohello", first=0x11, mr=octet, vp=bytes([octet])), " mo", ok=True, type="submit", number="+46708251358", mr=octet,
           text="hellohello", vp={"kind": "relative", "octet": octet, "minutes": minutes}, smsc=None)
vector(submit("x"), " mo", vp=None)
octets, text = stamp(2026, 11, 21, 10, 30, 0, 8)
vector(submit("x", first=0x19, vp=octets), " mo smsc", vp={"kind": "absolute", "time": text})
refused(submit("x", first=0x19, vp=b"\x62" + b"\xff" * 6), " mo")
vector(submit("x", first=0x09, vp=bytes([0x42, 30, 0, 0, 0, 0, 0])), " mo", vp={"kind": "enhanced", "format": 2, "single_shot": True, "seconds": 30})
vector(submit("x", first=0x09, vp=bytes([3, 0x10, 0x20, 0x30, 0, 0, 0])), " mo", vp={"kind": "enhanced", "format": 3, "single_shot": False, "seconds": 3723})
vector(submit("x", first=0x09, vp=bytes([1, 11, 0, 0, 0, 0, 0])), " mo", vp={"kind": "enhanced", "format": 1, "single_shot": False, "seconds": 3600})
vector(submit("x", first=0x09, vp=bytes(7)), " mo", vp={"kind": "enhanced", "format": 0, "single_shot": False, "seconds": None})
whole = submit("How are you?", first=0x11, vp=b"\xa7")
for n in range(len(whole)):
    refused(whole[:n], " mo")


# STATUS-REPORT
def report(status=0, tail=b"", first=0x06, mr=39):
    return (b"\0" + bytes([first, mr]) + address("447785016005", 0x91) + stamp(2011, 3, 1, 12, 14, 40, 0)[0] +
            stamp(2011, 3, 1, 12, 15, 1, -4)[0] + bytes([status]) + tail)


for status in range(256):
    outcome = ("delivered" if status <= 2 else "pending" if 0x20 <= status <= 0x3F else "failed" if 0x40 <= status <= 0x7F else "unknown")
    vector(report(status), "", ok=True, type="status-report", number="+447785016005", mr=39, status=status, outcome=outcome,
           timestamp="2011-03-01T12:14:40+00:00", discharge="2011-03-01T12:15:01-01:00")
count, octets = pack(septets("Delivered"))
tail = bytes([7, 0x12, 0x00, count]) + octets
vector(report(0, tail), "", pid=0x12, dcs=0, text="Delivered")
vector(report(0, bytes([4, count]) + octets), "", text="Delivered")  # TP-DCS absent: the default alphabet
vector(report(0, bytes([0x84, 0x00, count]) + octets), "", text="Delivered")  # an extended parameter indicator
for n in range(len(tail)):
    vector(report(0, tail[:n]), "", ok=True, status=0, outcome="delivered")
whole = report(0)
for n in range(len(whole)):
    refused(whole[:n])

# COMMAND
command = b"\0" + bytes([0x02, 5, 0, 2, 77]) + address("46708251358", 0x91) + bytes([2, 0xCA, 0xFE])
vector(command, " mo", ok=True, type="command", mr=5, pid=0, number="+46708251358", data_hex="cafe")
for n in range(len(command)):
    refused(command[:n], " mo")

out = pathlib.Path(__file__).with_name("decode.jsonl")
out.write_text("".join(json.dumps(v, separators=(",", ":")) + "\n" for v in vectors), encoding="utf-8")
print(len(vectors), "vectors")
