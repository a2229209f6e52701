"""What a host may expect of a library: signals, output, floating point, errno, forks, threads."""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import LIBRARY, TINY, child, scenes

import sgc
from sgc import _native

library = _native.library
E = _native.STATUSES

SIGNAL_TABLE = """
import ctypes, struct, sys
libc = ctypes.CDLL(None)
def table():
    rows = []
    for number in range(1, 65):
        raw = ctypes.create_string_buffer(200)
        code = libc.sigaction(number, None, raw)
        rows.append((number, code, *struct.unpack_from("QQ", raw.raw), struct.unpack_from("i", raw.raw, 136)))
    raw = ctypes.create_string_buffer(64)
    libc.sigaltstack(None, raw)
    mask = ctypes.create_string_buffer(128)
    libc.pthread_sigmask(0, None, mask)
    return rows + [struct.unpack_from("QiiQ", raw.raw), mask.raw]
"""


def toolchain() -> str:
    """A folder that the Swift runtime takes for a toolchain with a backtracer, if this machine has one."""
    for command in os.environ.get("PATH", "").split(os.pathsep):
        for program in ("swift", "swiftc"):
            path = Path(command) / program
            if path.exists() and (path.resolve().parents[1] / "libexec" / "swift").exists():
                return str(path.resolve().parents[1])
    return ""


@pytest.mark.parametrize("environment", ["plain", "SWIFT_ROOT", "SWIFT_BACKTRACE"])
def test_loading_and_calling_leaves_the_signal_table(environment, model, tmp_path):
    variables = {}
    if environment != "plain":
        if toolchain():
            variables["SWIFT_ROOT"] = toolchain()
        else:
            # What the runtime looks for, where it looks for it.
            fake = tmp_path / "libexec" / "swift" / "linux" / "swift-backtrace"
            fake.parent.mkdir(parents=True)
            fake.write_text("#!/bin/sh\n")
            fake.chmod(0o755)
            variables["SWIFT_ROOT"] = str(tmp_path)
    if environment == "SWIFT_BACKTRACE":
        variables["SWIFT_BACKTRACE"] = "enable=yes"
    child(
        SIGNAL_TABLE
        + """
import numpy as np
before = table()
ctypes.CDLL(sys.argv[1])
assert table() == before, "after loading"
import sgc
with sgc.Tokenizer(sys.argv[2]) as tokenizer:
    tokenizer.encode(np.zeros((32, 32, 3), np.uint8))
    assert table() == before, "after encoding"
""",
        str(LIBRARY), str(model), **variables,
    )  # fmt: skip


def test_nothing_is_printed(model):
    result = child(
        """
import sys
import numpy as np, sgc
with sgc.Tokenizer(sys.argv[1]) as tokenizer:
    tokenizer.decode(tokenizer.encode(np.zeros((32, 32, 3), np.uint8)))
for wrong in ("/nowhere", "", "x" * 5000):
    try:
        sgc.Tokenizer(wrong)
    except sgc.Error:
        pass
""",
        str(model),
    )
    assert result.stdout == "" and result.stderr == ""


def test_surroundings_are_left_alone(model):
    child(
        """
import ctypes, locale, os, resource, sys
import numpy as np, sgc
from sgc import _native
image = np.zeros((32, 32, 3), np.uint8)
with sgc.Tokenizer(sys.argv[1]) as warm:
    warm.encode(image)
def state():
    descriptors = {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                   if os.path.exists(f"/proc/self/fd/{fd}")}
    return (descriptors, os.getcwd(), locale.setlocale(locale.LC_ALL), dict(os.environ), os.umask(0o22),
            [resource.getrlimit(n) for n in range(10)])
os.umask(0o22)
before = state()
with sgc.Tokenizer(sys.argv[1]) as tokenizer:
    tokenizer.encode(image)
assert state() == before, (state(), before)
libc = ctypes.CDLL(None, use_errno=True)
native = ctypes.CDLL(_native.library._name, use_errno=True)
for call in (lambda: native.sgc_tokenizer_free(None), lambda: native.sgc_tokenizer_free(ctypes.c_void_p(5))):
    ctypes.set_errno(77)
    call()
    assert ctypes.get_errno() == 77
""",
        str(model),
    )


