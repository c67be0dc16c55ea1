"""Serves the demo model on a loopback port, OpenAI-compatible, until it is told to stop.

    var/demo-model/venv/bin/python tools/demo-model.py var/demo-model/model.gguf PORT [CONTEXT]

CONTEXT is in tokens, for two answers at once together.
"""

import os
import signal
import sys

import xllamacpp

# The shape of an answer, not its words: one or two paragraphs of two to four sentences that come to an
# end, without markup and quotations, which it begins and then loses its way in. A request that asks for
# JSON brings a shape of its own.
SHAPE = r"""
root ::= paragraph ("\n\n" paragraph)?
paragraph ::= sentence (" " sentence){1,3}
sentence ::= [^a-z<>#*|`"\u201c\u201d:\u0000-\u0020.!?\u3002\uff01\uff1f\u061f] within{2,300} [.!?\u3002\uff01\uff1f\u061f]
within ::= [^<>#*|`"\u201c\u201d:\u0000-\u001f.!?\u3002\uff01\uff1f\u061f]
"""

def main(model: str, port: int, context: int = 8192) -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.model_alias = {"SmolLM2-135M-Instruct"}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    # Two discussions at once; the context is shared by both, so each has half of it.
    parameters.n_parallel = 2
    parameters.n_ctx = context
    # One core stays free: its threads wait for each other by spinning, and where something else runs on
    # every core they spin most of the time (2 threads on 2 busy cores: 2 tokens/s; 1 thread: 44).
    threads = max(1, min(4, (os.cpu_count() or 2) - 1))
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    # Left alone, a model this small repeats a sentence for ever or copies the speaker before it.
    parameters.sampling.temp = 0.5
    parameters.sampling.min_p = 0.1
    parameters.sampling.penalty_repeat = 1.1
    parameters.sampling.penalty_last_n = 512
    parameters.sampling.grammar = xllamacpp.CommonGrammar(xllamacpp.common_grammar_type.COMMON_GRAMMAR_TYPE_USER, SHAPE)
    parameters.cache_ram_mib = 0
    parameters.fit_params = False
    parameters.ui = False
    parameters.offline = True

    server = xllamacpp.Server(parameters)
    print(f"ready at {server.listening_address}", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    # Blocked before the server's threads exist, so that only sigwait takes them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(sys.argv[1], *map(int, sys.argv[2:]))
