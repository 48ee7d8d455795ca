"""SIP clients that other people wrote: sipp and sipsak, one registration at a time, and sipp for many.

    assert sip_clients.sipp(number, realm, password, registrar.address)              # accepted or not
    assert not sip_clients.sipsak(number, realm, "wrong", registrar.address)
    rate = sip_clients.sipp_load(rows, registrar.address, per_second=1000)           # rows: (number, realm, password)

`kamailio.require()` installs them, and so does every fixture that starts a registrar.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.harness.sip import Address

_REGISTER = """
  <send retrans="500"{timer}><![CDATA[
REGISTER sip:[field1] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:[field0]@[field1]>;tag=[pid]t[call_number]
To: <sip:[field0]@[field1]>
Call-ID: [call_id]
CSeq: {sequence} REGISTER
Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>
Expires: 120
{authorization}User-Agent: sipp
Content-Length: 0

]]></send>
  <recv response="100" optional="true"></recv>
"""
_SCENARIO = (
    '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="register">'
    + _REGISTER.format(timer=' start_rtd="1"', sequence=1, authorization="")
    + '  <recv response="401" auth="true"></recv>\n'
    + _REGISTER.format(timer="", sequence=2, authorization="[field2]\n")
    + '  <recv response="200" rtd="1"></recv>\n</scenario>\n'
)
Row = tuple[str, str, str]


def _run_sipp(rows: Sequence[Row], server: Address, transport: str, *options: str, seconds: float) -> tuple[int, str]:
    with tempfile.TemporaryDirectory(prefix="sipp-") as name:
        folder = Path(name)
        (folder / "register.xml").write_text(_SCENARIO)
        lines = [
            f"{user};{realm};[authentication username={user} password={password}]" for user, realm, password in rows
        ]
        (folder / "rows.csv").write_text("\n".join(["SEQUENTIAL", *lines, ""]))
        command = [
            # sipp may outlive its own -timeout.
            *("timeout", "-k", "2", str(seconds + 5), "sipp", f"{server[0]}:{server[1]}"),
            *("-sf", "register.xml", "-inf", "rows.csv", "-i", "127.0.0.1", "-p", "0"),
            *("-t", "t1" if transport == "tcp" else "u1", "-m", str(len(rows)), "-nostdin"),
            *("-timeout", f"{seconds:.0f}s", *options),
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        statistics = "".join(path.read_text() for path in folder.glob("*.csv") if path.name != "rows.csv")
        return done.returncode, statistics + done.stdout + done.stderr


def sipp(user: str, realm: str, password: str, server: Address, *, transport: str = "udp") -> bool:
    """Whether sipp registers; it counts a refusal as a failed call."""
    code, said = _run_sipp([(user, realm, password)], server, transport, seconds=8)
    if code not in {0, 1}:
        raise AssertionError(f"sipp ended with {code}:\n{said[-2000:]}")
    return code == 0


def sipsak(user: str, realm: str, password: str, server: Address) -> bool:
    """Whether sipsak registers. It speaks UDP."""
    command = [
        # The proxy (-p) stands before the address (-s), or sipsak looks the domain up.
        # Its own address, or sipsak asks what the host's name resolves to.
        *(
            "sipsak",
            "-H",
            "127.0.0.1",
            "-U",
            "-x",
            "120",
            "-p",
            f"{server[0]}:{server[1]}",
            "-C",
            f"sip:{user}@127.0.0.1:5070",
        ),
        *("-u", user, "-a", password, "-s", f"sip:{user}@{realm}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    if done.returncode not in {0, 1}:
        raise AssertionError(f"sipsak ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.returncode == 0


@dataclass(frozen=True)
class Load:
    done: int
    failed: int
    seconds: float
    #: Of each registration with both its round trips, in ms.
    took: list[float]

    def percentile(self, percent: int) -> float:
        return sorted(self.took)[len(self.took) * percent // 100]


def sipp_load(rows: Sequence[Row], server: Address, *, per_second: int, transport: str = "udp") -> Load:
    """Register every row once, `per_second` of them a second."""
    started = time.perf_counter()
    limit = len(rows) / per_second + 20
    options = ("-r", str(per_second), "-rp", "1000", "-l", "2000", "-trace_rtt", "-rtt_freq", "1")
    code, said = _run_sipp(rows, server, transport, *options, seconds=limit)
    seconds = time.perf_counter() - started
    if code not in {0, 1}:
        raise AssertionError(f"sipp ended with {code}:\n{said[-2000:]}")
    counts = dict(re.findall(r"(Successful|Failed) call\s*\|\s*\d+\s*\|\s*(\d+)", said))
    took = [float(ms) for ms in re.findall(r"^[0-9.]+;([0-9.]+);", said, re.MULTILINE)]
    return Load(int(counts.get("Successful", 0)), int(counts.get("Failed", 0)), seconds, took)