FLOATING_POINT = """
#include <fenv.h>
#include <sgc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#define CONTROL() _mm_getcsr()
#define SET_CONTROL(value) _mm_setcsr(value)
#else
#define CONTROL() 0u
#define SET_CONTROL(value) (void)(value)
#endif
int feenableexcept(int);
static void must(int good, const char *what) { if (!good) { fprintf(stderr, "%s: %s\\n", what, sgc_last_error()); exit(1); } }
int main(int count, char **arguments) {
    (void)count;
    static float pixels[32 * 32 * 3];
    for (int i = 0; i < 32 * 32 * 3; i++) pixels[i] = i % 7 == 0 ? 1e-40f : (float)(i % 251) / 251.0f;
    sgc_tokenizer *tokenizer = NULL;
    must(sgc_tokenizer_load(&tokenizer, arguments[1], NULL) == SGC_OK, "load");
    sgc_image image = SGC_IMAGE_INIT;
    image.format = SGC_PIXEL_RGB32F; image.data = pixels; image.width = 32; image.height = 32;
    static int32_t reference[1024], tokens[1024];
    static float margins[1024], reference_margins[1024];
    for (int mode = 0; mode < 6; mode++) {
        fenv_t clean;
        fegetenv(&clean);
        if (mode == 1) fesetround(FE_UPWARD);
        if (mode == 2) fesetround(FE_TOWARDZERO);
        if (mode == 3) SET_CONTROL(CONTROL() | 0x8040);
        if (mode == 4) feenableexcept(FE_ALL_EXCEPT);
        if (mode == 5) { feenableexcept(FE_INVALID); unsigned snan = 0x7fa00000u; memcpy(&pixels[9], &snan, 4); }
        unsigned control = CONTROL();
        sgc_encoding encoding = SGC_ENCODING_INIT;
        encoding.tokens = tokens; encoding.margins = margins; encoding.token_capacity = 1024;
        sgc_status status = sgc_encode(&encoding, tokenizer, &image, 1);
        must(CONTROL() == control, "the control word changed");
        fesetenv(&clean);
        if (mode == 5) { must(status == SGC_E_NUMERIC, "signalling NaN"); continue; }
        must(status == SGC_OK, "encode");
        if (mode == 0) { memcpy(reference, tokens, sizeof tokens); memcpy(reference_margins, margins, sizeof margins); }
        must(memcmp(reference, tokens, sizeof tokens) == 0, "tokens differ");
        must(memcmp(reference_margins, margins, sizeof margins) == 0, "margins differ");
    }
    return sgc_tokenizer_free(tokenizer) != SGC_OK;
}
"""


def test_the_host_s_floating_point_state_neither_matters_nor_changes(model, tmp_path):
    import subprocess

    source, program = tmp_path / "fp.c", tmp_path / "fp"
    source.write_text(FLOATING_POINT)
    include = Path(__file__).resolve().parents[2] / "include"
    subprocess.run(["gcc", "-O1", "-frounding-math", "-I", include, source, LIBRARY, "-lm", "-o", program], check=True)
    folder = {**os.environ, "LD_LIBRARY_PATH": str(LIBRARY.parent)}
    result = subprocess.run([program, model], capture_output=True, text=True, timeout=60, env=folder)
    assert result.returncode == 0, result.stderr


