"""Which files of tests begin: with a file at the end, one worker would be left alone with it."""

from __future__ import annotations

FIRST = (
    *("test_phone_livekit_server.py", "test_audiocodes_calls.py", "test_bench_runner.py"),
    *("test_load_test.py", "test_agent_livekit_server.py", "test_version_matrix.py"),
    *("test_phone_webhook.py", "test_remote.py", "test_field_logs.py", "test_init.py"),
    *("test_benchmarks.py", "test_scan.py", "test_style.py", "test_backchannels.py"),
    *("test_agent_call.py", "test_cluster.py", "test_exports.py", "test_many_records.py"),
    *("test_call_timeline.py", "test_audiocodes_bad_input.py", "test_texts_in_exports.py"),
    *("test_engine.py", "test_scan_rich.py", "test_scan_text.py", "test_rendered_lines.py"),
    *("test_latency_test.py", "test_page_browser.py", "test_linear.py"),
    *("test_audiocodes_network.py", "test_cli.py", "test_audiocodes_server.py"),
    *("test_audiocodes_workers.py", "test_tune.py", "test_readers.py", "test_ports.py"),
    *("test_report_parts.py", "test_bench_audio.py", "test_agent_failures.py"),
    *("test_scan_shipped_text.py", "test_fast.py", "test_turn_log_session.py"),
    *("test_sip_telephone.py", "test_agent_http.py", "test_order.py"),
    *("test_agent_app.py", "test_bench_server.py"),
)
"""Files that take longest, as each of four workers becomes free: those that wait for calls and use
little of a core are two at a time beside others."""
