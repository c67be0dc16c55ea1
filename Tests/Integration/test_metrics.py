"""/metrics after a whole discussion: every line is one that Prometheus takes, and says what happened."""

import json
import re
import threading

import pytest

import prometheus_text
from local_run import ROOT, LocalRun, eventually
from scripted_provider import ScriptedProvider


def samples(site: LocalRun) -> dict[str, list[tuple[dict[str, str], float]]]:
    status, headers, body = site.get("/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return prometheus_text.read(body.decode())


def value(found: dict, name: str, **labels: str) -> float:
    return sum(v for has, v in found.get(name, []) if labels.items() <= has.items())


def test_a_discussion_is_counted(site: LocalRun) -> None:
    before = samples(site)
    path = site.start_discussion("What is counted?")
    discussion = eventually(lambda: (d := site.discussion(path))["waitingForAction"] and d, 60)
    status, _, body = site.get(f"{path}/events?after={discussion['cursor']}&wait=0")
    assert status == 200
    site.get("/nowhere")
    after = samples(site)

    def rose(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert rose("parley_commands_total", command="start-dialogue", replayed="false") == 1
    assert rose("parley_rounds_total") == 1
    assert rose("parley_events_total", type="message-complete") == 3
    assert not [labels for labels, _ in after["parley_events_total"] if labels["type"] == "message-chunk"]
    assert rose("parley_provider_answer_seconds_count", provider="local") == 3
    assert rose("parley_provider_first_token_seconds_count", provider="local") == 3
    assert rose("parley_tokens_total", provider="local", direction="prompt") > 100
    assert rose("parley_tokens_total", provider="local", direction="completion") > 3
    assert rose("parley_cost_usd_total", provider="local") == 0
    assert rose("parley_request_seconds_count", route="/discussions", method="POST", status="201") == 1
    assert rose("parley_request_seconds_count", route="/discussions/{id}", method="GET", status="200") >= 1
    assert rose("parley_request_seconds_count", status="404") == 1
    assert value(after, "parley_newest_event") > value(before, "parley_newest_event")
    # Routes, never paths: an id would be a series of its own for each discussion.
    assert not [labels for labels, _ in after["parley_request_seconds_count"] if path.rpartition("/")[2] in str(labels)]


def test_the_house_is_measured(site: LocalRun) -> None:
    found = samples(site)
    assert 1 << 20 < value(found, "process_resident_memory_bytes") < 2 << 30
    assert 5 < value(found, "process_open_fds") < value(found, "process_max_fds")
    assert value(found, "parley_database_bytes") >= 4_096
    for name in (
        "parley_database_wal_bytes", "parley_disk_free_bytes", "parley_database_busy_total", "parley_engine_running",
        "parley_engine_waiting", "parley_polls", "parley_backup_enabled", "parley_scanner_up", "parley_scans_total",
        "parley_provider_up", "parley_provider_breaker_open", "parley_provider_requests_total", "process_cpu_seconds_total",
    ):
        assert name in found, name


def test_news_are_delivered_soon(site: LocalRun, provider: ScriptedProvider) -> None:
    provider.release.clear()
    path = site.start_discussion("How soon?")
    eventually(lambda: "The beginning" in json.dumps(site.discussion(path)["rounds"]))
    cursor = site.discussion(path)["cursor"]
    # Held now, for nothing comes before the model is let go on.
    threading.Timer(0.5, provider.release.set).start()
    while not site.discussion(path)["waitingForAction"]:
        cursor = json.loads(site.get(f"{path}/events?after={cursor}&wait=5")[2])["cursor"]
    found = samples(site)
    assert value(found, "parley_event_delivery_seconds_count") >= 1
    assert value(found, "parley_event_delivery_seconds_sum") < 5 * value(found, "parley_event_delivery_seconds_count")


def test_the_alerts_name_metrics_that_there_are(site: LocalRun) -> None:
    text = (ROOT / "docs/monitoring/alerts.yml").read_text()
    names = set(re.findall(r"\b((?:parley|process)_[a-z_]+)\b", text))
    known = set(samples(site))
    # Told only once it is known, or of a real set of signatures.
    later = {"parley_backup_age_seconds", "parley_signatures_age_seconds", "parley_consumer_lag", "parley_event_delivery_seconds_bucket"}
    assert len(names) > 8 and names <= known | later, names - known - later


@pytest.mark.parametrize(
    "text",
    ["a 1", "# TYPE a counter\na 1\n", "# HELP a_total x\n# TYPE a_total counter\na_total 1\na_total 1\n",
     '# HELP a x\n# TYPE a gauge\na{b="c"d"} 1\n', "# HELP a x\n# TYPE a gauge\na one\n",
     '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n'],
)
def test_the_reader_refuses_what_prometheus_would(text: str) -> None:
    with pytest.raises(AssertionError):
        prometheus_text.read(text)
