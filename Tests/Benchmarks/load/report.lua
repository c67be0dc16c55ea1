-- What load.py reads: one line of JSON at the end, times in milliseconds.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'REPORT {"requests":%d,"seconds":%f,"failed":%d,"p50":%f,"p95":%f,"p99":%f}\n',
        summary.requests, summary.duration / 1e6,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000
    ))
end