def test_sixteen_threads_agree_with_one(tokenizer):
    images = scenes(16)[0]
    expected = [tokenizer.encode(image).tokens for image in images]
    problems = []

    def work(index: int) -> None:
        try:
            for _ in range(10):
                np.testing.assert_array_equal(tokenizer.encode(images[index]).tokens, expected[index])
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_freeing_while_in_use(model):
    image = scenes(1)[0]
    for _ in range(20):
        tokenizer = sgc.Tokenizer(model)
        handle, outcomes = tokenizer._open, []
        batch = sgc._arrays.Batch(image)

        def work() -> None:
            while True:
                tokens = (ctypes.c_int32 * 4096)()
                encoding = _native.Encoding(token_capacity=4096, tokens=ctypes.addressof(tokens))
                status = library.sgc_encode(ctypes.byref(encoding), handle, batch.structures, 1)
                outcomes.append(status)
                if status:
                    return

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.005)
        tokenizer.close()
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()
        assert set(outcomes) <= {0, E["SGC_E_HANDLE"]}
        assert outcomes.count(E["SGC_E_HANDLE"]) == 8


def test_short_lived_threads_leave_nothing(tokenizer):
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def fail() -> None:
        assert library.sgc_tokenizer_free(1) == E["SGC_E_HANDLE"]

    def storm(count: int) -> None:
        for _ in range(count):
            thread = threading.Thread(target=fail)
            thread.start()
            thread.join()

    storm(500)
    before = resident()
    storm(5000)
    assert resident() - before < 1 << 20


def test_small_stacks(model):
    child(
        """
import sys, threading
import numpy as np, sgc
threading.stack_size(256 * 1024)
outcome = []
def work():
    with sgc.Tokenizer(sys.argv[1]) as tokenizer:
        image = np.zeros((32, 32, 3), np.uint8)
        outcome.append(tokenizer.decode(tokenizer.encode(image)).shape)
thread = threading.Thread(target=work)
thread.start()
thread.join()
assert outcome == [(32, 32, 3)]
""",
        str(model),
    )


def test_between_calls_no_thread_keeps_a_processor(model):
    """OpenMP's threads would spin for milliseconds after each call, and here for ever."""
    child(
        """
import sys, time
import numpy as np, sgc
from conftest import scenes
image = scenes(1)[0][0]
with sgc.Tokenizer(sys.argv[1], threads=2) as tokenizer, sgc.Tokenizer(sys.argv[1], threads=2) as other:
    latents = np.random.default_rng(0).standard_normal((65536, other.code_dimension), np.float32)
    for call in (lambda: tokenizer.encode(image).tokens, lambda: other.quantize(latents)[0]):
        results = [call() for _ in range(5)]
        time.sleep(0.1)
        began = time.process_time()
        time.sleep(0.2)
        assert time.process_time() - began < 0.02, time.process_time() - began
        assert (call() == results[0]).all()
""",
        str(model),
        OMP_WAIT_POLICY="active",
    )


def test_a_forked_child_encodes(model):
    child(
        """
import os, sys, threading
import numpy as np, sgc
from conftest import scenes, TINY
image = scenes(1)[0][0]
tokenizer = sgc.Tokenizer(sys.argv[1])
expected = tokenizer.encode(image).tokens
trainer = sgc.Trainer(TINY)
trainer.step(*scenes(2))
stop = False
def busy():
    while not stop:
        tokenizer.encode(image)
threads = [threading.Thread(target=busy) for _ in range(3)]
for thread in threads:
    thread.start()
def in_child():
    import signal
    signal.alarm(20)
    assert (tokenizer.encode(image).tokens == expected).all()
    assert tokenizer.decode(expected).shape == image.shape
    for call in (lambda: trainer.step(*scenes(2)), trainer.snapshot):
        try:
            call()
            return 1
        except sgc.StateError as error:
            assert error.name == "SGC_E_FORKED", error.name
    trainer.close()
    with sgc.Tokenizer(sys.argv[1]) as fresh:
        assert (fresh.encode(image).tokens == expected).all()
    tokenizer.close()
    return 0
for _ in range(25):
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            code = in_child()
        except BaseException:
            import traceback
            traceback.print_exc()
        os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert status == 0, status
stop = True
for thread in threads:
    thread.join()
assert (tokenizer.encode(image).tokens == expected).all()
trainer.step(*scenes(2))
""",
        str(model),
    )


