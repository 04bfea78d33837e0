#!/usr/bin/env bash
# Runs the compute suites again as lesser CPUs than this one would, then tells what this CPU could not run.
#
#   scripts/test-instruction-sets.sh SWIFT NOT_RUN
#
# SWIFT is the program of that name, NOT_RUN the file in which the tests before noted what they could not run. The
# tests must have been built (make test).
set -euo pipefail

swift=$1
not_run=$2
export GOMP_SPINCOUNT=1000 YOLACT_NOT_RUN=/dev/null

# Each as oneDNN calls it; only those that take something away from this CPU.
flags=$(grep -m1 '^flags' /proc/cpuinfo 2>/dev/null || true)
sets=()
[[ $flags == *avx512_vnni* ]] && sets+=(AVX512_CORE)
[[ $flags == *avx512f* || $flags == *avx_vnni* ]] && sets+=(AVX2)
[[ $flags == *avx2* ]] && sets+=(SSE41)

# A name that matches nothing would pass.
for suite in EngineTests EngineOperationTests PrecisionTests QuantisationTests \
    QuantisedConvolutionTests TuningTests WinogradTests IndirectConvolutionTests VerificationTests \
    InspectorTests; do
    grep -rqE "struct $suite\b" Tests/ModelTests || { echo "error: no suite $suite" >&2; exit 1; }
done

suites='EngineTests|EngineOperationTests|PrecisionTests|QuantisationTests|QuantisedConvolutionTests'
suites+='|TuningTests|WinogradTests|IndirectConvolutionTests'
for set in "${sets[@]}"; do
    # Whole networks take a quarter of a minute each with SSE41.
    filter=$suites
    [[ $set == SSE41 ]] || filter+='|VerificationTests|InspectorTests'
    echo "The compute suites with DNNL_MAX_CPU_ISA=$set"
    DNNL_MAX_CPU_ISA=$set "$swift" test -c release --scratch-path .build/tests --skip-build \
        --filter "ModelTests.($filter)"
done

if [[ -s $not_run ]]; then
    echo "Could not be run on this CPU; the fallback was tested instead:"
    sort "$not_run" | uniq -c | sed -E 's/^ *([0-9]+) (.*)$/  \2: \1 times/'
else
    echo "Everything could be run on this CPU."
fi
