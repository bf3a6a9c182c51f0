"""Which files of tests begin: with a file at the end, one worker would be left alone with it."""

from __future__ import annotations

FIRST = (
    *("test_audiocodes_calls.py", "test_phone_livekit_server.py", "test_style.py"),
    *("test_scan.py", "test_version_matrix.py", "test_scan_rich.py", "test_picks.py"),
    *("test_phone_webhook.py", "test_linear.py", "test_load_test.py", "test_benchmarks.py"),
    *("test_agent_call.py", "test_phone_admission.py", "test_audiocodes_bad_input.py"),
    *("test_agent_livekit_server.py", "test_readers.py", "test_bench_runner.py"),
    *("test_long_runs.py", "test_audiocodes_network.py", "test_fast.py"),
    *("test_rich_screens.py", "test_remote.py", "test_cluster.py", "test_shipping.py"),
    *("test_scan_wrapped.py", "test_agent_failures.py", "test_audiocodes_workers.py"),
    *("test_formats.py", "test_call_timeline.py", "test_audiocodes_server.py"),
    *("test_latency_test.py", "test_compare.py", "test_page_browser.py"),
    *("test_bench_audio.py", "test_recipe_knob.py", "test_layouts.py", "test_ports.py"),
    *("test_cli.py", "test_init.py", "test_exports.py", "test_agent_app.py"),
    *("test_field_logs.py", "test_backchannels.py", "test_turn_log_session.py"),
    "test_scan_rich_columns.py",
)
"""Files that take longest, most of them first. Those that wait for calls use little of a core: the
others go on beside them."""