def test_one_call_at_a_time_on_a_trainer():
    with sgc.Trainer(TINY) as trainer:
        outcomes = []

        def work() -> None:
            for _ in range(5):
                try:
                    trainer.step(*scenes(2))
                    outcomes.append("ok")
                except sgc.StateError as error:
                    outcomes.append(error.name)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(outcomes) == {"ok", "SGC_E_STATE"}
        assert trainer.metrics["step"] == outcomes.count("ok")


def test_cancel_takes_effect_inside_a_step():
    with sgc.Trainer(TINY) as trainer:
        batch, done, outcome = scenes(16), [], []

        def work() -> None:
            try:
                while True:
                    done.append(trainer.step(*batch)["step"])
            except sgc.Cancelled as error:
                outcome.append((error.name, time.monotonic()))

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.3)
        asked = time.monotonic()
        while thread.is_alive() and time.monotonic() - asked < 20:
            trainer.cancel()  # again, should it have fallen between two steps
            thread.join(0.05)
        assert outcome and outcome[0][0] == "SGC_E_CANCELLED"
        # 100 ms are promised; more on a machine on which others compute.
        assert outcome[0][1] - asked < 0.5
        trainer.cancel()  # no call runs: nothing happens, and nothing is left over for the next
        assert trainer.step(*scenes(2))["step"] == len(done) + 1
    assert library.sgc_cancel(12345) == E["SGC_E_HANDLE"]


def test_a_signal_right_after_the_lock_was_taken_does_not_hang(model):
    child(
        """
import sys, threading
import sgc
from sgc import _calls
from conftest import scenes
tokenizer = sgc.Tokenizer(sys.argv[1])

class Interrupted:
    '''A lock after whose second taking a signal arrives.'''
    def __init__(self):
        self.lock, self.taken = threading._allocate_lock(), 0
        self.release = self.lock.release
    def acquire(self):
        self.lock.acquire()
        self.taken += 1
        if self.taken == 2:
            raise KeyboardInterrupt

plain, threading.Lock = threading.Lock, Interrupted
try:
    tokenizer.encode(scenes(1)[0])
    sys.exit("not interrupted")
except KeyboardInterrupt:
    pass
threading.Lock = plain
tokenizer.encode(scenes(1)[0])
""",
        str(model),
    )


def test_a_signal_right_after_the_thread_was_started_calls_nothing(model):
    child(
        """
import sys, time
import sgc
from sgc import _calls
from conftest import scenes
tokenizer = sgc.Tokenizer(sys.argv[1])
calls, check, start = [], _calls.check, _calls._thread.start_new_thread

def interrupted(*arguments):
    start(*arguments)
    raise KeyboardInterrupt

_calls.check = lambda function, *arguments: (calls.append(function), check(function, *arguments))
_calls._thread.start_new_thread = interrupted
try:
    tokenizer.encode(scenes(1)[0])
    sys.exit("not interrupted")
except KeyboardInterrupt:
    time.sleep(0.3)
    assert not calls
_calls._thread.start_new_thread = start
tokenizer.encode(scenes(1)[0])
assert len(calls) == 1
""",
        str(model),
    )


@pytest.mark.parametrize("verb", ["step", "encode"])
def test_ctrl_c_cancels_and_is_raised(verb, model):
    child(
        """
import os, signal, sys, threading, time
import sgc
from conftest import scenes, TINY
verb = sys.argv[1]
sgc._calls._SHORT = 0  # as if a call took long
trainer, tokenizer = sgc.Trainer(TINY), sgc.Tokenizer(sys.argv[2])
batch = scenes(16)
def interrupt():
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGINT)
for _ in range(2):
    threading.Thread(target=interrupt).start()
    start = time.monotonic()
    try:
        while time.monotonic() - start < 10:
            trainer.step(*batch) if verb == "step" else tokenizer.encode(batch[0])
        sys.exit("not interrupted")
    except KeyboardInterrupt:
        assert time.monotonic() - start < 2
trainer.step(*scenes(2))
tokenizer.encode(scenes(1)[0])
""",
        verb, str(model),
    )  # fmt: skip


def test_short_calls_need_no_thread_and_long_ones_do(model):
    child(
        """
import _thread, math, sys
import sgc
from conftest import scenes
started = []
start = _thread.start_new_thread
_thread.start_new_thread = lambda *arguments: (started.append(1), start(*arguments))[1]
with sgc.Tokenizer(sys.argv[1]) as tokenizer:
    image = scenes(1)[0][0]
    tokens = tokenizer.encode(image).tokens
    assert len(started) == 1  # how long it takes was not known
    for limit, count in ((math.inf, 1), (0, 2)):
        sgc._calls._SHORT = limit
        assert (tokenizer.encode(image).tokens == tokens).all()
        assert len(started) == count
""",
        str(model),
    )


def test_a_call_is_short_when_the_last_one_was_and_nobody_is_before_it():
    pace = sgc._calls.Pace()
    assert pace.expects(len, 1) == math.inf
    pace.note(len, 0.5, 10)
    assert pace.expects(len, 20) == 1
    assert pace.expects(abs, 20) == math.inf
    pace.busy.add(7)
    assert pace.expects(len, 20) == math.inf


def test_host_signals_run_on_host_threads(model):
    child(
        """
import os, signal, sys, threading
import numpy
tasks = set(os.listdir("/proc/self/task"))
import sgc
from conftest import scenes
seen = []
signal.signal(signal.SIGINT, signal.SIG_DFL)  # calls stay on this thread
signal.signal(signal.SIGALRM, lambda *_: seen.append(threading.current_thread() is threading.main_thread()))
tokenizer = sgc.Tokenizer(sys.argv[1])
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
for _ in range(200):
    tokenizer.encode(scenes(1)[0])
signal.setitimer(signal.ITIMER_REAL, 0)
assert seen and all(seen)
# The new threads are the library's; each blocks every signal that can be blocked.
new = set(os.listdir("/proc/self/task")) - tasks
assert new
for task in new:
    lines = dict(line.split(":", 1) for line in open(f"/proc/self/task/{task}/status") if ":" in line)
    mask = int(lines["SigBlk"], 16)
    assert mask >> (signal.SIGINT - 1) & 1 and mask >> (signal.SIGALRM - 1) & 1, hex(mask)
""",
        str(model),
    )


def test_log_lines_reach_the_callback_and_calls_in_it_are_refused(model):
    seen = []

    @_native.LogCallback
    def receive(level, message, _):
        seen.append((level, message.decode(), library.sgc_tokenizer_free(None)))

    library.sgc_set_log_callback(receive, None)
    try:
        sgc.Tokenizer(model).close()
    finally:
        library.sgc_set_log_callback(_native.LogCallback(), None)
    assert any(level == 2 and str(model) in message for level, message, _ in seen)
    assert {status for _, _, status in seen} == {E["SGC_E_STATE"]}
    count = len(seen)
    sgc.Tokenizer(model).close()
    assert len(seen) == count


def test_loading_and_unloading_a_thousand_times():
    child(
        """
import ctypes, sys
close = ctypes.CDLL(None).dlclose
close.argtypes = [ctypes.c_void_p]
for _ in range(1000):
    library = ctypes.CDLL(sys.argv[1])
    assert library.sgc_version() == 1000
    close(library._handle)
""",
        str(LIBRARY),
    )


def test_exit_while_training():
    start = time.monotonic()
    child(
        """
import sys, threading
import sgc
from conftest import scenes, TINY
trainer = sgc.Trainer(TINY)
def forever():
    while True:
        trainer.step(*scenes(16))
threading.Thread(target=forever, daemon=True).start()
import time
time.sleep(0.3)
"""
    )
    assert time.monotonic() - start < 30
